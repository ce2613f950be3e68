import { ByteWriter } from '../formats/byte-writer.js'

export const invalidPolicies = ['keep', 'reject', 'fail'] as const
/** What happens to a cell that can not be decoded, or a ragged row. */
export type InvalidPolicy = (typeof invalidPolicies)[number]

export const rejectReasons = [
  'out-of-range',
  'not-a-code',
  'not-a-number',
  'no-label',
  'malformed-text',
  'no-id',
  'ragged-row',
] as const
export type RejectReason = (typeof rejectReasons)[number]

/** A cell or a row that could not be decoded. Lines count from 1, rows (respondents) from 0. */
export interface Reject {
  /** Name of the file, where the run reads several. */
  file?: string
  line: number
  row: number
  respondent: string
  /** Variable id; for a whole row, ''. */
  variable: string
  value: string
  reason: RejectReason
  expected: string
}

/** How often a variable's cells could not be decoded for one reason, with the first of them. */
export interface InvalidCount {
  variable: string
  reason: RejectReason
  count: number
  first: Reject
}

/** Everything that a block's stages could not decode. */
export interface RejectReport {
  counts: InvalidCount[]
  /** The rejects, one JSON object a line; filled under the policy `reject` only. */
  lines: Uint8Array
  /** The first reject of the block in file order, under the policy `fail`. */
  first: Reject | undefined
}

/**
 * Collects the rejects of one block. Its size is bounded by the variables, not by the cells, unless the
 * rejects themselves are asked for; and only those that are kept are put together.
 */
export class RejectLog {
  private readonly counts = new Map<string, Map<RejectReason, InvalidCount>>()
  private readonly lines = new ByteWriter(0)
  private first: Reject | undefined

  constructor(private readonly policy: InvalidPolicy) {}

  /** Counts a reject; `describe` is called where more than its number is wanted. */
  add(variable: string, reason: RejectReason, describe: () => Reject): void {
    let reasons = this.counts.get(variable)
    if (reasons === undefined) {
      reasons = new Map()
      this.counts.set(variable, reasons)
    }
    const known = reasons.get(reason)
    if (known !== undefined) known.count++
    if (known !== undefined && this.policy === 'keep') return
    const reject = describe()
    if (known === undefined) reasons.set(reason, { variable, reason, count: 1, first: reject })
    if (this.policy === 'reject') this.lines.appendText(`${JSON.stringify(reject)}\n`)
    if (this.policy === 'fail' && (this.first === undefined || reject.row < this.first.row)) this.first = reject
  }

  report(): RejectReport {
    const counts = [...this.counts.values()].flatMap((reasons) => [...reasons.values()])
    return { counts, lines: this.lines.take(), first: this.first }
  }
}
