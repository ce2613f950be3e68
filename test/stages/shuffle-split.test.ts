import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { shuffledOrder, shuffledSizes, shuffledSplits } from '#src/stages/shuffle-split.js'
import { check } from '../property.js'

describe('shuffledOrder', () => {
  it("is Python's: random.seed(0), random.shuffle of 93,278 indices", () => {
    const order = shuffledOrder(93_278, 0)
    assert.deepEqual([...order.subarray(0, 5)], [26897, 59406, 12110, 90521, 77169])
    const hash = createHash('sha1').update(order.join(',')).digest('hex')
    assert.equal(hash, 'c84bdcbbf461338f4f68d59d35f42cbacd7248d5')
  })

  it('holds every index once', () => {
    check(fc.tuple(fc.nat({ max: 300 }), fc.nat()), 200, ([count, seed]) => {
      assert.deepEqual(
        [...shuffledOrder(count, seed).sort()],
        Array.from({ length: count }, (_, index) => index),
      )
    })
  })
})

describe('shuffledSizes', () => {
  it('rounds train and test down and leaves the rest to valid', () => {
    assert.deepEqual(shuffledSizes(93_278, [70, 15, 15]), { train: 65_294, test: 13_991, valid: 13_993 })
    assert.deepEqual(shuffledSizes(10, [70, 15, 15]), { train: 7, test: 1, valid: 2 })
    assert.deepEqual(shuffledSizes(1, [70, 15, 15]), { train: 0, test: 0, valid: 1 })
    assert.deepEqual(shuffledSizes(0, [70, 15, 15]), { train: 0, test: 0, valid: 0 })
    assert.deepEqual(shuffledSizes(200, [80, 5, 15]), { train: 160, test: 30, valid: 10 })
  })

  it('never loses or invents a respondent', () => {
    const share = fc.integer({ min: 0, max: 100 })
    const input = fc.tuple(fc.nat({ max: 200_000 }), fc.tuple(fc.integer({ min: 1, max: 100 }), share, share))
    check(input, 500, ([count, ratios]) => {
      const { train, valid, test } = shuffledSizes(count, ratios)
      assert.equal(train + valid + test, count)
      assert.ok(train >= 0 && valid >= 0 && test >= 0)
    })
  })
})

describe('shuffledSplits', () => {
  it('gives the first in shuffled order to train, the next to test, the last to valid', () => {
    const order = [...shuffledOrder(100, 7)]
    const splits = shuffledSplits(100, 7, [70, 15, 15])
    const expected = order.map((_, row) => (order.indexOf(row) < 70 ? 0 : order.indexOf(row) < 85 ? 2 : 1))
    assert.deepEqual([...splits], expected)
  })
})
