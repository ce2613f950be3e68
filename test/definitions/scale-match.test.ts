import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type LabelledScale, matchScales } from '#src/definitions/scale-match.js'
import { check } from '../property.js'

function scale(labels: Record<number, string>, min?: number, max?: number): LabelledScale {
  const codes = Object.keys(labels).map(Number)
  return {
    min: min ?? Math.min(...codes),
    max: max ?? Math.max(...codes),
    labels: new Map(Object.entries(labels).map(([code, label]) => [Number(code), label])),
  }
}

const importance = { 1: 'Very important', 2: 'Rather important', 3: 'Not very important', 4: 'Not at all important' }

describe('two scales', () => {
  test('of the same labels are one, whatever the case, the order of words and the plural', () => {
    const other = { 1: 'very important', 2: 'Important, rather', 3: 'Not very important', 4: 'Not at all important' }
    const match = matchScales(scale(importance), scale(other))
    assert.ok(match.kind === 'merged' && match.how === 'same' && match.reworded.length === 0)
  })

  test('of which one runs the other way are turned round', () => {
    const turned = { 4: 'Very important', 3: 'Rather important', 2: 'Not very important', 1: 'Not at all important' }
    const match = matchScales(scale(turned), scale(importance))
    assert.ok(match.kind === 'merged')
    assert.equal(match.how, 'reversed')
    assert.deepEqual(
      [...match.codes],
      [
        [1, 4],
        [2, 3],
        [3, 2],
        [4, 1],
      ],
    )
  })

  test('of which only the ends are labelled are turned round by those', () => {
    const match = matchScales(scale({ 1: 'Never', 10: 'Always' }), scale({ 1: 'Always', 10: 'Never' }))
    assert.ok(match.kind === 'merged' && match.how === 'reversed')
    assert.equal(match.codes.get(3), 8)
  })

  test('with the middle category elsewhere, or from another number, are put in order by their labels', () => {
    const own = scale({ 1: 'Better', 2: 'Worse', 3: 'About the same' })
    const match = matchScales(own, scale({ 0: 'Better', 1: 'About the same', 2: 'Worse' }))
    assert.ok(match.kind === 'merged')
    assert.equal(match.how, 'reordered')
    assert.deepEqual(
      [...match.codes],
      [
        [1, 0],
        [2, 2],
        [3, 1],
      ],
    )
  })

  test('of another range, or with labels that stand elsewhere, stay apart, and it is said why', () => {
    const faults: [LabelledScale, LabelledScale, RegExp][] = [
      [
        scale({ 1: 'Very good', 4: 'Poor' }),
        scale({ 1: 'Very good', 5: 'Very poor' }),
        /goes from 1 to 4, not from 1 to 5/,
      ],
      [
        scale({ 1: 'Very good', 2: 'Good', 3: 'Bad', 4: 'Very bad' }),
        scale({ 1: 'Good', 2: 'Fairly good', 3: 'Fairly bad', 4: 'Bad' }),
        /"Good" is 2 on the one scale and 1 on the other/,
      ],
      [
        scale({ 1: 'Better', 2: 'Worse', 3: 'No change' }),
        scale({ 1: 'Better', 2: 'About the same', 3: 'Worse' }),
        /"Worse" is 2 on the one scale and 3 on the other/,
      ],
      [scale({ 1: 'Yes', 2: 'No' }), scale({ 1: 'Trust', 2: 'Careful' }), /1 is "Yes" on the one scale and "Trust"/],
      [scale({ 1: 'Yes' }, 1, 3), scale({ 2: 'Maybe' }, 1, 3), /no code has a label on both/],
    ]
    for (const [own, other, reason] of faults) {
      const match = matchScales(own, other)
      assert.ok(match.kind === 'apart')
      assert.match(match.reason, reason)
    }
  })

  test('worded otherwise are one where no label is that of another code and one at most is unlike', () => {
    const cases: [Record<number, string>, Record<number, string>, number[]][] = [
      [{ 1: 'Mentioned', 2: 'Not mentioned' }, { 1: 'Important', 2: 'Not mentioned' }, [1]],
      [{ 1: 'No choice at all', 10: 'A great deal of choice' }, { 1: 'None at all', 10: 'A great deal' }, [1, 10]],
      [{ 1: 'Completely dissatisfied', 10: 'Completely satisfied' }, { 1: 'Dissatisfied', 10: 'Satisfied' }, [1, 10]],
    ]
    for (const [own, other, codes] of cases) {
      const match = matchScales(scale(own), scale(other))
      assert.ok(match.kind === 'merged' && match.how === 'same')
      assert.deepEqual(
        match.reworded.map(({ code }) => code),
        codes,
      )
    }
  })

  test('that deny each other are not one because their words are', () => {
    const match = matchScales(scale({ 1: 'Important', 2: 'Urgent' }), scale({ 1: 'Not important', 2: 'Not urgent' }))
    assert.equal(match.kind, 'apart')
  })

  test('property: a scale and itself with its codes in any order are one, each label with its like', () => {
    const words = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta']
    const order = fc.shuffledSubarray(words, { minLength: 2 }).chain((own) =>
      fc.record({
        own: fc.constant(own),
        other: fc.shuffledSubarray(own, { minLength: own.length }),
        from: fc.nat(2),
      }),
    )
    check(order, 200, ({ own, other, from }) => {
      const [left, right] = [own, other].map((labels) => scale({ ...labels }))
      const shifted = {
        ...right,
        min: from,
        max: from + other.length - 1,
        labels: new Map([...right.labels].map(([code, label]) => [code + from, label])),
      }
      const match = matchScales(left, shifted)
      assert.ok(match.kind === 'merged')
      for (const [code, label] of left.labels) assert.equal(shifted.labels.get(match.codes.get(code) ?? -1), label)
    })
  })
})
