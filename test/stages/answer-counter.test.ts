import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AnswerCounter } from '#src/stages/answer-counter.js'
import { check } from '../property.js'

const codes = 5
const reasons = 9
const slots = codes + reasons

/** A block of respondents who are each in a cell: the answers of all, row by row, and the weight of each. */
const blocks = fc
  .record({ questions: fc.integer({ min: 1, max: 150 }), cells: fc.integer({ min: 1, max: 5 }) })
  .chain(({ questions, cells }) =>
    fc.record({
      questions: fc.constant(questions),
      cells: fc.constant(cells),
      respondents: fc.array(
        fc.record({
          cell: fc.nat({ max: cells - 1 }),
          weight: fc.double({ min: 0, max: 9, noNaN: true }),
          answers: fc.uint8Array({ minLength: questions, maxLength: questions }),
        }),
        { maxLength: 30 },
      ),
    }),
  )
  .map(({ questions, cells, respondents }) => ({
    questions,
    cells,
    respondents: respondents.map(({ answers, ...respondent }) => ({
      ...respondent,
      answers: answers.map((byte) => (byte % slots < codes ? byte % slots : 240 + (byte % slots) - codes)),
    })),
  }))

describe('AnswerCounter', () => {
  it('counts as a plain loop does, sums of weights to the last bit, block after block', () => {
    const counters = new Map<number, AnswerCounter>()
    check(blocks, 1000, ({ questions, cells, respondents }) => {
      const counter = counters.get(questions) ?? new AnswerCounter(questions, codes, slots)
      counters.set(questions, counter)
      const counts = new Uint32Array(cells * questions * slots)
      const weights = new Float64Array(counts.length)
      const squaredWeights = new Float64Array(cells * questions)
      for (const { cell, weight, answers } of respondents) {
        for (const [question, answer] of answers.entries()) {
          const slot = answer < 240 ? answer : codes + answer - 240
          counts[(cell * questions + question) * slots + slot]++
          weights[(cell * questions + question) * slots + slot] += weight
          if (slot < codes) squaredWeights[cell * questions + question] += weight * weight
        }
      }
      const ordered = [...respondents.entries()].sort(([, left], [, right]) => left.cell - right.cell)
      const rows = Int32Array.from(ordered, ([row]) => row)
      const starts = Int32Array.from(
        { length: cells + 1 },
        (_, cell) => ordered.filter(([, respondent]) => respondent.cell < cell).length,
      )
      const places = [...counts.keys()].filter((at) => counts[at] > 0)
      const size = questions * slots
      const packed = {
        ends: Int32Array.from({ length: cells }, (_, cell) => places.filter((at) => at < (cell + 1) * size).length),
        places: Int32Array.from(places, (at) => at % size),
        counts: Uint32Array.from(places, (at) => counts[at]),
        questionEntries: Int32Array.from(
          { length: questions },
          (_, question) => places.filter((at) => Math.floor((at % size) / slots) === question).length,
        ),
      }
      const sums = Float64Array.from(places, (at) => weights[at])
      const bytes = Uint8Array.from(respondents.flatMap(({ answers }) => [...answers]))
      const own = Float64Array.from(ordered, ([, { weight }]) => weight)
      assert.deepEqual(counter.count(bytes, { rows, starts, weights: own }), {
        ...packed,
        weights: sums,
        squaredWeights,
      })
      const none = new Float64Array(0)
      assert.deepEqual(counter.count(bytes, { rows, starts }), { ...packed, weights: none, squaredWeights: none })
    })
  })
})
