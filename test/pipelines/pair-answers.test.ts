import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { missingReasons } from '#src/batch/respondent-batch.js'
import { answerCount, answerShare, pickedPairColumns, weightedAnswerShare } from '#src/pipelines/answer-pairs.js'
import { answerRows } from '#src/pipelines/answer-rows.js'
import { AnswerTables } from '#src/pipelines/answer-tables.js'
import type { TableColumn } from '#src/pipelines/columnar-table.js'
import { pairTables } from '#src/pipelines/distribution-tables.js'
import { pairAnswers } from '#src/pipelines/pair-answers.js'
import type { Question } from '#src/pipelines/questions-table.js'
import { slotsOf } from '#src/stages/tabulate.js'
import { check } from '../property.js'
import { blockTable, type TestCell } from './block-table.js'

const answerCodes = [0, 1, 2, 5]
const slots = slotsOf({ answerCodes: answerCodes.length })
const group = { name: 'sex', column: 0, labels: ['Male', 'Female'], codes: [] }

const entry = fc.record({
  question: fc.nat({ max: 3 }),
  slot: fc.nat({ max: slots - 1 }),
  count: fc.integer({ min: 1, max: 5 }),
  weight: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true })),
})
const input = fc.record({
  questions: fc.array(
    fc.record({
      scale_min: fc.constantFrom(null, 0, 1),
      scale_max: fc.constantFrom(null, 2, 5, 9),
      labels: fc.subarray(answerCodes),
    }),
    { minLength: 4, maxLength: 4 },
  ),
  blocks: fc.array(
    fc.uniqueArray(fc.record({ group: fc.integer({ min: -1, max: 3 }), entries: fc.array(entry, { maxLength: 12 }) }), {
      selector: (cell) => cell.group,
      maxLength: 4,
    }),
    { maxLength: 4 },
  ),
  minCell: fc.nat({ max: 6 }),
  missingInDenominator: fc.subarray([...missingReasons]),
  unasked: fc.option(fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }))), { nil: undefined }),
})

