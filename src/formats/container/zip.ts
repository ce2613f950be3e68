import { crc32 } from 'node:zlib'
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from 'yauzl'
import { didYouMean } from '../nearest-name.js'
import type { ByteSource } from '../survey-columns/byte-source.js'
import { SurveyError } from '../survey-error.js'
import { inflateError } from './gzip.js'
import { checkInflatedSize, type InflateLimit, limitInflation } from './inflate-limit.js'
import { skipBytes } from './skip-bytes.js'

/** More than any archive of survey files has. */
const mostMembers = 10_000
/** Members named in a message. */
const membersShown = 12

/** One file in an archive. */
export interface ZipMember {
  name: string
  /** Size as the archive declares it; reading checks it. */
  bytes: number
}

/** A zip archive, read where it stands: nothing of it is unpacked to disk, and no member as a whole to memory. */
export class ZipArchive {
  private constructor(
    /** Name of the archive in messages. */
    readonly name: string,
    private readonly from: string | Buffer,
    readonly members: readonly ZipMember[],
  ) {}

  /**
   * Reads the archive's directory.
   *
   * @param from the archive's path, or all of its bytes
   * @throws SurveyError where it is damaged, or names a member outside of itself (`../`)
   */
  static async open(name: string, from: string | Buffer): Promise<ZipArchive> {
    const members: ZipMember[] = []
    const zip = await openZip(name, from)
    try {
      for await (const entry of zip.eachEntry()) {
        if (members.length === mostMembers) throw damaged(name, `more than ${mostMembers} members`)
        if (!entry.fileName.endsWith('/')) members.push({ name: entry.fileName, bytes: entry.uncompressedSize })
      }
    } catch (cause) {
      throw archiveError(cause, name)
    } finally {
      zip.close()
    }
    return new ZipArchive(name, from, members)
  }

  has(name: string): boolean {
    return this.members.some((member) => member.name === name)
  }

  /**
   * The member that a user means: the one of this name (folders may be left out), or the only one there is.
   * Throws a SurveyError that lists the members where that is none or several.
   */
  choose(wanted: string | undefined): string {
    const files = this.members.filter((member) => !isLitter(member.name))
    if (files.length === 0) throw new SurveyError('the archive holds no file', { place: { file: this.name } })
    if (wanted === undefined) {
      if (files.length === 1) return files[0].name
      throw this.memberError(`the archive holds ${files.length} files; say which with --member NAME`, files)
    }
    if (this.has(wanted)) return wanted
    const named = files.filter(({ name }) => name.slice(name.lastIndexOf('/') + 1) === wanted)
    if (named.length === 1) return named[0].name
    const names = files.map(({ name }) => name)
    throw this.memberError(`the archive holds no "${wanted}"${didYouMean(wanted, names)}; expected a member`, files)
  }

  private memberError(problem: string, members: ZipMember[]): SurveyError {
    const shown = members.slice(0, membersShown).map(({ name, bytes }) => `${JSON.stringify(name)} (${bytes} bytes)`)
    const more = members.length > shown.length ? ` and ${members.length - shown.length} more` : ''
    return new SurveyError(`${problem}: ${shown.join(', ')}${more}`, { kind: 'usage', place: { file: this.name } })
  }

  /** A member's bytes, inflated anew on each reading, its checksum looked at. `name` must be one of the members. */
  async source(name: string, limit: InflateLimit): Promise<ByteSource> {
    const zip = await openZip(this.name, this.from)
    const { uncompressedSize, compressedSize } = await this.entryOf(zip, name).finally(() => zip.close())
    const label = `${this.name} (${name})`
    checkInflatedSize(label, uncompressedSize, compressedSize, limit)
    return {
      name: label,
      size: uncompressedSize,
      sequential: true,
      stream: (start, signal) =>
        skipBytes(limitInflation(this.inflate(name, signal), label, compressedSize, limit), start),
    }
  }

  private async *inflate(name: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const label = `${this.name} (${name})`
    const zip = await openZip(this.name, this.from)
    try {
      const entry = await this.entryOf(zip, name)
      if (entry.isEncrypted()) {
        throw new SurveyError('this member is encrypted; unpack the archive with its password', {
          place: { file: label },
        })
      }
      if (!entry.canDecodeFileData()) {
        throw new SurveyError(
          `compression method ${entry.compressionMethod} is not read; expected deflate or none: pack the archive anew`,
          { place: { file: label } },
        )
      }
      let sum = 0
      for await (const chunk of await zip.openReadStreamPromise(entry)) {
        signal?.throwIfAborted()
        if (!(chunk instanceof Uint8Array)) throw new TypeError('a member is read as bytes')
        sum = crc32(chunk, sum)
        yield chunk
      }
      if (sum !== entry.crc32) throw damaged(label, 'its checksum is not that of its content')
    } catch (cause) {
      throw archiveError(inflateError(cause, label), label)
    } finally {
      zip.close()
    }
  }

  private async entryOf(zip: ZipFile, name: string): Promise<Entry> {
    try {
      for await (const entry of zip.eachEntry()) if (entry.fileName === name) return entry
    } catch (cause) {
      throw archiveError(cause, this.name)
    }
    throw damaged(this.name, `the member ${JSON.stringify(name)} is no longer there`)
  }
}

async function openZip(name: string, from: string | Buffer): Promise<ZipFile> {
  try {
    return typeof from === 'string' ? await openPromise(from, { autoClose: false }) : await fromBufferPromise(from)
  } catch (cause) {
    throw archiveError(cause, name)
  }
}

/** What macOS and hidden-file conventions leave in archives beside the files that were meant. */
function isLitter(name: string): boolean {
  return name.startsWith('__MACOSX/') || name.slice(name.lastIndexOf('/') + 1).startsWith('.')
}

/** yauzl's errors, which are plain ones, as ones that a user can act on. */
function archiveError(cause: unknown, name: string): unknown {
  if (!(cause instanceof Error) || cause instanceof SurveyError || cause.name === 'AbortError') return cause
  if (/^(invalid relative path|absolute path|invalid characters in fileName)/.test(cause.message)) {
    return new SurveyError(
      `a member's name leads out of the archive (${cause.message}); such an archive is not read, fetch it from its source`,
      { place: { file: name }, cause },
    )
  }
  return damaged(name, cause.message, cause)
}

function damaged(name: string, reason: string, cause?: unknown): SurveyError {
  return new SurveyError(`the archive is cut short or damaged (${reason}); fetch it again`, {
    place: { file: name },
    cause,
  })
}
