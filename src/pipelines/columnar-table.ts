/** Indices into the texts; below 0 for no value. With `counts`, each stands for so many rows; else for one. */
export interface TextColumn {
  name: string
  type: 'text'
  texts: readonly string[]
  values: Int32Array
  counts?: Int32Array
}

/** One column of a table of results, not of respondents. */
export type TableColumn =
  | TextColumn
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

/** How many parts a table has: one, of no rows, where it has none. */
export function partCount({ rows }: ResultTable): number {
  return Math.max(1, Math.ceil(rows / partRows))
}

/** The columns of a part by its number, and how many rows it has. */
export function tablePart(table: ResultTable, part: number): { columns: TableColumn[]; rows: number } {
  const start = part * partRows
  const rows = Math.min(table.rows - start, partRows)
  return { columns: table.part(start, start + rows), rows }
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
