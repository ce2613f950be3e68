import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { MersenneTwister } from '#src/random/mersenne-twister.js'

// All expected values were drawn with CPython 3.11's random.Random.
const sha1 = (values: ArrayLike<number>) => createHash('sha1').update(Array.from(values).join(',')).digest('hex')
const times = <T>(count: number, draw: () => T) => Array.from({ length: count }, draw)

describe('MersenneTwister', () => {
  const firstWords: [seed: number, words: number[]][] = [
    [0, [3626764237, 1654615998, 3255389356, 3823568514, 1806341205]],
    [1, [577090037, 2444712010, 3639700191, 3445702192, 3280387012]],
    [42, [2746317213, 478163327, 107420369, 3184935163, 1181241943]],
    [123456789, [2754794679, 1899526012, 2328685183, 3049235403, 4265654401]],
    [2 ** 32, [485306839, 1508871100, 1794561286, 4014597330, 71624475]],
    [2 ** 40 + 7, [2635837658, 3209733218, 3500038837, 4028389051, 4058793509]],
    [Number.MAX_SAFE_INTEGER, [404802386, 2407860725, 957238923, 3232321614, 821848376]],
    [-5, [2675342405, 1097127993, 3185950873, 1539898300, 3415330359]],
  ]
  for (const [seed, words] of firstWords) {
    it(`starts as Python does with seed ${seed}`, () => {
      const generator = new MersenneTwister(seed)
      assert.deepEqual(
        times(5, () => generator.next()),
        words,
      )
    })
  }

  it('goes on as Python does past many regenerations of its state', () => {
    const generator = new MersenneTwister(0)
    assert.equal(sha1(times(10_000, () => generator.getrandbits(32))), '869c25ae9f5a0b55372d312244097773fd7734c7')
  })

  it('refuses a seed that is not a whole number', () => {
    assert.throws(() => new MersenneTwister(0.5), /seed must be a whole number/)
    assert.throws(() => new MersenneTwister(Number.NaN), RangeError)
  })

  it('random() has 53 bits', () => {
    const generator = new MersenneTwister(0)
    assert.deepEqual(
      times(4, () => generator.random()),
      [0.8444218515250481, 0.7579544029403025, 0.420571580830845, 0.25891675029296335],
    )
  })

  it('getrandbits(k) takes the top k bits', () => {
    const generator = new MersenneTwister(2024)
    assert.deepEqual(
      [1, 5, 8, 13, 21, 31, 32].map((k) => generator.getrandbits(k)),
      [0, 5, 186, 4737, 637012, 429929954, 3810917030],
    )
    assert.equal(generator.getrandbits(0), 0)
    assert.throws(() => generator.getrandbits(33), RangeError)
  })

  it('randbelow(n) rejects draws that are too large', () => {
    const generator = new MersenneTwister(7)
    assert.deepEqual(
      [1, 2, 3, 10, 1000, 2 ** 32 - 1, 2 ** 31, 2 ** 31 + 1].map((n) => generator.randbelow(n)),
      [0, 0, 1, 0, 74, 3527346212, 404285457, 1570621944],
    )
    assert.throws(() => generator.randbelow(0), RangeError)
    assert.throws(() => generator.randbelow(2 ** 32), RangeError)
  })

  it('shuffles the 93,278 rows of the reference dataset as the reference does', () => {
    const rows = Int32Array.from({ length: 93278 }, (_, index) => index)
    new MersenneTwister(0).shuffle(rows)
    assert.deepEqual(Array.from(rows.subarray(0, 5)), [26897, 59406, 12110, 90521, 77169])
    assert.equal(sha1(rows), 'c84bdcbbf461338f4f68d59d35f42cbacd7248d5')
  })

  it('shuffles arrays of any kind', () => {
    const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    new MersenneTwister(0).shuffle(numbers)
    assert.deepEqual(numbers, [7, 8, 1, 5, 3, 4, 2, 0, 9, 6])
    const letters = [...'abcdefghijkl']
    new MersenneTwister(99).shuffle(letters)
    assert.equal(letters.join(''), 'efhiakbjcdlg')
    const none: number[] = []
    new MersenneTwister(99).shuffle(none)
    assert.deepEqual(none, [])
  })

  it('samples a small population from a pool', () => {
    assert.deepEqual(new MersenneTwister(0).sample(12, 5), [6, 11, 0, 4, 7])
  })

  it('samples a large population with a set of seen indices', () => {
    assert.deepEqual(new MersenneTwister(0).sample(1000, 5), [864, 394, 776, 911, 430])
  })

  it('changes from the one way to the other where CPython does', () => {
    const five = new MersenneTwister(3)
    assert.deepEqual(five.sample(21, 5), [7, 18, 17, 4, 11])
    assert.deepEqual(five.sample(22, 5), [19, 15, 20, 18, 2])
    const six = new MersenneTwister(3)
    assert.deepEqual(six.sample(85, 6), [30, 75, 69, 16, 47, 77])
    assert.deepEqual(six.sample(86, 6), [60, 80, 74, 8, 77, 1])
    const thirty = new MersenneTwister(5)
    assert.deepEqual(thirty.sample(277, 30).slice(0, 8), [130, 183, 271, 14, 238, 127, 26, 80])
    assert.deepEqual(thirty.sample(278, 30).slice(0, 8), [67, 0, 2, 107, 110, 84, 85, 148])
    const many = new MersenneTwister(8)
    assert.equal(sha1(many.sample(5000, 1200)), '2739607e9fd6d01c4c210e24ab40a5536de03152')
    assert.equal(sha1(many.sample(4117, 1200)), '3c7ec3a02476c42e3d289f0dfa7901b0da81ce20')
    assert.equal(sha1(many.sample(4118, 1200)), '323341d19eb21bf2cf30f9af74b9562e542310db')
  })

  it('samples members of a population and leaves it alone', () => {
    const letters = [...'hello world']
    assert.deepEqual(new MersenneTwister(1).sample(letters, 4), ['l', 'l', 'e', 'o'])
    assert.equal(letters.join(''), 'hello world')
    assert.deepEqual(new MersenneTwister(1).sample(letters, 0), [])
    assert.throws(() => new MersenneTwister(1).sample(letters, 12), /cannot sample 12 of a population of 11/)
  })
})
