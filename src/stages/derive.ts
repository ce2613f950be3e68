import type { CellBatch } from '../batch/cell-batch.js'
import { type DemographicColumn, nullValue } from '../batch/respondent-batch.js'
import { emptyCode, oddCode } from '../formats/scanned-rows.js'
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
  const readers = columns.map((column) => new CodeReader(column, codeFields))
  const groupings = derived.map((column) => groupingOf(column))
  return {
    name: 'derive',
    apply(batch) {
      const { rows } = batch.cells
      const codes = readers.map((reader) => reader.read(batch))
      for (const [index, grouping] of groupings.entries()) {
        const { input } = derived[index]
        const values = new Int32Array(rows)
        if (input < 0) values.fill(0)
        else grouping(codes[input], values)
        codes.push(values)
      }
      const described = written.map(
        (index): DemographicColumn => ({ values: codes[columns.length + index], labels: derived[index].labels }),
      )
      return { ...batch, codes, derived: described }
    },
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

class CodeReader {
  private readonly recodes: Map<number, number | null>

  constructor(
    private readonly column: CodeColumnOptions,
    private readonly codeFields: number,
  ) {
    this.recodes = new Map(column.recodes)
  }

  read({ cells }: CellBatch): Int32Array {
    const { slot, min = 0, max = 0x7fffffff, constant = nullValue } = this.column
    const values = new Int32Array(cells.rows).fill(slot < 0 ? constant : nullValue)
    if (slot < 0) return values
    for (let row = 0; row < cells.rows; row++) {
      const code = cells.codes[row * this.codeFields + slot]
      if (code === emptyCode || code === oddCode) continue
      const recoded = this.recodes.size === 0 ? code : this.recodes.get(code)
      if (recoded === null) continue
      const value = recoded ?? code
      if (value >= 0 && value >= min && value <= max) values[row] = value
    }
    return values
  }
}

/** Fills `values` with the groups of `codes`. */
function groupingOf({ codes, bins }: DerivedColumnOptions): (source: Int32Array, values: Int32Array) => void {
  const groups = new Map(codes)
  return (source, values) => {
    let last = nullValue
    let lastGroup = nullValue
    for (let row = 0; row < source.length; row++) {
      const code = source[row]
      if (code !== last) {
        last = code
        lastGroup = code === nullValue ? nullValue : (groups.get(code) ?? binOf(code, bins))
      }
      values[row] = lastGroup
    }
  }
}

function binOf(code: number, bins: DerivedColumnOptions['bins']): number {
  for (const { from, to, index } of bins) if (code >= from && code <= to) return index
  return nullValue
}
