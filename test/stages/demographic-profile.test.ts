import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type DemographicColumn, leftOut, nullValue } from '#src/batch/respondent-batch.js'
import { DemographicProfiler } from '#src/stages/demographic-profile.js'
import { check } from '../property.js'

const labels = ['', 'Male', 'Female', 'Not asked', 'é', '1']
const row = fc.tuple(
  fc.option(fc.nat(labels.length - 1)),
  fc.option(fc.integer({ min: 0, max: 3 })),
  fc.option(fc.nat(labels.length - 1)),
)
type Row = [number | null, number | null, number | null]

/** The columns of some rows; with `reversed`, the labels of a block stand in another order. */
function columnsOf(rows: Row[], reversed: boolean): DemographicColumn[] {
  const order = reversed ? labels.toReversed() : labels
  const category = (place: 0 | 2) => ({
    values: Int32Array.from(rows, (row) => {
      const value = row[place]
      return value === null ? nullValue : order.indexOf(labels[value])
    }),
    labels: order,
  })
  return [category(0), { values: Int32Array.from(rows, ([, number]) => number ?? nullValue) }, category(2)]
}

test('respondents have the same profile where all demographics are the same, and only there', () => {
  check(fc.tuple(fc.array(row, { maxLength: 60 }), fc.array(row, { maxLength: 60 })), 200, ([first, second]) => {
    const profiler = new DemographicProfiler()
    const profiles = [first, second].flatMap((rows, block) => {
      const splits = new Uint8Array(rows.length)
      return [...profiler.profile({ demographics: columnsOf(rows, block === 1), splits, rows: rows.length })]
    })
    const rows = [...first, ...second].map((one) => one.join(' '))
    const pairs = new Set(rows.map((one, index) => `${one}: ${profiles[index]}`))
    assert.equal(pairs.size, new Set(rows).size)
    assert.equal(pairs.size, new Set(profiles).size)
  })
})

test('those who are left out have no profile', () => {
  const rows: Row[] = [
    [1, 2, 1],
    [1, 2, 1],
    [2, 2, 1],
  ]
  const profiler = new DemographicProfiler()
  const all = profiler.profile({ demographics: columnsOf(rows, false), splits: new Uint8Array(3), rows: 3 })
  const splits = Uint8Array.of(0, leftOut, 2)
  const kept = profiler.profile({ demographics: columnsOf(rows, false), splits, rows: 3 })
  assert.deepEqual(kept, Float64Array.of(all[0], all[2]))
})
