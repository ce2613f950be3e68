import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { pageBytes } from '../formats/web-assembly.js'
import { systemErrorCode } from './system-error.js'

/** Of a block: a whole number of the pages and sectors of any machine. */
export const blockBytes = 8 << 20

/**
 * Writes a file from a place on, block by block, past the cache of pages where the file system lets it (open(2),
 * O_DIRECT). To put gigabytes into that cache only to have them written from there takes more of the processor than to
 * make them. Where it can't be done, the same bytes go the usual way.
 */
export class DirectBlocks {
  private filling: Uint8Array
  private filled = 0
  /** The block that is on its way to the disk while the next one is filled, or free again. */
  private leaving: Uint8Array
  /** Fulfilled when all blocks that were sent are written; it stays rejected once one of them was not. */
  private written = Promise.resolve()

  private constructor(
    private readonly file: FileHandle,
    private direct: FileHandle | undefined,
    /** Where in the file the block goes that is being filled. */
    private position: number,
  ) {
    // WebAssembly's memory begins with a page of the machine's, as direct writing asks; an ArrayBuffer's need not.
    const { buffer } = new WebAssembly.Memory({ initial: (2 * blockBytes) / pageBytes })
    this.filling = new Uint8Array(buffer, 0, blockBytes)
    this.leaving = new Uint8Array(buffer, blockBytes, blockBytes)
  }

  /** `file` is open for writing under `path`; `position` is a multiple of a block. */
  static async open(path: string, file: FileHandle, position: number): Promise<DirectBlocks> {
    return new DirectBlocks(file, await openDirect(path), position)
  }

  /** Takes a copy of the content at once, up to the room that there is, and the rest as the disk takes what came before. */
  async append(content: Uint8Array): Promise<void> {
    for (let taken = 0; taken < content.length; ) {
      const part = content.subarray(taken, taken + blockBytes - this.filled)
      this.filling.set(part, this.filled)
      taken += part.length
      this.filled += part.length
      if (this.filled === blockBytes) await this.endBlock()
    }
  }

  /** Sends the full block on its way, and waits until the one before it is written and free. */
  private async endBlock(): Promise<void> {
    const { filling, leaving, written } = this
    this.written = this.writeBlock(filling, this.position).then(() => written)
    // Whoever waits for the block is told.
    this.written.catch(() => {})
    this.position += blockBytes
    this.filling = leaving
    this.leaving = filling
    this.filled = 0
    await written
  }

  private async writeBlock(bytes: Uint8Array, position: number): Promise<void> {
    if (this.direct !== undefined) {
      try {
        const { bytesWritten } = await this.direct.write(bytes, 0, bytes.length, position)
        if (bytesWritten === bytes.length) return
      } catch (error) {
        // Some file systems open a file so and then write nothing.
        if (!refusesDirect(error)) throw error
        await this.closeDirect()
      }
    }
    await writeAll(this.file, bytes, position)
  }

  /** Writes what is left of the last block. */
  async finish(): Promise<void> {
    await this.written
    await writeAll(this.file, this.filling.subarray(0, this.filled), this.position)
  }

  /** Waits for what is being written, whatever becomes of it, and lets go of the file. */
  async close(): Promise<void> {
    await Promise.allSettled([this.written])
    await this.closeDirect()
  }

  private async closeDirect(): Promise<void> {
    const { direct } = this
    this.direct = undefined
    await direct?.close()
  }
}

/** Writes all of the content at a place of the file. */
export async function writeAll(file: FileHandle, content: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < content.length; ) {
    const { bytesWritten } = await file.write(content, written, content.length - written, position + written)
    written += bytesWritten
  }
}

/** Opens the file a second time; undefined where the system or the file system knows no direct writing. */
async function openDirect(path: string): Promise<FileHandle | undefined> {
  if (constants.O_DIRECT === undefined) return undefined
  try {
    return await open(path, constants.O_WRONLY | constants.O_DIRECT)
  } catch (error) {
    if (refusesDirect(error)) return undefined
    throw error
  }
}

function refusesDirect(error: unknown): boolean {
  const code = systemErrorCode(error)
  return code === 'EINVAL' || code === 'ENOTSUP' || code === 'EOPNOTSUPP'
}
