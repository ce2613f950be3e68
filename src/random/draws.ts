import { mix32 } from './hash.js'

/** 2^32 divided by the golden ratio, as an odd number: steps of it visit every 32-bit number once. */
const goldenStep = 0x9e37_79b9

/**
 * Numbers drawn for one key: the same key draws the same numbers, whatever was drawn for others before. For choices
 * that must not hang on the order in which the work is done.
 */
export class Draws {
  private state = 0

  /** Begins the draws of a key; of `key` the low 32 bits count. */
  start(key: number): void {
    this.state = key | 0
  }

  /** A whole number from 0 up to but not including `bound`, which is at most 2^32. */
  below(bound: number): number {
    this.state = (this.state + goldenStep) | 0
    return Math.floor((mix32(this.state) / 0x1_0000_0000) * bound)
  }
}
