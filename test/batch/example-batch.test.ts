import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cutExamples, cutPieces, cutRespondents, type SplitExamples } from '#src/batch/example-batch.js'
import { check } from '../property.js'

/** A split of respondents 3, 6, 9, ... with these counts of examples; the questions number the examples. */
function splitOf(counts: number[]): SplitExamples {
  const length = counts.reduce((sum, count) => sum + count, 0)
  return {
    split: 1,
    respondents: Int32Array.from(counts, (_, member) => member * 3 + 3),
    counts: Int32Array.from(counts),
    length,
    questions: Uint16Array.from({ length }, (_, example) => example),
    answers: Uint8Array.from({ length }, (_, example) => example % 240),
  }
}

/** (respondent, question, answer) of every example. */
function flat({ respondents, counts, questions, answers }: SplitExamples): number[][] {
  let example = 0
  return [...respondents].flatMap((respondent, member) =>
    Array.from({ length: counts[member] }, () => [respondent, questions[example], answers[example++]]),
  )
}

const counts = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 })), { maxLength: 30 })

describe('cutExamples', () => {
  it('gives parts of at most so many examples that together are the whole', () => {
    check(fc.tuple(counts, fc.integer({ min: 1, max: 40 })), 1000, ([counts, rows]) => {
      const whole = splitOf(counts)
      const parts = cutExamples(whole, rows)
      assert.deepEqual(parts.flatMap(flat), flat(whole))
      for (const [index, part] of parts.entries()) {
        assert.equal(part.split, 1)
        assert.equal(part.length, flat(part).length)
        if (index < parts.length - 1) assert.equal(part.length, rows)
        assert.ok(part.length <= rows)
      }
    })
  })
})

describe('cutRespondents', () => {
  it('gives parts of at most so many respondents that together are all of them', () => {
    check(fc.tuple(counts, fc.integer({ min: 1, max: 9 })), 300, ([counts, rows]) => {
      const parts = cutRespondents(splitOf(counts), rows)
      assert.deepEqual(
        parts.flatMap(({ respondents }) => [...respondents]),
        counts.map((_, member) => member * 3 + 3),
      )
      assert.ok(parts.every(({ respondents }) => respondents.length > 0 && respondents.length <= rows))
    })
  })
})

describe('cutPieces', () => {
  it('counts the rows of each piece, and gives none without rows', () => {
    check(fc.tuple(counts, fc.integer({ min: 1, max: 9 })), 300, ([counts, rows]) => {
      const whole = splitOf(counts)
      const records = cutPieces('records', whole, rows)
      const examples = cutPieces('examples', whole, rows)
      assert.equal(
        records.reduce((sum, piece) => sum + piece.rows, 0),
        counts.length,
      )
      assert.equal(
        examples.reduce((sum, piece) => sum + piece.rows, 0),
        whole.length,
      )
      for (const { rows: own, part } of records) assert.ok(own > 0 && own === part.respondents.length)
      for (const { rows: own, part } of examples) assert.ok(own > 0 && own === part.length)
    })
  })
})
