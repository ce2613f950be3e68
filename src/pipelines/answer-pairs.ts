import type { GroupOptions } from '../stages/group.js'
import type { TextColumn } from './columnar-table.js'
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
  /** Of each variable of the groups: the labels that occur, and which of them each pair has. */
  groupTexts: string[][]
  groupOf: Integers[]
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

/** Question and groups of the pairs from one up to another: a row each, or so many rows each as `counts` says. */
export function pairColumns(pairs: AnswerPairs, first: number, last: number, counts?: Int32Array): TextColumn[] {
  const times = counts === undefined ? {} : { counts }
  return keyColumns(pairs).map((column) => ({ ...column, values: column.values.subarray(first, last), ...times }))
}

/** The same of some pairs, without the first `skipped` of the groups. */
export function pickedPairColumns(pairs: AnswerPairs, picked: Int32Array, skipped = 0): TextColumn[] {
  const [question, ...groups] = keyColumns(pairs)
  return [question, ...groups.slice(skipped)].map((column) => {
    return { ...column, values: picked.map((pair) => column.values[pair]) }
  })
}

function keyColumns({ questions, questionOf, groups, groupTexts, groupOf }: AnswerPairs): TextColumn[] {
  return [
    { name: 'question', type: 'text', texts: questions.map(({ id }) => id), values: questionOf },
    ...groups.map(({ name }, place): TextColumn => {
      return { name, type: 'text', texts: groupTexts[place], values: groupOf[place] }
    }),
  ]
}
