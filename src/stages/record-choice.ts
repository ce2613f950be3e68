import type { SelectionCounts } from '../batch/cell-batch.js'
import { nullValue } from '../batch/respondent-batch.js'
import type { FieldKind } from '../formats/scanned-rows.js'
import { exportedFunction, exportedGlobal, webAssembly } from '../formats/web-assembly.js'
import type { WorkMemory } from '../formats/work-memory.js'
import { columnsOf, compileCondition, truth } from './condition.js'
import { CodeReader, type DeriveOptions, groupingOf } from './derive.js'
import type { ParseOptions } from './parse.js'
import type { SelectOptions } from './select.js'

/** What chooses respondents by their codes alone. */
export interface Choice {
  parse: ParseOptions
  derive?: DeriveOptions
  select: SelectOptions
}

/** Records looked at at a time, at most. */
export const mostRows = 1024

/** For codes from the first on, a condition that hangs on one field alone is evaluated once for each. */
const firstRemembered = -16
const remembered = 4096

/** What is remembered of a code, beside 0: nothing yet. */
const verdicts = { no: 1, yes: 2 } as const

/** A condition, evaluated of one record after the other. */
interface Test {
  /** Of the record whose codes begin at `start`. */
  isTrue: (codes: Int32Array, start: number) => boolean
  /** The field that it hangs on alone; -1 where there are several, or none. */
  field: number
  /** Where the verdicts of codes are. */
  verdictsAt: number
}

/** The value of a record in a column of codes: `codes` holds its own from `start` on. */
type ValueOf = (codes: Int32Array, start: number) => number

/**
 * Chooses records by the codes of their fields, as `derive` and `select` choose them by the batch, without a look at what does
 * not matter any more once a condition is not true. What looks at all records is `choose-records.wat`, which is compiled when the
 * project is built.
 */
export class RecordChoice {
  /** Of each field of a record, whether it is a code that a condition looks at; in file order, and how many they are. */
  readonly fields: FieldKind[]
  readonly codeFields: number
  /** Since `takeCounts`. */
  private counts: SelectionCounts
  private readonly tests: Test[]
  /** Where the rows are that are chosen so far. */
  private readonly rowsAt: number
  private readonly number: (...numbers: number[]) => number
  private readonly keepKnown: (...numbers: number[]) => number
  private readonly passed: WebAssembly.Global

  /** `memory` is that of the codes, and has room for nothing yet. */
  constructor(
    { parse, derive, select: { where } }: Choice,
    private readonly memory: WorkMemory,
  ) {
    const exports = webAssembly(new URL('./choose-records.wasm', import.meta.url), memory.memory)
    this.number = exportedFunction(exports, 'number')
    this.keepKnown = exportedFunction(exports, 'keep')
    this.passed = exportedGlobal(exports, 'passed')
    this.rowsAt = memory.room(mostRows * 4)
    const { columns, derived }: Pick<DeriveOptions, 'columns' | 'derived'> = derive ?? { columns: [], derived: [] }
    const used = where.map((condition) => [...columnsOf(condition)])
    const inputOf = (column: number) => (column < columns.length ? column : derived[column - columns.length].input)
    const slots = new Set(used.flat().map((column) => columns[inputOf(column)]?.slot ?? -1))
    let slot = -1
    this.fields = parse.fields.map((kind) => (kind === 'code' && slots.has(++slot) ? 'code' : 'skip'))
    const slotsInOrder = [...slots].filter((own) => own >= 0).sort((left, right) => left - right)
    this.codeFields = slotsInOrder.length
    const codeOf = (column: number): ValueOf => {
      const { slot: own, constant = nullValue } = columns[column]
      if (own < 0) return () => constant
      const reader = new CodeReader(columns[column])
      const place = slotsInOrder.indexOf(own)
      return (codes, start) => reader.valueOf(codes[start + place])
    }
    const groupOf = (column: number): ValueOf => {
      if (column < columns.length) return codeOf(column)
      const own = derived[column - columns.length]
      if (own.input < 0) return () => 0
      const grouping = groupingOf(own)
      const code = codeOf(own.input)
      return (codes, start) => grouping(code(codes, start))
    }
    // Of one row each.
    const values = [...columns, ...derived].map(() => Int32Array.of(nullValue))
    this.tests = where.map((condition, place) => {
      const truthOf = compileCondition(condition, values, nullValue)
      const inputs = used[place].map((column) => ({ value: values[column], read: groupOf(column) }))
      const isTrue = (codes: Int32Array, start: number) => {
        for (const { value, read } of inputs) value[0] = read(codes, start)
        return truthOf(0) === truth.yes
      }
      const fields = new Set(used[place].map((column) => slotsInOrder.indexOf(columns[inputOf(column)]?.slot ?? -1)))
      const [field] = fields.size === 1 ? fields : [-1]
      return { isTrue, field, verdictsAt: memory.room(field === -1 ? 0 : remembered) }
    })
    memory.keep()
    this.counts = this.noCounts()
  }

  /**
   * Counts `rows` records from `first` on, `mostRows` at most, as those to choose from; gives the ones that are chosen, good until
   * the next call. `codes` holds those of their fields, in the memory.
   */
  choose(codes: Int32Array, first: number, rows: number): Int32Array {
    const { tests, counts, rowsAt } = this
    this.number(rowsAt, first, rows)
    let count = rows
    counts.candidates += rows
    for (let place = 0; place < tests.length; place++) {
      count = this.keep(tests[place], codes, count)
      counts.passed[place] += count
    }
    return this.rows(count)
  }

  private rows(count: number): Int32Array {
    return new Int32Array(this.memory.memory.buffer, this.rowsAt, count)
  }

  /** Keeps those of the first `count` rows of which a condition is true; gives how many they are. */
  private keep({ isTrue, field, verdictsAt }: Test, codes: Int32Array, count: number): number {
    const { rowsAt, codeFields, memory } = this
    const rows = this.rows(count)
    let passed = 0
    for (let at = 0; ; at++) {
      if (field !== -1) {
        at = this.keepKnown(
          ...[rowsAt, at, count, passed, codes.byteOffset + field * 4, codeFields * 4],
          ...[verdictsAt, firstRemembered, remembered],
        )
        passed = this.passed.value
      }
      if (at === count) return passed
      const start = rows[at] * codeFields
      const isKept = isTrue(codes, start)
      rows[passed] = rows[at]
      passed += isKept ? 1 : 0
      const place = field === -1 ? -1 : codes[start + field] - firstRemembered
      if (place >= 0 && place < remembered) {
        memory.bytes(verdictsAt + place, 1)[0] = isKept ? verdicts.yes : verdicts.no
      }
    }
  }

  /** What was counted since the last time. */
  takeCounts(): SelectionCounts {
    const { counts } = this
    this.counts = this.noCounts()
    return counts
  }

  private noCounts(): SelectionCounts {
    return { candidates: 0, passed: this.tests.map(() => 0), sampledOut: 0 }
  }
}
