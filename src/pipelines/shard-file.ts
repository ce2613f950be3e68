import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

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

  private constructor(
    private readonly partial: string,
    private readonly file: FileHandle,
  ) {}

  static async create(partial: string): Promise<ShardFile> {
    return new ShardFile(partial, await open(partial, 'w'))
  }

  async append(content: Uint8Array, rows: number): Promise<void> {
    this.rows += rows
    this.bytes += content.length
    const writing = this.write(content)
    // The disk works while the hash is computed.
    this.hash.update(content)
    await writing
  }

  private async write(content: Uint8Array): Promise<void> {
    let written = 0
    while (written < content.length) {
      const { bytesWritten } = await this.file.write(content, written, content.length - written)
      written += bytesWritten
    }
  }

  /** Brings all bytes to the disk and closes the file. */
  async finish(): Promise<WholeFile> {
    try {
      await this.file.sync()
    } finally {
      await this.file.close()
    }
    return { partial: this.partial, rows: this.rows, bytes: this.bytes, sha256: this.hash.digest('hex') }
  }

  /** Closes a file that will not be finished. */
  async abandon(): Promise<void> {
    await this.file.close()
  }
}
