/** Mean and population variance of the codes of many distributions. */
export class Moments {
  /** NaN where a distribution is empty. */
  readonly means: Float64Array
  readonly variances: Float64Array
  /** Counts and weights come in arrays of different types: a loop that meets both is several times as slow. */
  private readonly masses: Float64Array
  private readonly codes: Float64Array

  constructor(codes: readonly number[], distributions: number) {
    this.means = new Float64Array(distributions)
    this.variances = new Float64Array(distributions)
    this.masses = new Float64Array(codes.length)
    this.codes = Float64Array.from(codes)
  }

  /** Takes up a distribution: how much each code has, from `at` on. */
  take(table: ArrayLike<number>, at: number, distribution: number): void {
    const { masses } = this
    for (let slot = 0; slot < masses.length; slot++) masses[slot] = table[at + slot]
    this.work(distribution)
  }

  private work(distribution: number): void {
    const { masses, codes } = this
    let total = 0
    let first = 0
    for (let slot = 0; slot < codes.length; slot++) {
      total += masses[slot]
      first += masses[slot] * codes[slot]
    }
    const mean = total > 0 ? first / total : Number.NaN
    let second = 0
    for (let slot = 0; slot < codes.length; slot++) second += masses[slot] * (codes[slot] - mean) ** 2
    this.means[distribution] = mean
    this.variances[distribution] = second / total
  }
}
