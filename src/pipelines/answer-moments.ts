import type { AnswerPairs } from './answer-pairs.js'

/** Mean and population variance of the codes that the answers of pairs have, by count and by weight. */
export class AnswerMoments {
  /** NaN where nobody has answered, or the weights are 0. */
  readonly means: Float64Array
  readonly variances: Float64Array
  readonly weightedMeans: Float64Array
  readonly weightedVariances: Float64Array
  private readonly slotCodes: Float64Array

  constructor(private readonly answers: AnswerPairs) {
    const { length, answerCodes } = answers
    this.means = new Float64Array(length)
    this.variances = new Float64Array(length)
    this.weightedMeans = new Float64Array(length)
    this.weightedVariances = new Float64Array(length)
    this.slotCodes = Float64Array.from(answerCodes)
  }

  /** Takes up a pair. */
  take(pair: number): void {
    const { answers, slotCodes } = this
    const { places, counts, weights } = answers.tables
    const start = answers.answersFrom[pair]
    const end = answers.answersTo[pair]
    const at = answers.slotsAt(pair)
    let count = 0
    let weight = 0
    let sum = 0
    let weightedSum = 0
    for (let entry = start; entry < end; entry++) {
      const code = slotCodes[places[entry] - at]
      count += counts[entry]
      weight += weights[entry]
      sum += counts[entry] * code
      weightedSum += weights[entry] * code
    }
    const mean = count > 0 ? sum / count : Number.NaN
    const weightedMean = weight > 0 ? weightedSum / weight : Number.NaN
    let squares = 0
    let weightedSquares = 0
    for (let entry = start; entry < end; entry++) {
      const code = slotCodes[places[entry] - at]
      squares += counts[entry] * ((code - mean) * (code - mean))
      weightedSquares += weights[entry] * ((code - weightedMean) * (code - weightedMean))
    }
    this.means[pair] = mean
    this.variances[pair] = squares / count
    this.weightedMeans[pair] = weightedMean
    this.weightedVariances[pair] = weightedSquares / weight
  }
}
