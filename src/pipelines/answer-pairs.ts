import { type MissingReason, missingReasons } from '../batch/respondent-batch.js'
import { type GroupOptions, groupLabel, noGroup } from '../stages/group.js'
import type { AnswerTables } from './answer-tables.js'
import type { TableColumn } from './columnar-table.js'
import type { BuildPlan } from './plan.js'
import type { Question } from './questions-table.js'

/** One pair of question and group that is written. */
export interface Pair {
  question: number
  cell: number
  /** Where the question's slots start in the cell's tables. */
  at: number
  /** How many answered; of the others, how many count in the denominator. */
  answered: number
  answeredWeight: number
  denominator: number
  denominatorWeight: number
}

export interface PairOptions {
  /** Groups with fewer answers to a question than this are withheld. */
  minCell: number
  /** Kinds of missing that count in the denominator of the shares. */
  missingInDenominator: readonly MissingReason[]
  /** Whether a question was put to the respondents of a cell at all; to all of them where absent. */
  isAsked?: (question: number, cell: number) => boolean
}

/** The pairs of question and group that have enough answers, question by question, in the order of the groups. */
export class AnswerPairs {
  readonly answerCodes: number[]
  readonly groups: GroupOptions[]
  private readonly scales: number[][]
  /** Cells in the order of their groups. */
  readonly order: number[]
  readonly pairs: Pair[]
  /**
   * The places of the pairs cell by cell: who looks at the tables of all pairs goes this way, since those of one cell lie
   * together and those of all are more than a processor's cache holds.
   */
  readonly byCell: Int32Array
  /** Pairs with fewer answers than asked for, without any, and of questions that were not put to the group. */
  withheld = 0
  unanswered = 0
  unasked = 0
  /** Respondents in no group, since a variable of theirs is missing. */
  ungrouped = 0

  constructor(
    plan: BuildPlan,
    readonly tables: AnswerTables,
    readonly questions: Question[],
    private readonly options: PairOptions,
  ) {
    this.answerCodes = plan.chain.decode.answerCodes
    const slots = [...this.answerCodes.keys()]
    this.scales = questions.map(({ scale_min: least, scale_max: greatest }) =>
      slots.filter((slot) => least !== null && greatest !== null && isFrom(least, greatest, this.answerCodes[slot])),
    )
    this.groups = plan.groups
    const isGrouped = (cell: number) => plan.groups.length === 0 || !tables.cells[cell].includes(noGroup)
    const all = tables.cells.map((_, cell) => cell)
    for (const cell of all) if (!isGrouped(cell)) this.ungrouped += tables.respondents[cell]
    this.order = all.filter(isGrouped).sort((left, right) => compareGroups(tables.cells[left], tables.cells[right]))
    const width = this.order.length
    const found = new Array<Pair | undefined>(questions.length * width)
    for (const [place, cell] of this.order.entries()) {
      for (let question = 0; question < questions.length; question++) {
        found[question * width + place] = this.pairOf(question, cell)
      }
    }
    const placeOf = new Int32Array(found.length)
    this.pairs = []
    for (const [at, pair] of found.entries()) placeOf[at] = pair === undefined ? -1 : this.pairs.push(pair) - 1
    this.byCell = new Int32Array(this.pairs.length)
    let next = 0
    for (let place = 0; place < width; place++) {
      for (let at = place; at < found.length; at += width) if (placeOf[at] >= 0) this.byCell[next++] = placeOf[at]
    }
  }

  /** The pair of a question and a cell, where it is to be written; else it is counted. */
  private pairOf(question: number, cell: number): Pair | undefined {
    const { missingInDenominator, minCell, isAsked } = this.options
    const at = question * this.tables.slots
    const counts = this.tables.counts[cell]
    const weights = this.tables.weights[cell]
    const codes = this.answerCodes.length
    let answered = 0
    let answeredWeight = 0
    for (let slot = at; slot < at + codes; slot++) {
      answered += counts[slot]
      answeredWeight += weights[slot]
    }
    if (isAsked?.(question, cell) === false) this.unasked++
    else if (answered === 0) this.unanswered++
    else if (answered < minCell) this.withheld++
    else {
      const pair = {
        question,
        cell,
        at,
        answered,
        answeredWeight,
        denominator: answered,
        denominatorWeight: answeredWeight,
      }
      for (const reason of missingInDenominator) {
        const slot = at + codes + missingReasons.indexOf(reason)
        pair.denominator += counts[slot]
        pair.denominatorWeight += weights[slot]
      }
      return pair
    }
    return undefined
  }

  /** The codes of a question's scale, as slots. */
  scaleOf(question: number): readonly number[] {
    return this.scales[question]
  }

