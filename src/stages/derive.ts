import type { CellBatch } from '../batch/cell-batch.js'
import { type DemographicColumn, nullValue } from '../batch/respondent-batch.js'
import { emptyCode, oddCode, type ScannedRows } from '../formats/scanned-rows.js'
import type { Stage } from '../pool/stage.js'

/** A variable whose codes are looked at, whether it is written or not. */
export interface CodeColumnOptions {
  id: string
  /** Which of the code fields, in file order, holds it; -1 where the file lacks the variable. */
  slot: number
  /** Code in the file -> code that counts, null for missing. */
  recodes: [number, number | null][]
  /** Codes outside of these are missing, negative ones always. */
  min?: number
  max?: number
  /** The code of all respondents, where the file has no column. */
  constant?: number
}

export interface DerivedColumnOptions {
  name: string
  /** Index of the code column that it follows from; -1 for a constant: the first label. */
  input: number
  labels: string[]
  /** Code -> index of its label. */
  codes: [number, number][]
  /** Intervals of codes, both ends included, in the order in which they are tried. */
  bins: { from: number; to: number; index: number }[]
}

export interface DeriveOptions {
  codeFields: number
  columns: CodeColumnOptions[]
  derived: DerivedColumnOptions[]
  /** Which of the derived columns are written, as demographics. */
  written: number[]
}

/** A code that a derived variable has no group for, and how many respondents have it. */
export interface UngroupedCode {
  derived: string
  code: number
  respondents: number
}

/**
 * Reads the codes that conditions, derived demographics and groups look at, and derives what follows from them. The
 * columns come first, then the derived ones, whose codes are indices into their labels.
 */
export function derive({ codeFields, columns, derived, written }: DeriveOptions): Stage<CellBatch, CellBatch> {
  const readers = columns.map((column) => new CodeReader(column))
  const groupings = derived.map((column) => groupingOf(column))
  return {
    name: 'derive',
    apply(batch) {
      const { rows } = batch.cells
      const codes = readers.map((reader) => reader.read(batch.cells, codeFields))
      for (const [index, grouping] of groupings.entries()) {
        const { input } = derived[index]
        const values = new Int32Array(rows)
        if (input < 0) values.fill(0)
        else groupAll(codes[input], values, grouping)
        codes.push(values)
      }
      const described = written.map(
        (index): DemographicColumn => ({ values: codes[columns.length + index], labels: derived[index].labels }),
      )
      return { ...batch, codes, derived: described }
    },
  }
}

/** Fills `values` with the groups of `codes`, of which neighbours are mostly alike. */
function groupAll(codes: Int32Array, values: Int32Array, grouping: (code: number) => number): void {
  let last = nullValue
  let lastGroup = nullValue
  for (let row = 0; row < codes.length; row++) {
    if (codes[row] !== last) {
      last = codes[row]
      lastGroup = grouping(last)
    }
    values[row] = lastGroup
  }
}

/** Counts the codes of the chosen respondents that have no group, in rising order. */
export function ungroupedCodes(
  { columns, derived }: DeriveOptions,
  codes: Int32Array[],
  isChosen: (row: number) => boolean,
): UngroupedCode[] {
  const found: UngroupedCode[] = []
  for (const [index, { name, input }] of derived.entries()) {
    if (input < 0) continue
    const source = codes[input]
    const values = codes[columns.length + index]
    const counts = new Map<number, number>()
    for (let row = 0; row < values.length; row++) {
      if (values[row] !== nullValue || source[row] === nullValue || !isChosen(row)) continue
      counts.set(source[row], (counts.get(source[row]) ?? 0) + 1)
    }
    for (const [code, respondents] of [...counts].sort((left, right) => left[0] - right[0])) {
      found.push({ derived: name, code, respondents })
    }
  }
  return found
}

/** Reads the codes of one column. */
export class CodeReader {
  private readonly recodes: Map<number, number | null>

  constructor(private readonly column: CodeColumnOptions) {
    this.recodes = new Map(column.recodes)
  }

  /** Those of all rows. */
  read({ rows, codes }: ScannedRows, codeFields: number): Int32Array {
    const { slot, constant = nullValue } = this.column
    const values = new Int32Array(rows)
    if (slot < 0) return values.fill(constant)
    for (let row = 0; row < rows; row++) values[row] = this.valueOf(codes[row * codeFields + slot])
    return values
  }

  /** The code that counts for one that stands in the file; `nullValue` where it is missing. */
  valueOf(code: number): number {
    const { min = 0, max = 0x7fffffff } = this.column
    if (code === emptyCode || code === oddCode) return nullValue
    const recoded = this.recodes.size === 0 ? code : this.recodes.get(code)
    if (recoded === null) return nullValue
    const value = recoded ?? code
    return value >= 0 && value >= min && value <= max ? value : nullValue
  }
}

/** The group that a derived column has for a code, as the index of its label; `nullValue` where it has none. */
export function groupingOf({ codes, bins }: DerivedColumnOptions): (code: number) => number {
  const groups = new Map(codes)
  return (code) => (code === nullValue ? nullValue : (groups.get(code) ?? binOf(code, bins)))
}

function binOf(code: number, bins: DerivedColumnOptions['bins']): number {
  for (const { from, to, index } of bins) if (code >= from && code <= to) return index
  return nullValue
}
