import type { ApartVariables } from '../definitions/harmonised-report.js'
import { groupLabel } from '../stages/group.js'
import type { AnswerPairs, Pair } from './answer-pairs.js'
import type { TableColumn } from './columnar-table.js'
import { integers, numbers } from './distribution-tables.js'

/** A question and group that have answers in two waves, one after the other. */
interface PairChange {
  before: Pair
  after: Pair
}

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
  private readonly changes: PairChange[] = []

  /** `isAsked` tells whether a wave, as a group, asks a question. */
  constructor(
    private readonly answers: AnswerPairs,
    isAsked: (question: number, wave: number) => boolean,
    apart: readonly ApartVariables[],
  ) {
    const { cells } = answers.tables
    const waves = [...new Set(answers.order.map((cell) => cells[cell][0]))].sort((left, right) => left - right)
    const found = new Map(answers.pairs.map((pair) => [keyOf(pair.question, cells[pair.cell]), pair]))
    for (const [place, after] of waves.slice(1).entries()) this.compare(waves[place], after, found, isAsked, apart)
  }

  private compare(
    before: number,
    after: number,
    found: ReadonlyMap<string, Pair>,
    isAsked: (question: number, wave: number) => boolean,
    apart: readonly ApartVariables[],
  ): void {
    const { answers } = this
    const { questions, groups, tables } = answers
    const [earlier, later] = [before, after].map((wave) => groupLabel(groups[0], wave))
    const report = { before: earlier, after: later, questions: 0, written: 0, unmatched: 0 }
    const uncompared: ChangeReport['uncompared'] = []
    for (const [question, { id }] of questions.entries()) {
      const asked = [before, after].filter((wave) => isAsked(question, wave))
      if (asked.length === 1)
        uncompared.push({ question: id, reason: reasonOf(id, asked[0] === before ? earlier : later, apart) })
      if (asked.length < 2) continue
      let written = 0
      for (const cell of answers.order) {
        const [wave, ...group] = tables.cells[cell]
        const pair = found.get(keyOf(question, [wave, ...group]))
        if (pair === undefined || (wave !== before && wave !== after)) continue
        const other = found.get(keyOf(question, [wave === before ? after : before, ...group]))
        if (other === undefined) report.unmatched++
        else if (wave === after) {
          this.changes.push({ before: other, after: pair })
          written++
        }
      }
      report.written += written
      if (written > 0) report.questions++
      else uncompared.push({ question: id, reason: 'no group has enough answers in both' })
    }
    this.reports.push({ ...report, uncompared })
  }

  /** One row for each question, group and answer on the scale: shares before and after, and their difference. */
  shareColumns(): TableColumn[] {
    const { answers } = this
    const [before, after] = this.sides()
    const { length, pair, slot, columns } = answers.answerRows(after)
    const rowValue = (pairs: Pair[], value: (pair: Pair, slot: number) => number) => (row: number) =>
      value(pairs[pair[row]], slot[row])
    return [
      ...this.whereColumns(({ question }) => answers.scaleOf(question).length),
      ...columns,
      integers(
        'n_before',
        length,
        rowValue(before, (own, at) => answers.count(own, at)),
      ),
      integers(
        'n_after',
        length,
        rowValue(after, (own, at) => answers.count(own, at)),
      ),
      ...change('share', length, ...both(before, after, rowValue, (own, at) => answers.share(own, at))),
      ...change(
        'weighted_share',
        length,
        ...both(before, after, rowValue, (own, at) => answers.weightedShare(own, at)),
      ),
    ]
  }

  /** One row for each question and group: how many answered before and after, the means and their difference. */
  summaryColumns(): TableColumn[] {
    const { answers } = this
    const [before, after] = this.sides()
    const { length } = after
    const rowValue = (pairs: Pair[], value: (pair: Pair) => number) => (row: number) => value(pairs[row])
    return [
      ...this.whereColumns(() => 1),
      integers('n_before', length, (row) => before[row].answered),
      integers('n_after', length, (row) => after[row].answered),
      numbers('n_effective_before', length, (row) => answers.effectiveSize(before[row])),
      numbers('n_effective_after', length, (row) => answers.effectiveSize(after[row])),
      ...change('mean', length, ...both(before, after, rowValue, (pair) => answers.moments(pair, 'counts').mean)),
      ...change(
        'weighted_mean',
        length,
        ...both(before, after, rowValue, (pair) => answers.moments(pair, 'weights').mean),
      ),
    ]
  }

  private sides(): [Pair[], Pair[]] {
    return [this.changes.map(({ before }) => before), this.changes.map(({ after }) => after)]
  }

  /** Question, groups, and the two waves. */
  private whereColumns(times: (pair: Pair) => number): TableColumn[] {
    const { answers } = this
    const [before, after] = this.sides()
    const waveOf = (pairs: Pair[], name: string): TableColumn => {
      const wave = answers.pairColumns(pairs, times)[1]
      return { ...wave, name }
    }
    const [question, ...groups] = answers.pairColumns(after, times, 1)
    return [question, waveOf(before, 'wave_before'), waveOf(after, 'wave_after'), ...groups]
  }
}

type RowValue = (row: number) => number

function both<Value>(
  before: Pair[],
  after: Pair[],
  rowValue: (pairs: Pair[], value: Value) => RowValue,
  value: Value,
): [RowValue, RowValue] {
  return [rowValue(before, value), rowValue(after, value)]
}

/** A value before, after, and how much more it is. */
function change(name: string, rows: number, before: RowValue, after: RowValue): TableColumn[] {
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
