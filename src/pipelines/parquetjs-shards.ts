import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import parquetjs, { type ParquetWriter } from 'parquetjs-lite'
import type { EncodedPiece } from '../batch/example-batch.js'
import type { SplitName } from '../batch/respondent-batch.js'
import type { Compression } from '../formats/compression.js'
import { tableColumns } from '../stages/table.js'
import type { OutputFolder } from './output-folder.js'
import type { ShardOutput } from './output-plan.js'
import type { WholeFile } from './shard-file.js'
import { nameShards, type PieceSink, type Shard } from './shard-sequence.js'

const types = { text: 'UTF8', integer: 'INT32', number: 'DOUBLE' } as const

/** Compressions that parquetjs-lite writes. */
export const parquetjsCodecs: Partial<Record<Compression, string>> = {
  none: 'UNCOMPRESSED',
  snappy: 'SNAPPY',
  gzip: 'GZIP',
}

/** Rows of a row group: parquetjs-lite holds them as objects until the group is whole. */
const rowGroupRows = 50_000

/**
 * Shards written by parquetjs-lite, row by row: plain pages without dictionaries, for readers that need them. Its
 * pieces are lines of JSON, one a row.
 */
export class ParquetjsShards implements PieceSink {
  private readonly whole: WholeFile[] = []
  private writer: ParquetWriter | undefined
  private rows = 0

  constructor(
    private readonly folder: OutputFolder,
    private readonly output: ShardOutput,
    private readonly split: SplitName,
  ) {}

  async append(piece: EncodedPiece): Promise<void> {
    if (this.writer !== undefined && this.rows + piece.rows > this.output.shardSize) await this.endShard()
    this.writer ??= await this.beginShard()
    const lines = Buffer.from(piece.bytes.buffer, piece.bytes.byteOffset, piece.bytes.length)
    let start = 0
    for (;;) {
      const end = lines.indexOf(0x0a, start)
      if (end === -1) break
      const row: Record<string, unknown> = JSON.parse(lines.toString('utf8', start, end))
      // An optional field that is absent is null to parquetjs-lite; a null itself is not.
      for (const [name, value] of Object.entries(row)) if (value === null) delete row[name]
      await this.writer.appendRow(row)
      start = end + 1
    }
    this.rows += piece.rows
  }

  async finish(): Promise<Shard[]> {
    await this.endShard()
    return nameShards(this.whole, this.output, this.split)
  }

  async abandon(): Promise<void> {
    await this.writer?.close()
  }

  private async beginShard(): Promise<ParquetWriter> {
    const compression = parquetjsCodecs[this.output.compression]
    const fields = Object.fromEntries(
      tableColumns(this.output.table).map(({ name, type, nullable }) => [
        name,
        { type: types[type], optional: nullable, compression },
      ]),
    )
    const writer = await parquetjs.ParquetWriter.openFile(new parquetjs.ParquetSchema(fields), this.partialPath())
    writer.setRowGroupSize(rowGroupRows)
    return writer
  }

  private async endShard(): Promise<void> {
    if (this.writer === undefined) return
    await this.writer.close()
    this.writer = undefined
    this.whole.push(await describeFile(this.partialPath(), this.rows))
    this.rows = 0
  }

  private partialPath(): string {
    return this.folder.partialPath(`${this.output.table.table}-${this.split}-${this.whole.length}.parquet`)
  }
}

/** Brings a closed file to the disk, which parquetjs-lite does not, and tells its length and SHA-256. */
async function describeFile(partial: string, rows: number): Promise<WholeFile> {
  const file = await open(partial, 'r+')
  await file.sync().finally(() => file.close())
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(partial)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { partial, rows, bytes, sha256: hash.digest('hex') }
}
