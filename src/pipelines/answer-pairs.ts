import { type MissingReason, missingReasons } from '../batch/respondent-batch.js'
import { type GroupOptions, groupLabel, noGroup } from '../stages/group.js'
import type { AnswerTables } from './answer-tables.js'
import type { TableColumn } from './columnar-table.js'
import type { BuildPlan } from './plan.js'
import type { Question } from './questions-table.js'

/** So many numbers are one line of a processor's cache. */
const cellsTogether = 8

export interface PairOptions {
  /** Groups with fewer answers to a question than this are withheld. */
  minCell: number
  /** Kinds of missing that count in the denominator of the shares. */
  missingInDenominator: readonly MissingReason[]
  /** Whether a question was put to the respondents of a cell at all; to all of them where absent. */
  isAsked?: (question: number, cell: number) => boolean
}

/**
 * The pairs of question and group that have enough answers, question by question, in the order of the groups. There are
 * hundreds of thousands, so a pair is a place in the arrays.
 */
export class AnswerPairs {
  readonly answerCodes: number[]
  readonly groups: GroupOptions[]
  /** For each question, the first slot of its scale, and the one behind the last: nobody gives another answer. */
  readonly scaleStarts: Int32Array
  readonly scaleEnds: Int32Array
  /** Cells in the order of their groups. */
  readonly order: number[]
  /** How many pairs are written. */
  readonly length: number
  readonly questionOf: Int32Array
  readonly cellOf: Int32Array
  /** How many answered; with those of the others who count in the denominator. */
  readonly answered: Float64Array
  readonly denominators: Float64Array
  /** The same by weight. */
  readonly answeredWeights: Float64Array
  readonly denominatorWeights: Float64Array
  /** All pairs, in order. */
  readonly all: Int32Array
  /**
   * The pairs by a few cells at a time, of these question by question: who looks at the tables of all pairs goes this way. Those
   * of a few cells are in a processor's cache, as all together are not, and what is made of their pairs lies side by side.
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
    options: PairOptions,
  ) {
    this.answerCodes = plan.chain.decode.answerCodes
    const codesBelow = (bound: number) => this.answerCodes.filter((code) => code < bound).length
    this.scaleStarts = Int32Array.from(questions, ({ scale_min: least }) => codesBelow(least ?? 0))
    this.scaleEnds = Int32Array.from(questions, ({ scale_max: greatest }, question) =>
      greatest === null ? this.scaleStarts[question] : codesBelow(greatest + 1),
    )
    this.groups = plan.groups
    const isGrouped = (cell: number) => plan.groups.length === 0 || !tables.cells[cell].includes(noGroup)
    const cells = [...tables.cells.keys()]
    for (const cell of cells) if (!isGrouped(cell)) this.ungrouped += tables.respondents[cell]
    this.order = cells.filter(isGrouped).sort((left, right) => compareGroups(tables.cells[left], tables.cells[right]))
    const { order } = this
    const found = this.countAll(options)
    const written = placesAbove0(found)
    this.length = written.length
    this.questionOf = written.map((at) => Math.floor(at / order.length))
    this.cellOf = written.map((at) => order[at % order.length])
    this.all = written.map((_, pair) => pair)
    this.byCell = this.orderByCell()
    this.answered = Float64Array.from(written, (at) => found[at])
    this.answeredWeights = this.weigh()
    const others = options.missingInDenominator.map(
      (reason) => this.answerCodes.length + missingReasons.indexOf(reason),
    )
    this.denominators = this.withSlots(this.answered, 'counts', others)
    this.denominatorWeights = this.withSlots(this.answeredWeights, 'weights', others)
  }

  /** Answers of each question and group, question by question; 0 where the pair is not written, and why is counted. */
  private countAll({ minCell, isAsked }: PairOptions): Float64Array {
    const { order, questions, tables, scaleStarts, scaleEnds } = this
    const { slots } = tables
    const found = new Float64Array(questions.length * order.length)
    for (const [place, cell] of order.entries()) {
      const counts = tables.counts[cell]
      for (let question = 0; question < questions.length; question++) {
        const at = question * slots
        const end = at + scaleEnds[question]
        let answered = 0
        for (let slot = at + scaleStarts[question]; slot < end; slot++) answered += counts[slot]
        if (isAsked?.(question, cell) === false) this.unasked++
        else if (answered === 0) this.unanswered++
        else if (answered < minCell) this.withheld++
        else found[question * order.length + place] = answered
      }
    }
    return found
  }

  private orderByCell(): Int32Array {
    const { cellOf, order, length, tables } = this
    const groupOf = new Int32Array(tables.cells.length)
    for (const [place, cell] of order.entries()) groupOf[cell] = Math.floor(place / cellsTogether)
    const next = new Int32Array(order.length + 1)
    for (const cell of cellOf) next[groupOf[cell] + 1]++
    for (let group = 0; group < order.length; group++) next[group + 1] += next[group]
    const pairs = new Int32Array(length)
    for (let pair = 0; pair < length; pair++) pairs[next[groupOf[cellOf[pair]]]++] = pair
    return pairs
  }

  /** The weights of those who answered. */
  private weigh(): Float64Array {
    const { byCell, cellOf, questionOf, tables, scaleStarts, scaleEnds } = this
    const { slots } = tables
    const sums = new Float64Array(this.length)
    for (const pair of byCell) {
      const question = questionOf[pair]
      const weights = tables.weights[cellOf[pair]]
      const end = question * slots + scaleEnds[question]
      let sum = 0
      for (let slot = question * slots + scaleStarts[question]; slot < end; slot++) sum += weights[slot]
      sums[pair] = sum
    }
    return sums
  }

