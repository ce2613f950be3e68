const N = 624
const M = 397

/** Anything with a length whose elements can be exchanged: an array or a typed array. */
interface Exchangeable<T> {
  readonly length: number
  [index: number]: T
}

/**
 * MT19937 (Matsumoto and Nishimura, 1998) with the seeding and the derived methods of CPython's
 * `random.Random`, so that what was drawn with `random.seed(n)` in Python is drawn here too, value
 * for value. Not for secrets.
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(N)
  #index = N

  /**
   * `seed` is a whole number up to 2^53 in size. As in Python, its sign does not count, and its
   * 32-bit digits, lowest first, are the key of `init_by_array`.
   */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`seed must be a whole number below 2^53, not ${seed}`)
    const size = Math.abs(seed)
    const high = Math.floor(size / 0x1_0000_0000)
    this.#seedByArray(high === 0 ? [size >>> 0] : [size >>> 0, high])
  }

  #seedByArray(key: readonly number[]): void {
    const state = this.#state
    state[0] = 19650218
    for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i
    let i = 1
    let j = 0
    for (let k = Math.max(N, key.length); k > 0; k--) {
      state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), 1664525)) + key[j] + j
      if (++i >= N) {
        state[0] = state[N - 1]
        i = 1
      }
      if (++j >= key.length) j = 0
    }
    for (let k = N - 1; k > 0; k--) {
      state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), 1566083941)) - i
      if (++i >= N) {
        state[0] = state[N - 1]
        i = 1
      }
    }
    state[0] = 0x8000_0000
    this.#index = N
  }

  #regenerate(): void {
    const state = this.#state
    for (let k = 0; k < N; k++) {
      const y = (state[k] & 0x8000_0000) | (state[(k + 1) % N] & 0x7fff_ffff)
      state[k] = state[(k + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908_b0df : 0)
    }
    this.#index = 0
  }

  /** The next 32 random bits, as a number from 0 to 2^32 - 1. */
  next(): number {
    if (this.#index >= N) this.#regenerate()
    let y = this.#state[this.#index++]
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c_5680
    y ^= (y << 15) & 0xefc6_0000
    y ^= y >>> 18
    return y >>> 0
  }

  /** `random.random()`: a number in [0, 1) with 53 random bits. */
  random(): number {
    const a = this.next() >>> 5
    const b = this.next() >>> 6
    return (a * 67108864 + b) / 9007199254740992
  }

  /** `random.getrandbits(k)` for `k` from 0 to 32: the top `k` bits of one draw (none is drawn for 0). */
  getrandbits(k: number): number {
    if (!(k >= 0 && k <= 32)) throw new RangeError(`k must be from 0 to 32, not ${k}`)
    return k === 0 ? 0 : this.next() >>> (32 - k)
  }

  /** `random.randrange(n)`: a whole number from 0 to `n` - 1, each as likely; `n` from 1 to 2^32 - 1. */
  randbelow(n: number): number {
    if (!(n >= 1 && n <= 0xffff_ffff)) throw new RangeError(`n must be from 1 to 2^32 - 1, not ${n}`)
    // As many bits as n has; a draw that is too large is thrown away, so that nothing is favoured.
    const shift = Math.clz32(n)
    let draw = this.next() >>> shift
    while (draw >= n) draw = this.next() >>> shift
    return draw
  }

  /** `random.shuffle(items)`: puts the items in random order, in place. */
  shuffle<T>(items: Exchangeable<T>): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.randbelow(i + 1)
      const item = items[i]
      items[i] = items[j]
      items[j] = item
    }
  }

  /**
   * `random.sample(population, count)`: `count` different members in random order; the population
   * stays as it is. A number as population stands for the indices below it, `range(population)`.
   */
  sample(population: number, count: number): number[]
  sample<T>(population: ArrayLike<T>, count: number): T[]
  sample<T>(population: number | ArrayLike<T>, count: number): number[] | T[] {
    if (typeof population === 'number') return this.#sampleIndices(population, count)
    return this.#sampleIndices(population.length, count).map((index) => population[index])
  }

  #sampleIndices(size: number, count: number): number[] {
    if (!(count >= 0 && count <= size)) throw new RangeError(`cannot sample ${count} of a population of ${size}`)
    const sample: number[] = []
    if (size <= poolLimit(count)) {
      const pool = Array.from({ length: size }, (_, index) => index)
      for (let i = 0; i < count; i++) {
        const j = this.randbelow(size - i)
        sample.push(pool[j])
        pool[j] = pool[size - i - 1]
      }
      return sample
    }
    const seen = new Set<number>()
    while (sample.length < count) {
      const index = this.randbelow(size)
      if (seen.has(index)) continue
      seen.add(index)
      sample.push(index)
    }
    return sample
  }
}

/**
 * The largest population that CPython samples from a pool of what is left rather than with a set of
 * what is taken: its estimate of where a list of the population is smaller than that set. The two
 * ways draw different members.
 */
function poolLimit(count: number): number {
  if (count <= 5) return 21
  let setSize = 1
  while (setSize < count * 3) setSize *= 4
  return 21 + setSize
}
