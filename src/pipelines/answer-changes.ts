import type { ApartVariables } from '../definitions/harmonised-report.js'
import { groupLabel } from '../stages/group.js'
import { type AnswerPairs, answerCount, answerShare, pickedPairColumns, weightedAnswerShare } from './answer-pairs.js'
import { answerRows } from './answer-rows.js'
import { repeated, type TableColumn } from './columnar-table.js'

/** What was compared between two waves, and what could not be. */
export interface ChangeReport {
  before: string
  after: string
  questions: number
  /** Pairs of question and group. */
  written: number
  /** Pairs of questions asked in both waves that have enough answers in one of them only. */
  unmatched: number
  /** Questions of one of the two waves that the other does not have, and those without a group to compare. */
  uncompared: { question: string; reason: string }[]
}

/**
 * The change from each wave to the next one, of pairs whose first group is the wave: for each question and group that
 * both have.
 */
export class AnswerChanges {
  readonly reports: ChangeReport[] = []
  /** Pairs that have answers in two waves: in the one and, at the same place, in the next. */
  private readonly before: Int32Array
  private readonly after: Int32Array

  /** `isAsked` tells whether a wave, as a group, asks a question. */
  constructor(
    private readonly answers: AnswerPairs,
    isAsked: (question: number, wave: number) => boolean,
    apart: readonly ApartVariables[],
  ) {
    const { questionOf, cellOf, cells, length } = answers
    const waves = [...new Set(cells.map(([wave]) => wave))].sort((left, right) => left - right)
    const found = new Map(Array.from({ length }, (_, pair) => [keyOf(questionOf[pair], cells[cellOf[pair]]), pair]))
    const changes = waves.slice(1).flatMap((after, place) => this.compare(waves[place], after, found, isAsked, apart))
    this.before = Int32Array.from(changes, ([before]) => before)
    this.after = Int32Array.from(changes, ([, after]) => after)
  }

  private compare(
    before: number,
    after: number,
    found: ReadonlyMap<string, number>,
    isAsked: (question: number, wave: number) => boolean,
    apart: readonly ApartVariables[],
  ): [number, number][] {
    const { answers } = this
    const changes: [number, number][] = []
    const { questions, groups, cells } = answers
    const [earlier, later] = [before, after].map((wave) => groupLabel(groups[0], wave))
    const report = { before: earlier, after: later, questions: 0, written: 0, unmatched: 0 }
    const uncompared: ChangeReport['uncompared'] = []
    for (const [question, { id }] of questions.entries()) {
      const asked = [before, after].filter((wave) => isAsked(question, wave))
      if (asked.length === 1)
        uncompared.push({ question: id, reason: reasonOf(id, asked[0] === before ? earlier : later, apart) })
      if (asked.length < 2) continue
      let written = 0
      for (const [wave, ...group] of cells) {
        const pair = found.get(keyOf(question, [wave, ...group]))
        if (pair === undefined || (wave !== before && wave !== after)) continue
        const other = found.get(keyOf(question, [wave === before ? after : before, ...group]))
        if (other === undefined) report.unmatched++
        else if (wave === after) {
          changes.push([other, pair])
          written++
        }
      }
      report.written += written
      if (written > 0) report.questions++
      else uncompared.push({ question: id, reason: 'no group has enough answers in both' })
    }
    this.reports.push({ ...report, uncompared })
    return changes
  }

  /** One row for each question, group and answer on the scale: shares before and after, and their difference. */
  shareColumns(): TableColumn[] {
    const { answers, before, after } = this
    const { counts, slots, columns } = answerRows(answers, after)
    const { length } = slots
    // Both pairs of a change are of one question, whose scale has so many answers.
    const sides = { before: repeated(before, counts), after: repeated(after, counts) }
    return [
      ...this.whereColumns(sides),
      ...columns,
      integers('n_before', length, (row) => answerCount(answers, sides.before[row], slots[row])),
      integers('n_after', length, (row) => answerCount(answers, sides.after[row], slots[row])),
      ...change('share', length, (side) => (row) => answerShare(answers, sides[side][row], slots[row])),
      ...change(
        'weighted_share',
        length,
        (side) => (row) => weightedAnswerShare(answers, sides[side][row], slots[row]),
      ),
    ]
  }

  /** One row for each question and group: how many answered before and after, the means and their difference. */
  summaryColumns(): TableColumn[] {
    const { answers, before, after } = this
    const { length } = after
    const sides = { before, after }
    const { means, weightedMeans } = answers
    return [
      ...this.whereColumns(sides),
      integers('n_before', length, (row) => answers.answered[before[row]]),
      integers('n_after', length, (row) => answers.answered[after[row]]),
      numbers('n_effective_before', length, (row) => answers.effectiveSizes[before[row]]),
      numbers('n_effective_after', length, (row) => answers.effectiveSizes[after[row]]),
      ...change('mean', length, (side) => (row) => means[sides[side][row]]),
      ...change('weighted_mean', length, (side) => (row) => weightedMeans[sides[side][row]]),
    ]
  }

  /** Question, groups, and the two waves, of the pairs of each row. */
  private whereColumns({ before, after }: { before: Int32Array; after: Int32Array }): TableColumn[] {
    const { answers } = this
    const waveOf = (pairs: Int32Array, name: string): TableColumn => ({ ...pickedPairColumns(answers, pairs)[1], name })
    const [question, ...groups] = pickedPairColumns(answers, after, 1)
    return [question, waveOf(before, 'wave_before'), waveOf(after, 'wave_after'), ...groups]
  }
}

/** A column of whole numbers; `value` gives that of a row. */
function integers(name: string, rows: number, value: (row: number) => number): TableColumn {
  const values = new Int32Array(rows)
  for (let row = 0; row < rows; row++) values[row] = value(row)
  return { name, type: 'integer', values }
}

function numbers(name: string, rows: number, value: (row: number) => number): TableColumn {
  const values = new Float64Array(rows)
  for (let row = 0; row < rows; row++) values[row] = value(row)
  return { name, type: 'number', values }
}

/** A value before, after, and how much more it is. */
function change(
  name: string,
  rows: number,
  sideOf: (side: 'before' | 'after') => (row: number) => number,
): TableColumn[] {
  const [before, after] = [sideOf('before'), sideOf('after')]
  return [
    numbers(`${name}_before`, rows, before),
    numbers(`${name}_after`, rows, after),
    numbers(`${name}_change`, rows, (row) => after(row) - before(row)),
  ]
}

function keyOf(question: number, groups: readonly number[]): string {
  return `${question} ${groups.join(' ')}`
}

function reasonOf(id: string, wave: string, apart: readonly ApartVariables[]): string {
  const asked = `asked in wave ${wave} only`
  const left = apart.find(({ ids }) => ids.includes(id))
  return left === undefined ? asked : `${asked}, left apart: ${left.reasons.join('; ')}`
}
