import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { AnswerTables } from '#src/pipelines/answer-tables.js'
import { slotsOf, type TabulateOptions } from '#src/stages/tabulate.js'
import { check } from '../property.js'
import { blockTable, questionEntriesOf, type TestCell } from './block-table.js'

const answerCodes = 4
const slots = slotsOf({ answerCodes })

function optionsOf(questions: number, weighted: boolean): TabulateOptions {
  return { questions, answerCodes, groups: [], bySplit: true, weighted, profiles: false }
}

/** The entries of each group, by place. */
function entriesOf(tables: AnswerTables): Map<number, TestCell['entries']> {
  return new Map(
    tables.cells().map((cell) => {
      const { places, counts, weights } = tables.entries(cell)
      const entries: TestCell['entries'] = new Map()
      let last = -1
      for (const [entry, place] of places.entries()) {
        assert.ok(place > last, 'places rise')
        last = place
        entries.set(place, [counts[entry], weights.length === 0 ? 0 : weights[entry]])
      }
      return [cell.groups[0], entries]
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
        tables.add(blockTable({ index, questions, slots, weighted }, cells))
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
      const found = entriesOf(tables)
      const sorted = (own: Map<number, TestCell['entries']>) =>
        [...own]
          .sort(([left], [right]) => left - right)
          .map(([group, entries]) => [group, [...entries].sort(([left], [right]) => left - right)])
      assert.deepEqual(
        [...found].map(([group, entries]) => [group, [...entries]]),
        sorted(expected),
      )
      for (const cell of tables.cells()) {
        const { squaredWeights } = tables.entries(cell)
        assert.equal(cell.respondents, respondents.get(cell.groups[0]))
        let square = 0
        for (const _ of cell.parts) square += 0.1
        assert.deepEqual(squaredWeights, new Float64Array(weighted ? questions : 0).fill(square))
      }
      const places = [...found.values()].flatMap((entries) => [...entries.keys()])
      const least = questionEntriesOf({ questions, slots }, places)
      assert.ok(tables.questionEntries.every((entries, question) => entries >= least[question]))
    })
  })

  it('puts the entries of very many blocks together before there are too many of them', () => {
    const questions = 200
    const tables = new AnswerTables(optionsOf(questions, true))
    const size = questions * slots
    const blocks = 1000
    for (let index = 0; index < blocks; index++) {
      const entries: TestCell['entries'] = new Map(Array.from({ length: size }, (_, place) => [place, [1, 0.1]]))
      tables.add(blockTable({ index, questions, slots, weighted: true }, [{ group: index % 2, entries }]))
    }
    let weight = 0
    for (let index = 0; index < blocks / 2; index++) weight += 0.1
    for (const entries of entriesOf(tables).values()) {
      assert.equal(entries.size, size)
      for (const entry of entries.values()) assert.deepEqual(entry, [blocks / 2, weight])
    }
  })

  it('refuses more cells than there is room for', () => {
    const tables = new AnswerTables(optionsOf(10_000, false))
    const cells = Array.from({ length: 400 }, (_, group): TestCell => ({ group, entries: new Map([[0, [1, 1]]]) }))
    assert.throws(() => tables.add(blockTable({ index: 0, questions: 10_000, slots, weighted: false }, cells)), {
      kind: 'usage',
      message: /the groups make more than \d+ cells, too many for 10000 questions; expected fewer groups or questions/,
    })
  })
})
