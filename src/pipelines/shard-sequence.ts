import type { EncodedPiece } from '../batch/example-batch.js'
import type { SplitName } from '../batch/respondent-batch.js'
import { type Compression, type Compressor, loadCompressor } from '../formats/compression.js'
import { type ParquetColumn, parquetMagic } from '../formats/parquet/column.js'
import type { ParquetCodec, PlacedRowGroup } from '../formats/parquet/footer.js'
import { textRowSyntax } from '../formats/text-row.js'
import { tableColumns } from '../stages/table.js'
import type { OutputFolder } from './output-folder.js'
import type { ShardOutput } from './output-plan.js'
import { ShardFile, type WholeFile } from './shard-file.js'
import { toolName } from './tool.js'

/** A shard with the name that it will have, which tells how many there are. */
export interface Shard extends WholeFile {
  name: string
  table: string
  split: SplitName
}

/** Takes the pieces of one table and split, in order, and cuts them into shards. */
export interface PieceSink {
  append(piece: EncodedPiece): Promise<void>
  /** Ends the last shard; gives all of them. */
  finish(): Promise<Shard[]>
  abandon(): Promise<void>
}

/** What a shard's format puts before, between and after the pieces. */
interface ShardFormat {
  begin(): Uint8Array
  /** Told of each piece and where in the file it stands. */
  place(piece: EncodedPiece, offset: number): void
  end(): Uint8Array | Promise<Uint8Array>
}

/** Shards of encoded pieces: Parquet row groups, or lines of text. */
export class ShardSequence implements PieceSink {
  private readonly whole: Promise<WholeFile>[] = []
  private shard: { file: ShardFile; format: ShardFormat } | undefined

  constructor(
    private readonly folder: OutputFolder,
    private readonly output: ShardOutput,
    private readonly split: SplitName,
    private readonly compress: Compressor,
  ) {}

  async append(piece: EncodedPiece): Promise<void> {
    if (this.shard !== undefined && this.shard.file.rows + piece.rows > this.output.shardSize) await this.endShard()
    this.shard ??= await this.beginShard()
    const { file, format } = this.shard
    format.place(piece, file.bytes)
    await file.send(piece.bytes, piece.rows)
  }

  async finish(): Promise<Shard[]> {
    if (this.shard !== undefined) await this.endShard()
    const files = await Promise.all(this.whole)
    return nameShards(files, this.output, this.split)
  }

  async abandon(): Promise<void> {
    await this.shard?.file.abandon()
    await Promise.allSettled(this.whole)
  }

  private async beginShard(): Promise<{ file: ShardFile; format: ShardFormat }> {
    const { table, format } = this.output
    const name = `${table.table}-${this.split}-${this.whole.length}.${format}`
    const file = await ShardFile.create(this.folder.partialPath(name))
    const shardFormat = formatOf(this.output, this.compress)
    await file.append(shardFormat.begin(), 0)
    return { file, format: shardFormat }
  }

  private async endShard(): Promise<void> {
    if (this.shard === undefined) return
    const { file, format } = this.shard
    this.shard = undefined
    await file.append(await format.end(), 0)
    // The disk may take its time; the next shard does not wait for it.
    const whole = file.finish()
    whole.catch(() => {})
    this.whole.push(whole)
  }
}

/** Final names carry the number of shards, which is known last. */
export function nameShards(files: WholeFile[], output: ShardOutput, split: SplitName): Shard[] {
  const { table } = output.table
  return files.map((file, index) => ({
    ...file,
    table,
    split,
    name: shardName(table, split, index, files.length, extensionOf(output)),
  }))
}

/** `examples/train-00000-of-00008.parquet` */
export function shardName(table: string, split: SplitName, index: number, count: number, extension: string): string {
  const [number, total] = [index, count].map((value) => String(value).padStart(5, '0'))
  return `${table}/${split}-${number}-of-${total}.${extension}`
}

export function extensionOf({ format, compression }: Pick<ShardOutput, 'format' | 'compression'>): string {
  if (format === 'parquet') return format
  return compression === 'gzip' ? `${format}.gz` : compression === 'zstd' ? `${format}.zst` : format
}

/** The compressor for what a sink itself adds to its shards. */
export async function sinkCompressor({ format, compression }: ShardOutput): Promise<Compressor> {
  const isPlain = format === 'parquet' || compression === 'snappy'
  return loadCompressor(isPlain ? 'none' : compression)
}

function formatOf(output: ShardOutput, compress: Compressor): ShardFormat {
  if (output.format === 'parquet') return new ParquetShard(tableColumns(output.table), output.compression)
  const columns = tableColumns(output.table).map(({ name }) => name)
  const header = textRowSyntax(output.format).header(columns)
  return {
    begin: () => (header === '' ? new Uint8Array(0) : compress(Buffer.from(header))),
    place: () => {},
    end: () => new Uint8Array(0),
  }
}

export const parquetCodecs: Record<Compression, ParquetCodec> = {
  none: 'UNCOMPRESSED',
  snappy: 'SNAPPY',
  gzip: 'GZIP',
  zstd: 'ZSTD',
}

class ParquetShard implements ShardFormat {
  private readonly rowGroups: PlacedRowGroup[] = []

  constructor(
    private readonly columns: ParquetColumn[],
    private readonly compression: Compression,
  ) {}

  begin(): Uint8Array {
    return parquetMagic
  }

  place({ rows, rowGroup }: EncodedPiece, offset: number): void {
    if (rowGroup === undefined) throw new Error('a piece of Parquet came without its row group')
    this.rowGroups.push({ rows, offset, ...rowGroup })
  }

  async end(): Promise<Uint8Array> {
    // Loaded when the first shard ends: then the workers are at work, at the start they wait for all that is loaded.
    const { parquetFooter } = await import('../formats/parquet/footer.js')
    return parquetFooter(this.columns, this.rowGroups, parquetCodecs[this.compression], toolName)
  }
}
