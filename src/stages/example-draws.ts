import { firstMissingReason, nullValue } from '../batch/respondent-batch.js'
import { Draws } from '../random/draws.js'
import { hashBytes, mix32 } from '../random/hash.js'
import type { ExampleData } from './example-values.js'
import type { ExampleCursor } from './template-program.js'

export interface DrawOptions {
  seed: number
  /** Demographics that an example shows, at most; all where absent. */
  demographicsPerExample?: number
  /** Other answers of the same respondent that an example shows. */
  contextAnswers: number
  /** Worked examples of other people in front of an example. */
  fewShot: number
  /** Rows of the respondents who may stand as those other people. */
  donors: Uint32Array
}

/** Different uses of one example's key must not draw the same numbers. */
const purposes = { template: 0x5bd1_e995, example: 0x1b87_3593, donor: 0x27d4_eb2f } as const

/**
 * Everything that is drawn for an example. It hangs on the seed, the respondent's id and the question, and so is the
 * same in whatever order, block or thread an example is written.
 */
export class ExampleDraws {
  private readonly draws = new Draws()
  private readonly pool: Int32Array
  private readonly donorRows: Int32Array
  private keyRow = -1
  private rowKey = 0

  constructor(
    private readonly data: ExampleData,
    private readonly options: DrawOptions,
  ) {
    this.pool = new Int32Array(data.demographics.length)
    this.donorRows = new Int32Array(options.fewShot)
  }

  /** Which of `count` templates an example takes. */
  template(row: number, question: number, count: number): number {
    if (count === 1) return 0
    this.draws.start(this.key(row, question) ^ purposes.template)
    return this.draws.below(count)
  }

  /** Draws what the example shows of the respondent. `used` lists the demographics that its template can show. */
  example(at: ExampleCursor, used: readonly number[], asked: Uint16Array): void {
    if (this.options.demographicsPerExample === undefined && this.options.contextAnswers === 0) return
    this.draws.start(this.key(at.row, at.question) ^ purposes.example)
    this.show(at, used)
    this.context(at, asked)
  }

  /** Draws the people of the worked examples; gives how many there are. `person` then makes a cursor one of them. */
  donors(row: number, question: number): number {
    const { donors, fewShot } = this.options
    if (fewShot === 0) return 0
    this.draws.start(this.key(row, question) ^ purposes.donor)
    let count = 0
    // Other people, each once: a few draws more than needed find them unless there are hardly any.
    for (let attempt = 0; attempt < fewShot * 4 + 16 && count < fewShot && donors.length > 0; attempt++) {
      const donor = donors[this.draws.below(donors.length)]
      if (donor !== row && !this.donorRows.subarray(0, count).includes(donor)) this.donorRows[count++] = donor
    }
    return count
  }

  /** Sets the cursor to one of the drawn people, with one of their answers to another question than `asked`. */
  person(at: ExampleCursor, index: number, asked: number, used: readonly number[]): boolean {
    const { answers } = this.data.respondents
    const width = this.data.questions.length
    const row = this.donorRows[index]
    this.draws.start(mix32(this.key(row, asked) ^ purposes.donor) + index)
    const start = this.draws.below(width)
    for (let step = 0; step < width; step++) {
      const question = (start + step) % width
      const answer = answers[row * width + question]
      if (question === asked || answer >= firstMissingReason) continue
      at.row = row
      at.question = question
      at.answer = answer
      this.show(at, used)
      this.context(at, Uint16Array.of(question))
      return true
    }
    return false
  }

  private show(at: ExampleCursor, used: readonly number[]): void {
    const { demographicsPerExample } = this.options
    if (demographicsPerExample === undefined) return
    const { pool } = this
    const { respondents, missingText } = this.data
    let size = 0
    for (const demographic of used) {
      at.shown[demographic] = 0
      const known = respondents.demographics[demographic].values[at.row] !== nullValue
      if (known || missingText !== undefined) pool[size++] = demographic
    }
    const wanted = Math.min(demographicsPerExample, size)
    for (let index = 0; index < wanted; index++) {
      const other = index + this.draws.below(size - index)
      const chosen = pool[other]
      pool[other] = pool[index]
      pool[index] = chosen
      at.shown[chosen] = 1
    }
  }

  private context(at: ExampleCursor, asked: Uint16Array): void {
    const { contextAnswers } = this.options
    at.contextCount = 0
    if (contextAnswers === 0) return
    const { answers } = this.data.respondents
    const width = this.data.questions.length
    const first = at.row * width
    let open = 0
    for (let question = 0; question < width; question++) {
      if (answers[first + question] < firstMissingReason && !asked.includes(question)) open++
    }
    // Each question that is open is taken with the chance that leaves the right number at the end.
    let wanted = Math.min(contextAnswers, open)
    for (let question = 0; question < width && wanted > 0; question++) {
      const answer = answers[first + question]
      if (answer >= firstMissingReason || asked.includes(question)) continue
      if (this.draws.below(open) < wanted) {
        at.contextQuestions[at.contextCount] = question
        at.contextAnswers[at.contextCount++] = answer
        wanted--
      }
      open--
    }
  }

  private key(row: number, question: number): number {
    if (row !== this.keyRow) {
      const { bytes, offsets } = this.data.respondents.ids
      this.keyRow = row
      this.rowKey = hashBytes(bytes, offsets[row], offsets[row + 1], this.options.seed)
    }
    return mix32(this.rowKey ^ mix32(question + 1))
  }
}
