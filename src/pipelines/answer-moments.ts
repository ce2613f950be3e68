import type { AnswerPairs } from './answer-pairs.js'

/** Mean and population variance of the codes that the answers of pairs have. */
export class Moments {
  /** NaN where nobody has answered. */
  readonly means: Float64Array
  readonly variances: Float64Array
  /** Counts and weights come in arrays of different types: a loop that meets both is several times as slow. */
  private readonly masses: Float64Array
  private readonly slotCodes: Float64Array
  private readonly codes: Float64Array

  /** `entries` are those of the tables, by count or by weight. */
  constructor(
    private readonly answers: AnswerPairs,
    private readonly entries: Uint32Array | Float64Array,
  ) {
    this.means = new Float64Array(answers.length)
    this.variances = new Float64Array(answers.length)
    this.masses = new Float64Array(answers.answerCodes.length)
    this.codes = new Float64Array(answers.answerCodes.length)
    this.slotCodes = Float64Array.from(answers.answerCodes)
  }

  /** Takes up a pair. */
  take(pair: number): void {
    const { masses, codes, slotCodes, answers, entries } = this
    const { places } = answers.tables
    const start = answers.answersFrom[pair]
    const length = answers.answersTo[pair] - start
    const at = answers.slotsAt(pair)
    for (let answer = 0; answer < length; answer++) {
      masses[answer] = entries[start + answer]
      codes[answer] = slotCodes[places[start + answer] - at]
    }
    this.work(pair, length)
  }

  private work(pair: number, length: number): void {
    const { masses, codes } = this
    let total = 0
    let first = 0
    for (let answer = 0; answer < length; answer++) {
      total += masses[answer]
      first += masses[answer] * codes[answer]
    }
    const mean = total > 0 ? first / total : Number.NaN
    let second = 0
    for (let answer = 0; answer < length; answer++) {
      const distance = codes[answer] - mean
      second += masses[answer] * (distance * distance)
    }
    this.means[pair] = mean
    this.variances[pair] = second / total
  }
}
