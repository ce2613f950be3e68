import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AnswerTables, type CellTables } from '#src/pipelines/answer-tables.js'
import { type BlockTable, slotsOf, type TabulateOptions } from '#src/stages/tabulate.js'
import { check } from '../property.js'

const answerCodes = 4
const slots = slotsOf({ answerCodes })

function optionsOf(questions: number, weighted: boolean): TabulateOptions {
  return { questions, answerCodes, groups: [], bySplit: true, weighted, profiles: false }
}

/** What one cell of a block holds: for some places, a count and a weight. */
interface TestCell {
  group: number
  entries: Map<number, [count: number, weight: number]>
}

function blockTable(index: number, questions: number, weighted: boolean, cells: TestCell[]): BlockTable {
  const entries = cells.map((cell) => [...cell.entries].sort(([left], [right]) => left - right))
  const all = entries.flat()
  let end = 0
  return {
    index,
    cells: Int32Array.from(cells, ({ group }) => group),
    respondents: Uint32Array.from(cells, ({ group }) => group + 1),
    ends: Int32Array.from(entries, (own) => {
      end += own.length
      return end
    }),
    places: Int32Array.from(all, ([place]) => place),
    counts: Uint32Array.from(all, ([, [count]]) => count),
    weights: Float64Array.from(weighted ? all : [], ([, [, weight]]) => weight),
    squaredWeights: new Float64Array(weighted ? cells.length * questions : 0).fill(0.1),
    profiles: new Float64Array(0),
    ungrouped: [],
  }
}

/** The entries of each group, by place. */
function entriesOf({ cells, ends, places, counts, weights }: CellTables): Map<number, TestCell['entries']> {
  return new Map(
    cells.map(([group], cell) => {
      const entries: TestCell['entries'] = new Map()
      let last = -1
      for (let entry = cell === 0 ? 0 : ends[cell - 1]; entry < ends[cell]; entry++) {
        assert.ok(places[entry] > last, 'places rise')
        last = places[entry]
        entries.set(places[entry], [counts[entry], weights.length === 0 ? 0 : weights[entry]])
      }
      return [group, entries]
    }),
  )
}

const runs = fc.record({ questions: fc.integer({ min: 1, max: 6 }), weighted: fc.boolean() }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    blocks: fc.array(
      fc.uniqueArray(
        fc.record({
          group: fc.nat({ max: 5 }),
          entries: fc
            .array(
              fc.tuple(
                fc.nat({ max: shape.questions * slots - 1 }),
                fc.tuple(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 3, noNaN: true })),
              ),
              { maxLength: 20 },
            )
            .map((entries): TestCell['entries'] => new Map(entries)),
        }),
        { selector: ({ group }) => group, maxLength: 5 },
      ),
      { maxLength: 6 },
    ),
  }),
)

describe('AnswerTables', () => {
  it('adds up as a map does, weights to the last bit', () => {
    check(runs, 2000, ({ shape: { questions, weighted }, blocks }) => {
      const tables = new AnswerTables(optionsOf(questions, weighted))
      const expected = new Map<number, TestCell['entries']>()
      const respondents = new Map<number, number>()
      for (const [index, cells] of blocks.entries()) {
        tables.add(blockTable(index, questions, weighted, cells))
        for (const { group, entries } of cells) {
          const sums = expected.get(group) ?? new Map()
          expected.set(group, sums)
          respondents.set(group, (respondents.get(group) ?? 0) + group + 1)
          for (const [place, [count, weight]] of entries) {
            const [counted, weighed] = sums.get(place) ?? [0, 0]
            sums.set(place, [counted + count, weighted ? weighed + weight : 0])
          }
        }
      }
      const found = tables.finish()
      const sorted = (own: Map<number, TestCell['entries']>) =>
        [...own].map(([group, entries]) => [group, [...entries].sort(([left], [right]) => left - right)])
      assert.deepEqual(sorted(entriesOf(found)), sorted(expected))
      assert.deepEqual(found.respondents, [...respondents.values()])
      assert.equal(found.squaredWeights.length, weighted ? expected.size * questions : 0)
      for (const own of [found.ends, found.places, found.counts, found.weights, found.squaredWeights]) {
        assert.ok(own.buffer instanceof SharedArrayBuffer)
      }
    })
  })

  it('puts the entries of very many blocks together before there are too many of them', () => {
    const questions = 200
    const tables = new AnswerTables(optionsOf(questions, true))
    const size = questions * slots
    const blocks = 1000
    for (let index = 0; index < blocks; index++) {
      const entries: TestCell['entries'] = new Map(Array.from({ length: size }, (_, place) => [place, [1, 0.1]]))
      tables.add(blockTable(index, questions, true, [{ group: index % 2, entries }]))
    }
    let weight = 0
    for (let index = 0; index < blocks / 2; index++) weight += 0.1
    for (const entries of entriesOf(tables.finish()).values()) {
      assert.equal(entries.size, size)
      for (const entry of entries.values()) assert.deepEqual(entry, [blocks / 2, weight])
    }
  })

  it('refuses more cells than there is room for', () => {
    const tables = new AnswerTables(optionsOf(10_000, false))
    const cells = Array.from({ length: 400 }, (_, group): TestCell => ({ group, entries: new Map([[0, [1, 1]]]) }))
    assert.throws(() => tables.add(blockTable(0, 10_000, false, cells)), {
      kind: 'usage',
      message: /the groups make more than \d+ cells, too many for 10000 questions; expected fewer groups or questions/,
    })
  })
})
