import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bellDraw, bellQuantile, Choice, fixedFraction, normalDraw } from '#src/pipelines/synth/chance.js'
import { Xoshiro128 } from '#src/random/xoshiro128.js'

describe('bellQuantile', () => {
  it('is symmetric, and spans all that bellDraw can give', () => {
    assert.equal(bellQuantile(0), -510)
    assert.equal(bellQuantile(1), 510)
    assert.equal(bellQuantile(0.5), 0)
    for (const share of [0.01, 0.1, 0.25]) assert.ok(Math.abs(bellQuantile(share) + bellQuantile(1 - share)) <= 1)
  })

  it('is exceeded by the share of draws that it should be', () => {
    const generator = Xoshiro128.seeded(9)
    const draws = Array.from({ length: 50_000 }, () => bellDraw(generator))
    for (const share of [0.02, 0.3, 0.7, 0.95]) {
      const limit = bellQuantile(share)
      const below = draws.filter((draw) => draw <= limit).length / draws.length
      assert.ok(Math.abs(below - share) < 0.01, `${share}: ${below}`)
    }
  })
})

describe('normalDraw', () => {
  it('has mean 0 and variance 1', () => {
    const generator = Xoshiro128.seeded(4)
    let sum = 0
    let squares = 0
    for (let draw = 0; draw < 50_000; draw++) {
      const value = normalDraw(generator)
      sum += value
      squares += value * value
    }
    assert.ok(Math.abs(sum / 50_000) < 0.02)
    assert.ok(Math.abs(squares / 50_000 - 1) < 0.03)
  })
})

describe('Choice', () => {
  it('draws codes by weight, never one of weight 0', () => {
    const generator = Xoshiro128.seeded(2)
    const choice = new Choice([7, 8, 9], [3, 0, 1])
    const counts = new Map<number, number>()
    for (let draw = 0; draw < 20_000; draw++) {
      const code = choice.draw(generator)
      counts.set(code, (counts.get(code) ?? 0) + 1)
    }
    assert.deepEqual([...counts.keys()].sort(), [7, 9])
    assert.ok(Math.abs((counts.get(7) ?? 0) / 20_000 - 0.75) < 0.02)
  })
})

describe('fixedFraction', () => {
  it('belongs to its name and numbers for good', () => {
    assert.equal(fixedFraction('asked Q1', 170), fixedFraction('asked Q1', 170))
    assert.notEqual(fixedFraction('asked Q1', 170), fixedFraction('asked Q1', 792))
    assert.notEqual(fixedFraction('asked Q1', 170), fixedFraction('asked Q2', 170))
  })
})
