import { MersenneTwister } from '../random/mersenne-twister.js'

/**
 * The order into which the reference puts the respondents: Python's `random.seed(seed)`, then
 * `random.shuffle` of 0 .. count - 1.
 */
export function shuffledOrder(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, index) => index)
  new MersenneTwister(seed).shuffle(order)
  return order
}

/**
 * How many of `count` respondents fall to each split in shuffled order. The reference's order is train, *test*,
 * valid: the first two are rounded down, the last is the rest.
 */
export function shuffledSizes(
  count: number,
  ratios: [number, number, number],
): { train: number; test: number; valid: number } {
  const total = ratios[0] + ratios[1] + ratios[2]
  const train = Math.trunc(count * (ratios[0] / total))
  const test = Math.trunc(count * (ratios[2] / total))
  return { train, test, valid: count - train - test }
}

/** The split of each respondent: index into train, valid, test. */
export function shuffledSplits(count: number, seed: number, ratios: [number, number, number]): Uint8Array {
  const order = shuffledOrder(count, seed)
  const { train, test } = shuffledSizes(count, ratios)
  const splits = new Uint8Array(count)
  for (let place = 0; place < count; place++) splits[order[place]] = place < train ? 0 : place < train + test ? 2 : 1
  return splits
}
