/**
 * Python's `random.seed(seed)` and `random.shuffle(list(range(count)))`, written down from the description of MT19937
 * (Matsumoto and Nishimura, 1998) and of CPython's random module, in BigInt so that no step can overflow unseen.
 */
export function pythonShuffle(seed: number, count: number): number[] {
  const next = mersenneTwister(seed)
  const list = Array.from({ length: count }, (_, index) => index)
  for (let last = count - 1; last > 0; last--) {
    const bits = (last + 1).toString(2).length
    let drawn: number
    do drawn = next() >>> (32 - bits)
    while (drawn > last)
    const held = list[last]
    list[last] = list[drawn]
    list[drawn] = held
  }
  return list
}

const low32 = 0xffff_ffffn

function mersenneTwister(seed: number): () => number {
  const state = [19650218n]
  for (let index = 1; index < 624; index++) {
    const before = state[index - 1]
    state.push((1812433253n * (before ^ (before >> 30n)) + BigInt(index)) & low32)
  }
  // init_by_array with the one word of the seed.
  let at = 1
  for (let step = 0; step < 624; step++) {
    const before = state[at - 1]
    state[at] = ((state[at] ^ ((before ^ (before >> 30n)) * 1664525n)) + BigInt(seed)) & low32
    at++
    if (at === 624) {
      state[0] = state[623]
      at = 1
    }
  }
  for (let step = 0; step < 623; step++) {
    const before = state[at - 1]
    state[at] = (((state[at] ^ ((before ^ (before >> 30n)) * 1566083941n)) & low32) - BigInt(at)) & low32
    at++
    if (at === 624) {
      state[0] = state[623]
      at = 1
    }
  }
  state[0] = 0x8000_0000n

  let words: number[] = []
  return () => {
    if (words.length === 0) {
      for (let index = 0; index < 624; index++) {
        const mixed = (state[index] & 0x8000_0000n) | (state[(index + 1) % 624] & 0x7fff_ffffn)
        state[index] = state[(index + 397) % 624] ^ (mixed >> 1n) ^ (mixed & 1n ? 0x9908_b0dfn : 0n)
      }
      words = state.map(temper).reverse()
    }
    const word = words.pop()
    if (word === undefined) throw new Error('the generator ran dry')
    return word
  }
}

function temper(state: bigint): number {
  let word = state
  word ^= word >> 11n
  word ^= (word << 7n) & 0x9d2c_5680n
  word ^= (word << 15n) & 0xefc6_0000n
  word ^= word >> 18n
  return Number(word & low32)
}
