import { type MissingReason, missingReasons } from '../batch/respondent-batch.js'
import { type GroupOptions, groupLabel, noGroup } from '../stages/group.js'
import type { CellTables } from './answer-tables.js'
import type { TableColumn } from './columnar-table.js'
import type { Question } from './questions-table.js'

/** What pairs are made of: plain data, so that several threads can make the same of it. */
export interface PairsData {
  answerCodes: number[]
  groups: GroupOptions[]
  tables: CellTables
  questions: Question[]
  /** Groups with fewer answers to a question than this are withheld. */
  minCell: number
  /** Kinds of missing that count in the denominator of the shares. */
  missingInDenominator: readonly MissingReason[]
  /** questions x cells: 1 where the question was put to the respondents of the cell at all; to all of them where absent. */
  asked?: Uint8Array
}

/**
 * The pairs of question and group that have enough answers, question by question, in the order of the groups. There are
 * hundreds of thousands, so a pair is a place in the arrays.
 */
export class AnswerPairs {
  readonly answerCodes: number[]
  readonly tables: CellTables
  readonly questions: Question[]
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
  /** The entries of each pair in the tables: its answers from the first to the second, from there on the reasons for none. */
  readonly answersFrom: Int32Array
  readonly answersTo: Int32Array
  readonly reasonsTo: Int32Array
  /** How many answered; with those of the others who count in the denominator. */
  readonly answered: Float64Array
  readonly denominators: Float64Array
  /** The same by weight. */
  readonly answeredWeights: Float64Array
  readonly denominatorWeights: Float64Array
  /** All pairs, in order. */
  readonly all: Int32Array
  /** Pairs with fewer answers than asked for, without any, and of questions that were not put to the group. */
  withheld = 0
  unanswered = 0
  unasked = 0
  /** Respondents in no group, since a variable of theirs is missing. */
  ungrouped = 0

  constructor({ answerCodes, groups, tables, questions, minCell, missingInDenominator, asked }: PairsData) {
    this.answerCodes = answerCodes
    this.groups = groups
    this.tables = tables
    this.questions = questions
    const codesBelow = (bound: number) => this.answerCodes.filter((code) => code < bound).length
    this.scaleStarts = Int32Array.from(questions, ({ scale_min: least }) => codesBelow(least ?? 0))
    this.scaleEnds = Int32Array.from(questions, ({ scale_max: greatest }, question) =>
      greatest === null ? this.scaleStarts[question] : codesBelow(greatest + 1),
    )
    const isGrouped = (cell: number) => groups.length === 0 || !tables.cells[cell].includes(noGroup)
    const cells = [...tables.cells.keys()]
    for (const cell of cells) if (!isGrouped(cell)) this.ungrouped += tables.respondents[cell]
    this.order = cells.filter(isGrouped).sort((left, right) => compareGroups(tables.cells[left], tables.cells[right]))
    const { order } = this
    const found = this.findEntries()
    const written = this.choose(found, minCell, asked)
    this.length = written.length
    this.questionOf = new Int32Array(this.length)
    this.cellOf = new Int32Array(this.length)
    this.all = new Int32Array(this.length)
    for (let pair = 0; pair < this.length; pair++) {
      const question = Math.floor(written[pair] / order.length)
      this.questionOf[pair] = question
      this.cellOf[pair] = order[written[pair] - question * order.length]
      this.all[pair] = pair
    }
    this.answersFrom = pick(found.from, written)
    this.answersTo = pick(found.to, written)
    this.reasonsTo = pick(found.end, written)
    this.answered = pick(found.answered, written)
    this.answeredWeights = pick(found.weights, written)
    const others = missingInDenominator.map((reason) => answerCodes.length + missingReasons.indexOf(reason))
    this.denominators = this.withReasons(this.answered, tables.counts, others)
    this.denominatorWeights = this.withReasons(this.answeredWeights, tables.weights, others)
  }

  /** Of each question and cell, question by question: its entries, and what its answers make together. */
  private findEntries(): FoundEntries {
    const { order, questions, answerCodes, tables } = this
    const { slots, ends, places, counts, weights } = tables
    const size = questions.length * order.length
    const found = {
      from: new Int32Array(size),
      to: new Int32Array(size),
      end: new Int32Array(size),
      answered: new Float64Array(size),
      weights: new Float64Array(size),
    }
    for (let place = 0; place < order.length; place++) {
      const cell = order[place]
      const last = ends[cell]
      let entry = cell === 0 ? 0 : ends[cell - 1]
      for (let question = 0; question < questions.length; question++) {
        const at = question * order.length + place
        const answersEnd = question * slots + answerCodes.length
        const end = (question + 1) * slots
        let answered = 0
        let weight = 0
        found.from[at] = entry
        for (; entry < last && places[entry] < answersEnd; entry++) {
          answered += counts[entry]
          weight += weights[entry]
        }
        found.to[at] = entry
        while (entry < last && places[entry] < end) entry++
        found.end[at] = entry
        found.answered[at] = answered
        found.weights[at] = weight
      }
    }
    return found
  }

