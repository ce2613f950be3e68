import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { blockBytes, DirectBlocks, writeAll } from './direct-blocks.js'

/** A file that is whole, under its temporary name. */
export interface WholeFile {
  partial: string
  rows: number
  bytes: number
  sha256: string
}

/** Writes one output file from its start to its end, and knows its length and SHA-256 when it is whole. */
export class ShardFile {
  rows = 0
  bytes = 0
  private readonly hash: Hash = createHash('sha256')
  /** Fulfilled when all is written that was appended; it stays rejected once something was not. */
  private written = Promise.resolve()
  /** Of a file that is longer than one of them. */
  private blocks: DirectBlocks | undefined

  private constructor(
    private readonly partial: string,
    private readonly file: FileHandle,
  ) {}

  static async create(partial: string): Promise<ShardFile> {
    return new ShardFile(partial, await open(partial, 'w'))
  }

  /** Appends content; when this is fulfilled it is written, and may change. */
  async append(content: Uint8Array, rows: number): Promise<void> {
    await this.send(content, rows)
    await this.written
  }

  /** The same of content that does not change any more: fulfilled when it is on its way, and all before it is written. */
  async send(content: Uint8Array, rows: number): Promise<void> {
    const { written, bytes } = this
    this.written = written.then(() => this.write(content, bytes))
    // Whoever appends next or finishes is told.
    this.written.catch(() => {})
    this.rows += rows
    this.bytes += content.length
    await written
    // The disk works while the hash is computed.
    this.hash.update(content)
  }

  /** The start of a file goes the usual way: short files are many, and the disk takes its time for each block. */
  private async write(content: Uint8Array, position: number): Promise<void> {
    const start = content.subarray(0, Math.max(0, blockBytes - position))
    if (start.length > 0) await writeAll(this.file, start, position)
    if (start.length === content.length) return
    this.blocks ??= await DirectBlocks.open(this.partial, this.file, blockBytes)
    await this.blocks.append(content.subarray(start.length))
  }

  /** Brings all bytes to the disk and closes the file. */
  async finish(): Promise<WholeFile> {
    try {
      await this.written
      await this.blocks?.finish()
      await this.file.sync()
    } finally {
      await this.close()
    }
    return { partial: this.partial, rows: this.rows, bytes: this.bytes, sha256: this.hash.digest('hex') }
  }

  /** Closes a file that will not be finished. */
  async abandon(): Promise<void> {
    await this.close()
  }

  private async close(): Promise<void> {
    await Promise.allSettled([this.written])
    await this.blocks?.close()
    await this.file.close()
  }
}