/** A pair as a plain loop makes it of the entries, which rise by slot. */
interface PlainPair {
  question: number
  group: number
  respondents: number
  answers: [slot: number, count: number, weight: number][]
  reasons: [slot: number, count: number, weight: number][]
  square: number
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** What `columns` hold, row by row, with the texts of those of texts. */
function rowsOf(columns: readonly TableColumn[]): Record<string, unknown>[] {
  const values = columns.map((column): [string, unknown[]] => {
    if (column.type !== 'text') return [column.name, [...column.values]]
    const own = [...column.values].map((index) => column.texts[index])
    const { counts } = column
    return [column.name, counts === undefined ? own : own.flatMap((text, at) => new Array(counts[at]).fill(text))]
  })
  return (values[0]?.[1] ?? []).map((_, row) => Object.fromEntries(values.map(([name, own]) => [name, own[row]])))
}

describe('pairs of question and group', () => {
  it('are told of, and their answers shared, as a plain loop does it, to the last bit', () => {
    check(input, 1500, ({ questions: shapes, blocks, minCell, missingInDenominator, unasked }) => {
      const questions = shapes.map(({ scale_min, scale_max, labels }, place) => {
        const value_labels = Object.fromEntries(labels.map((code) => [code, `label ${code % 2}`]))
        return { id: `Q${place}`, scale_min, scale_max, value_labels } as unknown as Question
      })
      const options = { questions: questions.length, answerCodes: answerCodes.length, groups: [group] }
      const tables = new AnswerTables({ ...options, bySplit: false, weighted: true, profiles: false })
      const sums = new Map<string, [count: number, weight: number]>()
      const known = new Map<number, { respondents: number; blocks: number }>()
      for (const [index, cells] of blocks.entries()) {
        const own = cells.map(({ group: place, entries }): TestCell => {
          const cell = new Map(
            entries.map((one) => [one.question * slots + one.slot, [one.count, one.weight] as [number, number]]),
          )
          for (const [at, [count, weight]] of cell) {
            const [counted, weighed] = sums.get(`${place} ${at}`) ?? [0, 0]
            sums.set(`${place} ${at}`, [counted + count, weighed + weight])
          }
          const { respondents, blocks: before } = known.get(place) ?? { respondents: 0, blocks: 0 }
          known.set(place, { respondents: respondents + place + 1, blocks: before + 1 })
          return { group: place, entries: cell }
        })
        tables.add(blockTable({ index, questions: questions.length, slots, weighted: true }, own))
      }
      const isAsked = (question: number, place: number) =>
        !(unasked ?? []).some(([one, other]) => one === question && other === place)
      const pairs = pairAnswers({
        ...{ answerCodes, groups: [group], tables, questions, minCell, missingInDenominator },
        ...(unasked === undefined ? {} : { isAsked: (question, { groups: [place] }) => isAsked(question, place) }),
      })

      const places = [...known.keys()].filter((place) => place >= 0).sort((left, right) => left - right)
      const expected: PlainPair[] = []
      const left = { unasked: 0, unanswered: 0, withheld: 0 }
      for (const question of questions.keys()) {
        for (const place of places) {
          const found = Array.from({ length: slots }, (_, slot): [number, number, number] => {
            const [count, weight] = sums.get(`${place} ${question * slots + slot}`) ?? [0, 0]
            return [slot, count, weight]
          }).filter(([, count]) => count > 0)
          const answers = found.filter(([slot]) => slot < answerCodes.length)
          const answered = sum(answers.map(([, count]) => count))
          if (!isAsked(question, place)) left.unasked++
          else if (answered === 0) left.unanswered++
          else if (answered < minCell) left.withheld++
          else {
            const { respondents = 0, blocks: parts = 0 } = known.get(place) ?? {}
            const reasons = found.filter(([slot]) => slot >= answerCodes.length)
            const square = sum(new Array<number>(parts).fill(0.1))
            expected.push({ question, group: place, respondents, answers, reasons, square })
          }
        }
      }
      const { unasked: notAsked, unanswered, withheld } = pairs
      assert.deepEqual({ unasked: notAsked, unanswered, withheld }, left)
      assert.equal(pairs.ungrouped, known.get(-1)?.respondents ?? 0)
      assert.equal(pairs.length, expected.length)

      const { distributions, summary } = pairTables(pairs)
      const label = (place: number) => ['Male', 'Female'][place] ?? String(place - 2)
      const isCounted = (slot: number) => missingInDenominator.includes(missingReasons[slot - answerCodes.length])
      const summaries = expected.map(({ question, group: place, respondents, answers, reasons, square }) => {
        const n = sum(answers.map(([, count]) => count))
        const weight = sum(answers.map(([, , own]) => own))
        const mean = sum(answers.map(([slot, count]) => count * answerCodes[slot])) / n
        const weighted = weight > 0 ? sum(answers.map(([slot, , own]) => own * answerCodes[slot])) / weight : Number.NaN
        const variance = (around: number, by: (answer: [number, number, number]) => number) =>
          sum(
            answers.map(
              (answer) => by(answer) * ((answerCodes[answer[0]] - around) * (answerCodes[answer[0]] - around)),
            ),
          )
        return {
          ...{ question: `Q${question}`, sex: label(place), respondents, n },
          n_effective: (weight * weight) / square,
          missing: 1 - n / respondents,
          ...Object.fromEntries(
            missingReasons.map((reason, at) => {
              const [, count] = reasons.find(([slot]) => slot === answerCodes.length + at) ?? [0, 0]
              return [`missing_${reason.replaceAll('-', '_')}`, count / respondents]
            }),
          ),
          ...{ mean, weighted_mean: weighted, variance: variance(mean, ([, count]) => count) / n },
          weighted_variance: variance(weighted, ([, , own]) => own) / weight,
        }
      })
      assert.deepEqual(rowsOf(summary.part(0, pairs.length)), summaries)

      const shares = expected.flatMap(({ question, group: place, answers, reasons }, pair) => {
        const { scale_min, scale_max } = shapes[question]
        const others = reasons.filter(([slot]) => isCounted(slot))
        const all = [...answers, ...others]
        const denominator = sum(all.map(([, count]) => count))
        const weight = sum(all.map(([, , own]) => own))
        return [...answerCodes.entries()]
          .filter(([, code]) => scale_max !== null && code >= (scale_min ?? 0) && code <= scale_max)
          .map(([slot, answer]) => {
            const [, n, own] = answers.find(([other]) => other === slot) ?? [0, 0, 0]
            const share = n / denominator
            const weighted_share = weight > 0 ? own / weight : Number.NaN
            assert.equal(answerCount(pairs, pair, slot), n)
            assert.equal(answerShare(pairs, pair, slot), share)
            assert.equal(weightedAnswerShare(pairs, pair, slot), weighted_share)
            const answer_label = questions[question].value_labels[answer]
            return { question: `Q${question}`, sex: label(place), answer, answer_label, n, share, weighted_share }
          })
      })
      assert.equal(distributions.rows, shares.length)
      assert.deepEqual(rowsOf(distributions.part(0, shares.length)), shares)
      // A part may begin and end among the answers of a pair.
      for (const [start, end] of [
        [1, shares.length],
        [0, shares.length - 1],
        [2, 5],
      ]) {
        if (start < end && end <= shares.length) {
          assert.deepEqual(rowsOf(distributions.part(start, end)), shares.slice(start, end))
        }
      }

      const picked = Int32Array.from([...expected.keys()].filter((pair) => pair % 2 === 0))
      const { counts, columns } = answerRows(pairs, picked)
      const keys = pickedPairColumns(pairs, picked).map((column): TableColumn => ({ ...column, counts }))
      const answersOf = shares.map(({ n: _, share: __, weighted_share: ___, ...answer }) => answer)
      let row = 0
      const rowsByPair = expected.map(({ question }) => {
        const length = pairs.scaleEnds[question] - pairs.scaleStarts[question]
        row += length
        return answersOf.slice(row - length, row)
      })
      assert.deepEqual(
        rowsOf([...columns, ...keys]).map(({ question, sex, ...answer }) => ({ question, sex, ...answer })),
        rowsByPair.filter((_, pair) => pair % 2 === 0).flat(),
      )
    })
  })
})
