import { nullValue } from '../batch/respondent-batch.js'
import { type TextFormat, textRowSyntax } from '../formats/text-row.js'
import { partCount, type ResultTable, repeated, type TableColumn, tablePart } from './columnar-table.js'

/** A part of a table as lines of text; before those of the first, the names of the columns. */
export function textPart(table: ResultTable, part: number, format: TextFormat): Uint8Array {
  const syntax = textRowSyntax(format)
  const parts: Buffer[] = []
  const { columns, rows } = tablePart(table, part)
  if (part === 0) parts.push(Buffer.from(syntax.header(columns.map(({ name }) => name))))
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

/** The whole table as lines of text. */
export function tableText(table: ResultTable, format: TextFormat): Uint8Array {
  return Buffer.concat(Array.from({ length: partCount(table) }, (_, part) => textPart(table, part, format)))
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
