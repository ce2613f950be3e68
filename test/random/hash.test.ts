import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashBytes, hashFraction, mix32 } from '#src/random/hash.js'

const bytesOf = (key: string | number[]) =>
  typeof key === 'string' ? new TextEncoder().encode(key) : Uint8Array.from(key)

describe('hashBytes', () => {
  // Test vectors of MurmurHash3_x86_32 that its implementations share.
  const vectors: [key: string | number[], seed: number, hash: number][] = [
    [[], 0, 0],
    [[], 1, 0x514e28b7],
    [[], 0xffffffff, 0x81f16f39],
    [[0xff, 0xff, 0xff, 0xff], 0, 0x76293b50],
    [[0x21, 0x43, 0x65, 0x87], 0, 0xf55b516b],
    [[0x21, 0x43, 0x65, 0x87], 0x5082edee, 0x2362f9de],
    [[0x21, 0x43, 0x65], 0, 0x7e4a8634],
    [[0x21, 0x43], 0, 0xa0f7b07a],
    [[0x21], 0, 0x72661cf4],
    [[0, 0, 0, 0], 0, 0x2362f9de],
    [[0, 0, 0], 0, 0x85f0b427],
    [[0, 0], 0, 0x30f4c306],
    [[0], 0, 0x514e28b7],
    ['aaaa', 0x9747b28c, 0x5a97808a],
    ['aaa', 0x9747b28c, 0x283e0130],
    ['aa', 0x9747b28c, 0x5d211726],
    ['a', 0x9747b28c, 0x7fa09ea6],
    ['abcd', 0x9747b28c, 0xf0478627],
    ['abc', 0x9747b28c, 0xc84a62dd],
    ['ab', 0x9747b28c, 0x74875592],
    ['Hello, world!', 0x9747b28c, 0x24884cba],
    ['ππππππππ', 0x9747b28c, 0xd58063c1],
    ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4ff723],
    ['test', 0, 0xba6bd213],
  ]
  for (const [key, seed, hash] of vectors) {
    it(`of ${JSON.stringify(key)} with seed ${seed} is ${hash.toString(16)}`, () => {
      const bytes = bytesOf(key)
      assert.equal(hashBytes(bytes, 0, bytes.length, seed), hash)
    })
  }

  it('reads only its stretch of the bytes', () => {
    const bytes = bytesOf('xxabcdyy')
    assert.equal(hashBytes(bytes, 2, 6, 0x9747b28c), 0xf0478627)
    assert.equal(hashBytes(bytes, 2, 5, 0x9747b28c), 0xc84a62dd)
  })

  it('counts the low 32 bits of the seed', () => {
    const bytes = bytesOf('abc')
    assert.equal(hashBytes(bytes, 0, 3, 2 ** 32 + 5), hashBytes(bytes, 0, 3, 5))
    assert.notEqual(hashBytes(bytes, 0, 3, 6), hashBytes(bytes, 0, 3, 5))
  })
})

describe('hashFraction', () => {
  const fractionsOf = (first: number, count: number, seed: number) =>
    Array.from({ length: count }, (_, index) => {
      const bytes = bytesOf(String(first + index))
      return hashFraction(bytes, 0, bytes.length, seed)
    })

  it('splits interview ids that follow one another in the shares asked for', () => {
    // Five standard deviations of a binomial share: a fair hash fails once in a million seeds.
    const far = (share: number, count: number) => 5 * Math.sqrt((share * (1 - share)) / count)
    for (let seed = 0; seed < 20; seed++) {
      const fractions = fractionsOf(170070052, 1520, seed)
      const train = fractions.filter((fraction) => fraction < 0.7).length / fractions.length
      const valid = fractions.filter((fraction) => fraction >= 0.7 && fraction < 0.85).length / fractions.length
      assert.ok(Math.abs(train - 0.7) < far(0.7, 1520), `seed ${seed}: train share ${train}`)
      assert.ok(Math.abs(valid - 0.15) < far(0.15, 1520), `seed ${seed}: valid share ${valid}`)
    }
  })

  it('is even over 100 cells: chi-square of 100,000 ids', () => {
    const cells = new Float64Array(100)
    for (const fraction of fractionsOf(858070001, 100_000, 0)) cells[Math.floor(fraction * 100)]++
    const chiSquare = cells.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    // 99 degrees of freedom: mean 99, standard deviation 14.
    assert.ok(chiSquare > 40 && chiSquare < 170, `chi-square ${chiSquare}`)
  })

  it('gives splits under two seeds that have nothing to do with each other', () => {
    const first = fractionsOf(170070052, 20_000, 0)
    const second = fractionsOf(170070052, 20_000, 1)
    const both = first.filter((fraction, index) => fraction < 0.5 && second[index] < 0.5).length / first.length
    assert.ok(Math.abs(both - 0.25) < 0.02, `share below one half in both: ${both}`)
  })
})

describe('mix32', () => {
  it('gives one number for each number', () => {
    const seen = new Set<number>()
    for (let value = 0; value < 50_000; value++) seen.add(mix32(value))
    assert.equal(seen.size, 50_000)
    assert.equal(mix32(0), 0)
  })
})