  /** Those with enough answers; of the others it is counted why they are not among them. */
  private choose({ answered }: FoundEntries, minCell: number, asked: Uint8Array | undefined): Int32Array {
    const { order, tables } = this
    const chosen = new Int32Array(answered.length)
    let count = 0
    for (let at = 0; at < answered.length; at++) {
      const question = Math.floor(at / order.length)
      if (asked?.[question * tables.cells.length + order[at % order.length]] === 0) this.unasked++
      else if (answered[at] === 0) this.unanswered++
      else if (answered[at] < minCell) this.withheld++
      else chosen[count++] = at
    }
    return chosen.subarray(0, count)
  }

  /** Sums of the pairs with those of some of the reasons, as slots. */
  private withReasons(sums: Float64Array, entries: Uint32Array | Float64Array, slots: readonly number[]): Float64Array {
    if (slots.length === 0) return sums
    const { length, answersTo, reasonsTo, tables } = this
    const more = sums.slice()
    for (let pair = 0; pair < length; pair++) {
      const first = this.slotsAt(pair)
      for (let entry = answersTo[pair]; entry < reasonsTo[pair]; entry++) {
        if (slots.includes(tables.places[entry] - first)) more[pair] += entries[entry]
      }
    }
    return more
  }

  /** Place of the first slot of a pair's question. */
  slotsAt(pair: number): number {
    return this.questionOf[pair] * this.tables.slots
  }

  /** How many gave the answer of a slot. */
  count(pair: number, slot: number): number {
    const entry = this.entryOf(pair, slot)
    return entry === undefined ? 0 : this.tables.counts[entry]
  }

  /** Share of a pair's answers that one slot holds; by weight NaN where the weights are 0. */
  share(pair: number, slot: number): number {
    return this.count(pair, slot) / this.denominators[pair]
  }

  weightedShare(pair: number, slot: number): number {
    const denominator = this.denominatorWeights[pair]
    const entry = this.entryOf(pair, slot)
    if (!(denominator > 0)) return Number.NaN
    return entry === undefined ? 0 : this.tables.weights[entry] / denominator
  }

  /** The entry of one answer of a pair; undefined where nobody gave it. */
  private entryOf(pair: number, slot: number): number | undefined {
    const place = this.slotsAt(pair) + slot
    for (let entry = this.answersFrom[pair]; entry < this.answersTo[pair]; entry++) {
      if (this.tables.places[entry] === place) return entry
    }
    return undefined
  }

  /** Kish's effective sample size: the squared sum of the weights over the sum of their squares. */
  effectiveSize(pair: number): number {
    const squares = this.tables.squaredWeights[this.cellOf[pair] * this.questions.length + this.questionOf[pair]]
    const weight = this.answeredWeights[pair]
    return squares > 0 ? (weight * weight) / squares : Number.NaN
  }

  /**
   * Question and groups of the pair of each row, or of so many rows each as `counts` says; without the first `skipped` of the
   * groups.
   */
  pairColumns(pairs: Int32Array, skipped = 0, counts?: Int32Array): TableColumn[] {
    const times = counts === undefined ? {} : { counts }
    const { cellOf, questionOf, groups, order } = this
    const { cells } = this.tables
    const groupColumns = groups.slice(skipped).map((group, place): TableColumn => {
      const dimension = place + skipped
      const found = [...new Set(order.map((cell) => cells[cell][dimension]))]
      const places = new Map(found.map((value, at) => [value, at]))
      const placeOf = Int32Array.from(cells, (own) => places.get(own[dimension]) ?? -1)
      const values = new Int32Array(pairs.length)
      for (let row = 0; row < values.length; row++) values[row] = placeOf[cellOf[pairs[row]]]
      return { name: group.name, type: 'text', texts: found.map((value) => groupLabel(group, value)), values, ...times }
    })
    const values = new Int32Array(pairs.length)
    for (let row = 0; row < values.length; row++) values[row] = questionOf[pairs[row]]
    const texts = this.questions.map(({ id }) => id)
    return [{ name: 'question', type: 'text', texts, values, ...times }, ...groupColumns]
  }
}

/** For each question and cell, what `AnswerPairs` says of the pair. */
interface FoundEntries {
  from: Int32Array
  to: Int32Array
  end: Int32Array
  answered: Float64Array
  weights: Float64Array
}

/** Moves the values of some places, which rise, to the start of the array: to write to new memory takes longer. */
function pick<Numbers extends Int32Array | Float64Array>(values: Numbers, places: Int32Array): Numbers {
  for (let index = 0; index < places.length; index++) values[index] = values[places[index]]
  return values.subarray(0, places.length) as Numbers
}

function compareGroups(left: number[], right: number[]): number {
  for (const [index, group] of left.entries()) if (group !== right[index]) return group - right[index]
  return 0
}
