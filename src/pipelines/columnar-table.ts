import { nullValue } from '../batch/respondent-batch.js'
import { type Compression, loadCompressor } from '../formats/compression.js'
import type { ParquetColumn } from '../formats/parquet/column.js'
import { integerDictionary, numberDictionary, textDictionary } from '../formats/parquet/dictionary.js'
import { type PlacedRowGroup, parquetFooter, parquetMagic } from '../formats/parquet/footer.js'
import { RowGroupWriter } from '../formats/parquet/row-group.js'
import { indexIntegers, indexNumbers } from '../formats/parquet/value-index.js'
import { type TextFormat, textRowSyntax } from '../formats/text-row.js'
import { parquetCodecs } from './shard-sequence.js'
import { toolName } from './tool.js'

/** One column of a table of results, not of respondents. */
export type TableColumn =
  /** Indices into the texts; below 0 for no value. With `counts`, each stands for so many rows; else for one. */
  | { name: string; type: 'text'; texts: readonly string[]; values: Int32Array; counts?: Int32Array }
  /** `nullValue` for no value. */
  | { name: string; type: 'integer'; values: Int32Array }
  /** NaN for no value. */
  | { name: string; type: 'number'; values: Float64Array }

/** A column of texts from the texts themselves. */
export function textColumn(name: string, values: readonly (string | null)[]): TableColumn {
  const known = new Map<string, number>()
  const indices = Int32Array.from(values, (value) => {
    if (value === null) return -1
    const index = known.get(value) ?? known.size
    known.set(value, index)
    return index
  })
  return { name, type: 'text', texts: [...known.keys()], values: indices }
}

/** Rows of a part of a table, and of a row group, at most. */
export const partRows = 1 << 17

/** A table that is made part by part, so that no more of it is held. */
export interface ResultTable {
  rows: number
  /** The columns of the rows from one up to another; good until another part is asked for. */
  part(start: number, end: number): TableColumn[]
}

/** A table whose columns are there, with a value for each row. */
export function wholeTable(columns: readonly TableColumn[]): ResultTable {
  return {
    rows: columns[0]?.values.length ?? 0,
    part: (start, end) =>
      columns.map((column) => ({ ...column, values: column.values.subarray(start, end) }) as TableColumn),
  }
}

/** Where the parts of so many rows begin; one part, of none, where there are none. */
function partStarts(rows: number): number[] {
  return Array.from({ length: Math.max(1, Math.ceil(rows / partRows)) }, (_, part) => part * partRows)
}

/** So many numbers tell whether a column has a dictionary. */
const sampledNumbers = 4096

/** The table as the bytes of one Parquet file. */
export async function tableParquet(table: ResultTable, compression: Compression): Promise<Uint8Array> {
  const writer = new RowGroupWriter(await loadCompressor(compression))
  const parts: Uint8Array[] = [parquetMagic]
  const placed: PlacedRowGroup[] = []
  const scratch = new Int32Array(Math.min(table.rows, partRows))
  let schema: ParquetColumn[] = []
  let offset = parquetMagic.length
  for (const start of partStarts(table.rows)) {
    const rows = Math.min(table.rows - start, partRows)
    const columns = table.part(start, start + rows)
    schema = columns.map(({ name, type }) => ({ name, type, nullable: true }))
    if (rows === 0) break
    writer.begin(columns.length, rows)
    for (const column of columns) writeColumn(writer, column, scratch)
    const { bytes, ...rowGroup } = writer.end()
    placed.push({ ...rowGroup, offset })
    parts.push(bytes)
    offset += bytes.length
  }
  return Buffer.concat([...parts, parquetFooter(schema, placed, parquetCodecs[compression], toolName)])
}

function writeColumn(writer: RowGroupWriter, column: TableColumn, scratch: Int32Array): void {
  if (column.type === 'number') {
    const { values } = column
    if (areMostlyDistinct(values)) {
      writer.plainNullable(values)
      return
    }
    const { distinct, indices } = indexNumbers(values)
    writer.packedNullable(numberDictionary(distinct), indices)
    return
  }
  const indices = scratch.subarray(0, column.values.length)
  indices.set(column.values)
  const distinct = indexIntegers(indices, column.type === 'text' ? -1 : nullValue)
  const dictionary =
    column.type === 'text' ? textDictionary(distinct.map((index) => column.texts[index])) : integerDictionary(distinct)
  if (column.type === 'text' && column.counts !== undefined) writer.runs(dictionary, indices, column.counts, true)
  else writer.packedNullable(dictionary, indices)
}

/** Whether a dictionary would be as long as the column itself, as its first numbers show. */
function areMostlyDistinct(values: Float64Array): boolean {
  const first = values.subarray(0, sampledNumbers)
  return indexNumbers(first).distinct.length > first.length / 2
}

/** The table as lines of text. */
export function tableText(table: ResultTable, format: TextFormat): Uint8Array {
  const syntax = textRowSyntax(format)
  const parts: Buffer[] = []
  for (const start of partStarts(table.rows)) {
    const rows = Math.min(table.rows - start, partRows)
    const columns = table.part(start, start + rows)
    if (start === 0) parts.push(Buffer.from(syntax.header(columns.map(({ name }) => name))))
    const cells = columns.map((column) => cellWriter(column, syntax))
    let lines = ''
    for (let row = 0; row < rows; row++) {
      lines += syntax.start + cells.map((cell) => cell(row)).join(syntax.separator) + syntax.end
      if (lines.length > 1 << 20) {
        parts.push(Buffer.from(lines))
        lines = ''
      }
    }
    parts.push(Buffer.from(lines))
  }
  return Buffer.concat(parts)
}

function cellWriter(column: TableColumn, syntax: ReturnType<typeof textRowSyntax>): (row: number) => string {
  const { name, values } = column
  if (column.type === 'text') {
    const cells = column.texts.map((text) => syntax.text(name, text))
    const none = syntax.text(name, null)
    const indices = column.counts === undefined ? column.values : repeated(column.values, column.counts)
    return (row) => cells[indices[row]] ?? none
  }
  if (column.type === 'integer') return (row) => syntax.number(name, values[row] === nullValue ? null : values[row])
  return (row) => syntax.number(name, Number.isNaN(values[row]) ? null : values[row])
}

/** Each of the values as often as `counts` says. */
export function repeated(values: Int32Array, counts: Int32Array): Int32Array {
  const all = new Int32Array(counts.reduce((sum, count) => sum + count, 0))
  let end = 0
  for (let index = 0; index < values.length; index++) {
    all.fill(values[index], end, end + counts[index])
    end += counts[index]
  }
  return all
}