  /** Sums of the pairs with what some slots of each hold more. */
  private withSlots(sums: Float64Array, by: 'counts' | 'weights', slots: readonly number[]): Float64Array {
    if (slots.length === 0) return sums
    const { byCell, cellOf, tables } = this
    const more = sums.slice()
    for (const pair of byCell) {
      const table = tables[by][cellOf[pair]]
      const at = this.slotsAt(pair)
      for (let index = 0; index < slots.length; index++) more[pair] += table[at + slots[index]]
    }
    return more
  }

  /** How many answers the scales of some pairs have. */
  scaleLengths(pairs: Int32Array): Int32Array {
    const { questionOf, scaleStarts, scaleEnds } = this
    return pairs.map((pair) => scaleEnds[questionOf[pair]] - scaleStarts[questionOf[pair]])
  }

  /** Where the slots of a pair's question start in the tables of its cell. */
  slotsAt(pair: number): number {
    return this.questionOf[pair] * this.tables.slots
  }

  /** How many gave the answer of a slot. */
  count(pair: number, slot: number): number {
    return this.tables.counts[this.cellOf[pair]][this.slotsAt(pair) + slot]
  }

  /** Share of a pair's answers that one slot holds; by weight NaN where the weights are 0. */
  share(pair: number, slot: number): number {
    return this.count(pair, slot) / this.denominators[pair]
  }

  weightedShare(pair: number, slot: number): number {
    const denominator = this.denominatorWeights[pair]
    return denominator > 0
      ? this.tables.weights[this.cellOf[pair]][this.slotsAt(pair) + slot] / denominator
      : Number.NaN
  }

  /** Kish's effective sample size: the squared sum of the weights over the sum of their squares. */
  effectiveSize(pair: number): number {
    const squares = this.tables.squaredWeights[this.cellOf[pair]][this.questionOf[pair]]
    const weight = this.answeredWeights[pair]
    return squares > 0 ? (weight * weight) / squares : Number.NaN
  }

  /** Question and groups of pairs, each as often as `times` says; without the first `skipped` of the groups. */
  pairColumns(pairs: Int32Array, times: Int32Array, skipped = 0): TableColumn[] {
    const rows = times.reduce((total, own) => total + own, 0)
    const repeat = (values: Int32Array) => {
      const repeated = new Int32Array(rows)
      let row = 0
      for (let place = 0; place < pairs.length; place++) {
        const value = values[pairs[place]]
        for (const end = row + times[place]; row < end; row++) repeated[row] = value
      }
      return repeated
    }
    const { cells } = this.tables
    const groups = this.groups.slice(skipped).map((group, place): TableColumn => {
      const dimension = place + skipped
      const found = [...new Set(this.order.map((cell) => cells[cell][dimension]))]
      const places = new Map(found.map((value, at) => [value, at]))
      const placeOf = Int32Array.from(cells, (own) => places.get(own[dimension]) ?? -1)
      const values = repeat(this.cellOf.map((cell) => placeOf[cell]))
      return { name: group.name, type: 'text', texts: found.map((value) => groupLabel(group, value)), values }
    })
    const texts = this.questions.map(({ id }) => id)
    return [{ name: 'question', type: 'text', texts, values: repeat(this.questionOf) }, ...groups]
  }

  /** Where in `texts` the label of each slot is, -1 where it has none; labels that are not there yet are added. */
  private labelPlaces(question: number, texts: Map<string, number>): Int32Array {
    const { value_labels } = this.questions[question]
    const places = new Int32Array(this.answerCodes.length).fill(-1)
    for (let slot = this.scaleStarts[question]; slot < this.scaleEnds[question]; slot++) {
      const label = value_labels[this.answerCodes[slot]]
      if (label === undefined) continue
      const place = texts.get(label) ?? texts.size
      texts.set(label, place)
      places[slot] = place
    }
    return places
  }

  /** The answers of pairs on their scales, those that nobody gave too: one row each, with its label. */
  answerRows(pairs: Int32Array): AnswerRows {
    const { scaleStarts, scaleEnds, questionOf, answerCodes } = this
    const length = this.scaleLengths(pairs).reduce((total, own) => total + own, 0)
    const rows = { length, pair: new Int32Array(length), slot: new Int32Array(length) }
    const texts = new Map<string, number>()
    const labels = new Int32Array(length)
    const codes = new Int32Array(length)
    const slotCodes = Int32Array.from(answerCodes)
    const labelsOf = this.questions.map((_, question) => this.labelPlaces(question, texts))
    let row = 0
    for (const pair of pairs) {
      const question = questionOf[pair]
      const end = scaleEnds[question]
      const ownLabels = labelsOf[question]
      for (let slot = scaleStarts[question]; slot < end; slot++) {
        rows.pair[row] = pair
        rows.slot[row] = slot
        codes[row] = slotCodes[slot]
        labels[row++] = ownLabels[slot]
      }
    }
    return {
      ...rows,
      columns: [
        { name: 'answer', type: 'integer', values: codes },
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

function placesAbove0(values: Float64Array): Int32Array {
  const places = new Int32Array(values.length)
  let count = 0
  for (let at = 0; at < values.length; at++) if (values[at] > 0) places[count++] = at
  return places.slice(0, count)
}

function compareGroups(left: number[], right: number[]): number {
  for (const [index, group] of left.entries()) if (group !== right[index]) return group - right[index]
  return 0
}
