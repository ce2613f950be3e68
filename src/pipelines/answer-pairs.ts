import { type GroupOptions, groupLabel } from '../stages/group.js'
import type { TableColumn } from './columnar-table.js'
import type { Question } from './questions-table.js'

/** Numbers in memory that threads share. */
type Integers = Int32Array<SharedArrayBuffer>
type Numbers = Float64Array<SharedArrayBuffer>

/**
 * The pairs of question and group that have enough answers, question by question, in the order of the groups. There are
 * hundreds of thousands, so a pair is a place in the arrays. Plain data: other threads are sent the same.
 */
export interface AnswerPairs {
  answerCodes: number[]
  questions: Question[]
  groups: GroupOptions[]
  /** The groups of each cell, in their order; those are not among them in which a respondent has no group. */
  cells: number[][]
  /** For each question, the first slot of its scale, and the one behind the last: nobody gives another answer. */
  scaleStarts: Int32Array
  scaleEnds: Int32Array
  /** How many pairs are written. */
  length: number
  questionOf: Integers
  cellOf: Integers
  /** The answers of each pair: its entries from the first to the second. */
  answersFrom: Integers
  answersTo: Integers
  /** Of each entry, the slot of the answer, how many gave it, and their weights together. */
  slots: Uint8Array<SharedArrayBuffer>
  counts: Integers
  weights: Numbers
  /** Of each pair, respondents in the group, how many of them answered, and their weights together. */
  respondents: Integers
  answered: Integers
  answeredWeights: Numbers
  /** With those of the others who count in the denominator, by count and by weight. */
  denominators: Numbers
  denominatorWeights: Numbers
  /** Kish's effective sample size: the squared sum of the weights over the sum of their squares; NaN without a weight. */
  effectiveSizes: Numbers
  /** Share of the respondents who did not answer; by reason, in the order of `missingReasons`. */
  missing: Numbers
  missingFor: Numbers[]
  /** Mean and population variance of the codes of the answers; by weight NaN where the weights are 0. */
  means: Numbers
  weightedMeans: Numbers
  variances: Numbers
  weightedVariances: Numbers
  /** Pairs with fewer answers than asked for, without any, and of questions that were not put to the group. */
  withheld: number
  unanswered: number
  unasked: number
  /** Respondents in no group, since a variable of theirs is missing. */
  ungrouped: number
}

/** How many of a pair gave the answer of a slot. */
export function answerCount(pairs: AnswerPairs, pair: number, slot: number): number {
  const entry = entryOf(pairs, pair, slot)
  return entry === undefined ? 0 : pairs.counts[entry]
}

/** Share of a pair's answers that one slot holds. */
export function answerShare(pairs: AnswerPairs, pair: number, slot: number): number {
  return answerCount(pairs, pair, slot) / pairs.denominators[pair]
}

/** The same by weight: NaN where the weights are 0. */
export function weightedAnswerShare(pairs: AnswerPairs, pair: number, slot: number): number {
  const denominator = pairs.denominatorWeights[pair]
  const entry = entryOf(pairs, pair, slot)
  if (!(denominator > 0)) return Number.NaN
  return entry === undefined ? 0 : pairs.weights[entry] / denominator
}

/** The entry of one answer of a pair; undefined where nobody gave it. */
function entryOf({ answersFrom, answersTo, slots }: AnswerPairs, pair: number, slot: number): number | undefined {
  for (let entry = answersFrom[pair]; entry < answersTo[pair]; entry++) if (slots[entry] === slot) return entry
  return undefined
}

/** All pairs, in order. */
export function allPairs({ length }: AnswerPairs): Int32Array {
  return new Int32Array(length).map((_, pair) => pair)
}

/**
 * Question and groups of some pairs, a row each, or so many rows each as `counts` says; without the first `skipped` of the
 * groups.
 */
export function pairColumns(
  { questions, questionOf, cellOf, groups, cells }: AnswerPairs,
  pairs: Int32Array,
  { skipped = 0, counts }: { skipped?: number; counts?: Int32Array } = {},
): TableColumn[] {
  const times = counts === undefined ? {} : { counts }
  const groupColumns = groups.slice(skipped).map((group, place): TableColumn => {
    const dimension = place + skipped
    const found = [...new Set(cells.map((own) => own[dimension]))]
    const places = new Map(found.map((value, at) => [value, at]))
    const placeOf = Int32Array.from(cells, (own) => places.get(own[dimension]) ?? -1)
    const values = new Int32Array(pairs.length)
    for (let row = 0; row < values.length; row++) values[row] = placeOf[cellOf[pairs[row]]]
    return { name: group.name, type: 'text', texts: found.map((value) => groupLabel(group, value)), values, ...times }
  })
  const values = new Int32Array(pairs.length)
  for (let row = 0; row < values.length; row++) values[row] = questionOf[pairs[row]]
  const texts = questions.map(({ id }) => id)
  return [{ name: 'question', type: 'text', texts, values, ...times }, ...groupColumns]
}
