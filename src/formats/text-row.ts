/** How a table is written as lines of text. */
export const textFormats = ['jsonl', 'tsv', 'csv'] as const
export type TextFormat = (typeof textFormats)[number]

/** Writes the cells of one text format; all of a cell's work is done here, once for each distinct value. */
export interface TextRowSyntax {
  /** What stands before the first cell of a row, between two cells, and after the last. */
  start: string
  separator: string
  end: string
  /** A cell with a text (null: no value), a number or a whole number, under its column's name. */
  text(column: string, value: string | null): string
  number(column: string, value: number | null): string
  /** The line with the column names, if the format has one. */
  header(columns: string[]): string
}

export function textRowSyntax(format: TextFormat): TextRowSyntax {
  switch (format) {
    case 'jsonl':
      return {
        start: '{',
        separator: ',',
        end: '}\n',
        text: (column, value) => `${JSON.stringify(column)}:${JSON.stringify(value)}`,
        number: (column, value) => `${JSON.stringify(column)}:${value === null ? 'null' : String(value)}`,
        header: () => '',
      }
    case 'tsv':
      return separatedSyntax('\t')
    case 'csv':
      return separatedSyntax(',')
    default:
      throw new Error(`unknown text format: ${String(format satisfies never)}`)
  }
}

/** Cells with a separator, a quote or a line break in them are quoted (RFC 4180); no value is an empty cell. */
function separatedSyntax(separator: string): TextRowSyntax {
  const quote = (value: string) =>
    value.includes(separator) || /["\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
  return {
    start: '',
    separator,
    end: '\n',
    text: (_column, value) => (value === null ? '' : quote(value)),
    number: (_column, value) => (value === null ? '' : String(value)),
    header: (columns) => `${columns.map(quote).join(separator)}\n`,
  }
}
