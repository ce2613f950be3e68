import { hashBytes } from '../../random/hash.js'
import type { Xoshiro128 } from '../../random/xoshiro128.js'

// Whatever decides a byte of the file keeps to + - * / and Math.sqrt, which IEEE 754 rounds alike everywhere;
// Math.exp, Math.log and ** may differ in the last bit from one engine to the next.

/** Standard deviation of `bellDraw`: of the sum of four whole numbers, each evenly drawn from 0 to 255. */
export const bellDeviation = Math.sqrt((4 * (256 * 256 - 1)) / 12)

const bellRange = 4 * 255

/** A whole number from -510 to 510, bell-shaped around 0: the sum of the four bytes of one draw. */
export function bellDraw(generator: Xoshiro128): number {
  const bits = generator.nextInt32()
  return (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - bellRange / 2
}

/** About normally distributed, with mean 0 and standard deviation 1. */
export function normalDraw(generator: Xoshiro128): number {
  return bellDraw(generator) / bellDeviation
}

const bellCumulative = cumulativeOfBell()

/** The number of ways in which the sum of four bytes is at most each number from 0 to 1020, as a share of all. */
function cumulativeOfBell(): Float64Array {
  let ways = new Float64Array(bellRange + 1)
  ways[0] = 1
  for (let byte = 0; byte < 4; byte++) {
    const next = new Float64Array(bellRange + 1)
    let window = 0
    for (let sum = 0; sum <= bellRange; sum++) {
      window += ways[sum] - (sum > 255 ? ways[sum - 256] : 0)
      next[sum] = window
    }
    ways = next
  }
  let total = 0
  return ways.map((count) => {
    total += count
    return total / 2 ** 32
  })
}

/** The value of `bellDraw` that a share of all draws, 0 to 1, does not exceed. */
export function bellQuantile(share: number): number {
  let low = 0
  let high = bellRange
  while (low < high) {
    const middle = (low + high) >> 1
    if (bellCumulative[middle] < share) low = middle + 1
    else high = middle
  }
  return low - bellRange / 2
}

const encoder = new TextEncoder()

/** A fraction in [0, 1) that belongs to a name and numbers for good: what does not change from seed to seed. */
export function fixedFraction(name: string, ...numbers: number[]): number {
  const bytes = encoder.encode([name, ...numbers].join(' '))
  return hashBytes(bytes, 0, bytes.length, 7) / 0x1_0000_0000
}

/** Codes to draw from, each with its weight. */
export class Choice {
  readonly codes: readonly number[]
  readonly #limits: Float64Array

  constructor(codes: readonly number[], weights: readonly number[]) {
    this.codes = codes
    let total = 0
    this.#limits = Float64Array.from(weights, (weight) => {
      total += weight
      return total
    })
  }

  /** A choice from an object of code to weight. */
  static of(weights: Readonly<Record<string, number>>): Choice {
    const codes = Object.keys(weights).map(Number)
    return new Choice(
      codes,
      codes.map((code) => weights[String(code)]),
    )
  }

  draw(generator: Xoshiro128): number {
    const limits = this.#limits
    const at = generator.fraction() * limits[limits.length - 1]
    let index = 0
    while (limits[index] <= at) index++
    return this.codes[index]
  }
}
