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

/** One column of a table that is held whole: results, not respondents. */
export type TableColumn =
  /** Indices into the texts; below 0 for no value. */
  | { name: string; type: 'text'; texts: readonly string[]; values: Int32Array }
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

/** Rows of a row group, at most. */
const groupRows = 1 << 17

/** So many numbers tell whether a column has a dictionary. */
const sampledNumbers = 4096

/** The table as the bytes of one Parquet file. */
export async function tableParquet(columns: readonly TableColumn[], compression: Compression): Promise<Uint8Array> {
  const writer = new RowGroupWriter(await loadCompressor(compression))
  const rows = columns[0]?.values.length ?? 0
  const parts: Uint8Array[] = [parquetMagic]
  const placed: PlacedRowGroup[] = []
  let offset = parquetMagic.length
  for (let start = 0; start < rows; start += groupRows) {
    const end = Math.min(rows, start + groupRows)
    writer.begin(columns.length, end - start)
    for (const column of columns) writeColumn(writer, column, start, end)
    const { bytes, ...rowGroup } = writer.end()
    placed.push({ ...rowGroup, offset })
    parts.push(bytes)
    offset += bytes.length
  }
  const schema = columns.map(({ name, type }): ParquetColumn => ({ name, type, nullable: true }))
  return Buffer.concat([...parts, parquetFooter(schema, placed, parquetCodecs[compression], toolName)])
}

function writeColumn(writer: RowGroupWriter, column: TableColumn, start: number, end: number): void {
  if (column.type === 'number') {
    const values = column.values.subarray(start, end)
    if (areMostlyDistinct(values)) {
      writer.plainNullable(values)
      return
    }
    const { distinct, indices } = indexNumbers(values)
    writer.packedNullable(numberDictionary(distinct), indices)
    return
  }
  const indices = column.values.slice(start, end)
  const distinct = indexIntegers(indices, column.type === 'text' ? -1 : nullValue)
  const dictionary =
    column.type === 'text' ? textDictionary(distinct.map((index) => column.texts[index])) : integerDictionary(distinct)
  writer.packedNullable(dictionary, indices)
}

/** Whether a dictionary would be as long as the column itself, as its first numbers show. */
function areMostlyDistinct(values: Float64Array): boolean {
  const first = values.subarray(0, sampledNumbers)
  return indexNumbers(first).distinct.length > first.length / 2
}

/** The table as lines of text. */
export function tableText(columns: readonly TableColumn[], format: TextFormat): Uint8Array {
  const syntax = textRowSyntax(format)
  const rows = columns[0]?.values.length ?? 0
  const parts: Buffer[] = [Buffer.from(syntax.header(columns.map(({ name }) => name)))]
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
  return Buffer.concat(parts)
}

function cellWriter(column: TableColumn, syntax: ReturnType<typeof textRowSyntax>): (row: number) => string {
  const { name, values } = column
  if (column.type === 'text') {
    const cells = column.texts.map((text) => syntax.text(name, text))
    const none = syntax.text(name, null)
    return (row) => cells[values[row]] ?? none
  }
  if (column.type === 'integer') return (row) => syntax.number(name, values[row] === nullValue ? null : values[row])
  return (row) => syntax.number(name, Number.isNaN(values[row]) ? null : values[row])
}
