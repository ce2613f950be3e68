import { mix32 } from './hash.js'

/**
 * xoshiro128++ 1.0 (Blackman and Vigna, 2019): a small, fast generator for made-up data. Where
 * Python's numbers must be met, take `MersenneTwister`. Not for secrets.
 */
export class Xoshiro128 {
  // Signed: V8 keeps 32-bit integers of an Int32Array unboxed all the way.
  readonly #state: Int32Array

  /** Takes the four words of the state as they are; not all of them may be 0. */
  constructor(state: readonly [number, number, number, number]) {
    this.#state = Int32Array.from(state)
  }

  /**
   * A generator whose sequence depends on every one of the numbers, whole and below 2^53 in size:
   * `seeded(seed)`, or `seeded(seed, country)` for one of many sequences under one seed.
   */
  static seeded(...numbers: number[]): Xoshiro128 {
    let hash = 0
    for (const number of numbers) {
      hash = mix32(hash ^ (number | 0)) + 0x9e37_79b9
      hash = mix32(hash ^ Math.floor(number / 0x1_0000_0000)) + 0x9e37_79b9
    }
    const word = (index: number): number => mix32(hash + Math.imul(index, 0x9e37_79b9))
    // mix32 maps 0 alone to 0, so that at most one of the four is.
    return new Xoshiro128([word(1), word(2), word(3), word(4)])
  }

  /** The next 32 random bits, as a number from -2^31 to 2^31 - 1: the fastest form. */
  nextInt32(): number {
    const state = this.#state
    const s0 = state[0]
    const s1 = state[1]
    const sum = (s0 + state[3]) | 0
    const result = (((sum << 7) | (sum >>> 25)) + s0) | 0
    const s2 = state[2] ^ s0
    const s3 = state[3] ^ s1
    state[1] = s1 ^ s2
    state[0] = s0 ^ s3
    state[2] = s2 ^ (s1 << 9)
    state[3] = (s3 << 11) | (s3 >>> 21)
    return result
  }

  /** The next 32 random bits, as a number from 0 to 2^32 - 1. */
  nextUint32(): number {
    return this.nextInt32() >>> 0
  }

  /** A number in [0, 1), in steps of 2^-32. */
  fraction(): number {
    return (this.nextInt32() >>> 0) / 0x1_0000_0000
  }

  /**
   * A whole number from 0 to `n` - 1, for `n` up to 2^32. By multiplication and not by rejection: one
   * draw each, and a bias of at most `n` / 2^32, which made-up data does not show.
   */
  below(n: number): number {
    return Math.floor(((this.nextInt32() >>> 0) / 0x1_0000_0000) * n)
  }
}
