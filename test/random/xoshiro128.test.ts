import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Xoshiro128 } from '#src/random/xoshiro128.js'

describe('Xoshiro128', () => {
  it('draws what the reference implementation of xoshiro128++ draws from state 1, 2, 3, 4', () => {
    const generator = new Xoshiro128([1, 2, 3, 4])
    const expected = [
      641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420,
    ]
    assert.deepEqual(
      expected.map(() => generator.nextUint32()),
      expected,
    )
  })

  it('still does after 102,400 draws', () => {
    const generator = new Xoshiro128([1, 2, 3, 4])
    for (let draw = 0; draw < 102_400; draw++) generator.nextInt32()
    assert.equal(generator.nextUint32(), 0x2c873cfa)
  })

  it('gives the same sequence for the same numbers, another for any other', () => {
    const start = (...numbers: number[]) => {
      const generator = Xoshiro128.seeded(...numbers)
      return [generator.nextUint32(), generator.nextUint32()].join()
    }
    assert.equal(start(0, 170), start(0, 170))
    const keys = [[0], [1], [-1], [2 ** 32], [2 ** 32 + 1], [0, 0], [0, 1], [1, 0], [0, 170], [170, 0], [0, 0, 0]]
    assert.equal(new Set(keys.map((key) => start(...key))).size, keys.length)
  })

  it('draws fractions and whole numbers evenly', () => {
    const generator = Xoshiro128.seeded(1)
    const faces = new Float64Array(6)
    let sum = 0
    for (let draw = 0; draw < 60_000; draw++) {
      faces[generator.below(6)]++
      const fraction = generator.fraction()
      assert.ok(fraction >= 0 && fraction < 1)
      sum += fraction
    }
    assert.ok(Math.abs(sum / 60_000 - 0.5) < 0.006, `mean ${sum / 60_000}`)
    for (const count of faces) assert.ok(Math.abs(count - 10_000) < 500, `faces ${faces}`)
  })
})
