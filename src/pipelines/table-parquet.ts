import { nullValue } from '../batch/respondent-batch.js'
import type { Compression } from '../formats/compression.js'
import type { ParquetColumn } from '../formats/parquet/column.js'
import { indexIntegers, indexNumbers } from '../formats/parquet/column-values.js'
import { integerDictionary, numberDictionary, textDictionary } from '../formats/parquet/dictionary.js'
import { type PlacedRowGroup, parquetFooter, parquetMagic } from '../formats/parquet/footer.js'
import type { RowGroupBytes, RowGroupWriter } from '../formats/parquet/row-group.js'
import { type ResultTable, type TableColumn, tablePart } from './columnar-table.js'
import { parquetCodecs } from './shard-sequence.js'
import { toolName } from './tool.js'

/** What its pages are compressed with. */
export const tableCompression: Compression = 'snappy'

/** A part of a table as a row group; without one where the table has no rows. */
export interface ParquetPart {
  schema: ParquetColumn[]
  rowGroup?: RowGroupBytes
}

export function parquetPart(table: ResultTable, part: number, writer: RowGroupWriter): ParquetPart {
  const { columns, rows } = tablePart(table, part)
  const schema = columns.map(({ name, type }) => ({ name, type, nullable: true }))
  if (rows === 0) return { schema }
  writer.begin(columns.length, rows)
  const scratch = new Int32Array(rows)
  for (const column of columns) writeColumn(writer, column, scratch)
  return { schema, rowGroup: writer.end() }
}

/** The bytes of a Parquet file of all parts of a table, one piece behind the other. */
export function parquetPieces(parts: readonly ParquetPart[]): Uint8Array[] {
  const pieces: Uint8Array[] = [parquetMagic]
  const placed: PlacedRowGroup[] = []
  let offset = parquetMagic.length
  for (const { rowGroup } of parts) {
    if (rowGroup === undefined) continue
    const { bytes, ...described } = rowGroup
    placed.push({ ...described, offset })
    pieces.push(bytes)
    offset += bytes.length
  }
  return [...pieces, parquetFooter(parts[0].schema, placed, parquetCodecs[tableCompression], toolName)]
}

/** So many numbers tell whether a column has a dictionary. */
const sampledNumbers = 4096

function writeColumn(writer: RowGroupWriter, column: TableColumn, scratch: Int32Array): void {
  if (column.type === 'number') {
    const { values } = column
    if (areMostlyDistinct(values)) {
      writer.plainNullable(values)
      return
    }
    const found = indexNumbers(values)
    writer.packedNullable(numberDictionary(found), found.indices, found.nulls)
    return
  }
  const indices = scratch.subarray(0, column.values.length)
  indices.set(column.values)
  const { distinct, nulls } = indexIntegers(indices, column.type === 'text' ? -1 : nullValue)
  const dictionary = column.type === 'text' ? textDictionary(column.texts, distinct) : integerDictionary(distinct)
  if (column.type === 'text' && column.counts !== undefined) writer.runs(dictionary, indices, column.counts, true)
  else writer.packedNullable(dictionary, indices, nulls)
}

/** Whether a dictionary would be as long as the column itself, as its first numbers show. */
function areMostlyDistinct(values: Float64Array): boolean {
  const first = values.subarray(0, sampledNumbers)
  return indexNumbers(first).distinct.length > first.length / 2
}
