import type { AnswerPairs } from './answer-pairs.js'

/** Mean and population variance of the codes that the answers of pairs have. */
export class Moments {
  /** NaN where nobody has answered. */
  readonly means: Float64Array
  readonly variances: Float64Array
  /** Counts and weights come in arrays of different types: a loop that meets both is several times as slow. */
  private readonly masses: Float64Array
  private readonly codes: Float64Array

  constructor(private readonly answers: AnswerPairs) {
    this.means = new Float64Array(answers.length)
    this.variances = new Float64Array(answers.length)
    this.masses = new Float64Array(answers.answerCodes.length)
    this.codes = Float64Array.from(answers.answerCodes)
  }

  /** Takes up a pair: how much each of its answers has is in the table of its cell. */
  take(table: ArrayLike<number>, pair: number): void {
    const { masses, answers } = this
    const question = answers.questionOf[pair]
    const start = answers.scaleStarts[question]
    const end = answers.scaleEnds[question]
    const at = answers.slotsAt(pair)
    for (let slot = start; slot < end; slot++) masses[slot] = table[at + slot]
    this.work(pair, start, end)
  }

  private work(pair: number, start: number, end: number): void {
    const { masses, codes } = this
    let total = 0
    let first = 0
    for (let slot = start; slot < end; slot++) {
      total += masses[slot]
      first += masses[slot] * codes[slot]
    }
    const mean = total > 0 ? first / total : Number.NaN
    let second = 0
    for (let slot = start; slot < end; slot++) {
      const distance = codes[slot] - mean
      second += masses[slot] * (distance * distance)
    }
    this.means[pair] = mean
    this.variances[pair] = second / total
  }
}
