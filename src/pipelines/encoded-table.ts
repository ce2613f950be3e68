import { type Compressor, loadCompressor } from '../formats/compression.js'
import { RowGroupWriter } from '../formats/parquet/row-group.js'
import type { TextFormat } from '../formats/text-row.js'
import { partCount, type ResultTable } from './columnar-table.js'
import { type ParquetPart, parquetPart, parquetPieces, tableCompression } from './table-parquet.js'
import { textPart } from './table-text.js'

export type TableFormat = 'parquet' | TextFormat

/** A table as files: how many rows it has, and in each format its bytes, one piece behind the other. */
export interface EncodedTable {
  rows: number
  contents: Uint8Array[][]
}

/** A part of a table in each format. */
export type EncodedPart = (ParquetPart | Uint8Array)[]

/** Encodes parts of tables: what it makes of a part is the same on every thread. */
export class TableEncoder {
  private readonly writer: RowGroupWriter

  private constructor(
    private readonly formats: readonly TableFormat[],
    compress: Compressor,
  ) {
    this.writer = new RowGroupWriter(compress)
  }

  static async load(formats: readonly TableFormat[]): Promise<TableEncoder> {
    return new TableEncoder(formats, await loadCompressor(formats.includes('parquet') ? tableCompression : 'none'))
  }

  encode(table: ResultTable, part: number): EncodedPart {
    return this.formats.map((format) =>
      format === 'parquet' ? parquetPart(table, part, this.writer) : textPart(table, part, format),
    )
  }
}

/** A table from all of its parts in their order. */
export function joinParts({ rows }: ResultTable, parts: readonly EncodedPart[]): EncodedTable {
  const contents = parts[0].map((_, format) => {
    const own = parts.map((part) => part[format])
    const rowGroups = own.filter((part): part is ParquetPart => !(part instanceof Uint8Array))
    return rowGroups.length > 0 ? parquetPieces(rowGroups) : own.filter((part) => part instanceof Uint8Array)
  })
  return { rows, contents }
}

export async function encodeTable(table: ResultTable, formats: readonly TableFormat[]): Promise<EncodedTable> {
  const encoder = await TableEncoder.load(formats)
  return joinParts(
    table,
    Array.from({ length: partCount(table) }, (_, part) => encoder.encode(table, part)),
  )
}