  /** How many gave the answer of a slot. */
  count({ cell, at }: Pair, slot: number): number {
    return this.tables.counts[cell][at + slot]
  }

  /** Share of a pair's answers that one slot holds; by weight NaN where the weights are 0. */
  share({ cell, at, denominator }: Pair, slot: number): number {
    return this.tables.counts[cell][at + slot] / denominator
  }

  weightedShare({ cell, at, denominatorWeight }: Pair, slot: number): number {
    return denominatorWeight > 0 ? this.tables.weights[cell][at + slot] / denominatorWeight : Number.NaN
  }

  /** Kish's effective sample size: the squared sum of the weights over the sum of their squares. */
  effectiveSize({ answeredWeight, cell, question }: Pair): number {
    const squares = this.tables.squaredWeights[cell][question]
    return squares > 0 ? (answeredWeight * answeredWeight) / squares : Number.NaN
  }

  /** Mean and population variance of a pair's codes, by count or by weight; NaN where there is none. */
  moments({ cell, at }: Pair, by: 'counts' | 'weights'): { mean: number; variance: number } {
    const slots = this.tables[by][cell]
    const codes = this.answerCodes
    let total = 0
    let first = 0
    for (let slot = 0; slot < codes.length; slot++) {
      total += slots[at + slot]
      first += slots[at + slot] * codes[slot]
    }
    if (!(total > 0)) return { mean: Number.NaN, variance: Number.NaN }
    const mean = first / total
    let second = 0
    for (let slot = 0; slot < codes.length; slot++) second += slots[at + slot] * (codes[slot] - mean) ** 2
    return { mean, variance: second / total }
  }

  /** Question and groups of pairs, each as often as `times` says; without the first `skipped` of the groups. */
  pairColumns(pairs: readonly Pair[], times: (pair: Pair) => number, skipped = 0): TableColumn[] {
    const rows = pairs.reduce((total, pair) => total + times(pair), 0)
    const repeat = (value: (pair: Pair) => number) => {
      const values = new Int32Array(rows)
      let row = 0
      for (const pair of pairs) {
        const own = value(pair)
        for (const end = row + times(pair); row < end; row++) values[row] = own
      }
      return values
    }
    const { cells } = this.tables
    const groups = this.groups.slice(skipped).map((group, place): TableColumn => {
      const dimension = place + skipped
      const found = [...new Set(this.order.map((cell) => cells[cell][dimension]))]
      const places = new Map(found.map((value, at) => [value, at]))
      const placeOf = Int32Array.from(cells, (own) => places.get(own[dimension]) ?? -1)
      const values = repeat(({ cell }) => placeOf[cell])
      return { name: group.name, type: 'text', texts: found.map((value) => groupLabel(group, value)), values }
    })
    const texts = this.questions.map(({ id }) => id)
    return [{ name: 'question', type: 'text', texts, values: repeat((pair) => pair.question) }, ...groups]
  }

  /** The answers of pairs on their scales, those that nobody gave too: one row each, with its label. */
  answerRows(pairs: readonly Pair[]): AnswerRows {
    const { scales } = this
    const length = pairs.reduce((total, { question }) => total + scales[question].length, 0)
    const rows = { length, pair: new Int32Array(length), slot: new Int32Array(length) }
    const texts = new Map<string, number>()
    const labelsOf = this.questions.map(({ value_labels }, question) =>
      scales[question].map((slot) => {
        const label = value_labels[this.answerCodes[slot]]
        if (label === undefined) return -1
        if (!texts.has(label)) texts.set(label, texts.size)
        return texts.get(label) ?? -1
      }),
    )
    const labels = new Int32Array(length)
    let row = 0
    for (const [pair, { question }] of pairs.entries()) {
      const scale = scales[question]
      for (let place = 0; place < scale.length; place++) {
        rows.pair[row] = pair
        rows.slot[row] = scale[place]
        labels[row++] = labelsOf[question][place]
      }
    }
    return {
      ...rows,
      columns: [
        { name: 'answer', type: 'integer', values: rows.slot.map((slot) => this.answerCodes[slot]) },
        { name: 'answer_label', type: 'text', texts: [...texts.keys()], values: labels },
      ],
    }
  }
}

/** One row for each answer of each pair: which pair, which slot of its tables; and the columns that say the answer. */
export interface AnswerRows {
  length: number
  pair: Int32Array
  slot: Int32Array
  columns: TableColumn[]
}

function isFrom(least: number, greatest: number, code: number): boolean {
  return code >= least && code <= greatest
}

function compareGroups(left: number[], right: number[]): number {
  for (const [index, group] of left.entries()) if (group !== right[index]) return group - right[index]
  return 0
}
