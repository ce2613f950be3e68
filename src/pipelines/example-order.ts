import { firstMissingReason, leftOut, splitNames } from '../batch/respondent-batch.js'
import type { StoredRespondents } from '../batch/respondent-store.js'
import { SurveyError } from '../formats/survey-error.js'
import { Draws } from '../random/draws.js'
import { hashBytes, mix32 } from '../random/hash.js'
import { Xoshiro128 } from '../random/xoshiro128.js'
import type { ExampleOrder } from '../stages/write-examples.js'
import type { ExportOptions } from './export-options.js'

/** Which examples are written and in what order, split after split. */
export interface OrderedExamples extends ExampleOrder {
  /** Where each split ends in `order`. */
  splitEnds: number[]
  /** Rows of the respondents from whom worked examples are drawn: those of the first split. */
  donors: Uint32Array
}

type OrderOptions = Pick<ExportOptions, 'turns' | 'shuffle' | 'maxExamples' | 'perRespondent' | 'seed' | 'fewShot'> & {
  /** The split of each question, where not respondents but questions are split. */
  questionSplits?: readonly number[]
  /** How many different answers there are, so that they can go along in the order; else they stay behind. */
  answerCodes?: number
}

/**
 * Chooses the examples and puts them in order: of each respondent all or `perRespondent`, in conversations of `turns`
 * questions; of these all or `maxExamples`; in file order, or shuffled within each split. `only` names splits to
 * write, where not all. Four bytes an example.
 */
export function orderExamples(
  respondents: StoredRespondents,
  options: OrderOptions,
  only: readonly number[] = [0, 1, 2],
): OrderedExamples {
  const { answers, rows } = respondents
  const width = rows === 0 ? 0 : answers.length / rows
  if (rows * width >= 2 ** 32) {
    throw new SurveyError(`${rows} respondents x ${width} questions are more than the 2^32 that an export can hold`)
  }
  const answerBits = bitsOf(options, rows * width)
  // Room for all cells and the one that is written before it is passed over; memory is taken only for what is filled.
  const room = new Uint32Array(new SharedArrayBuffer((rows * width + 1) * 4))
  const ends: number[] = []
  let filled = 0
  for (const split of splitNames.keys()) {
    if (only.includes(split)) filled += fillCells(room.subarray(filled), respondents, width, split, answerBits, options)
    ends.push(filled)
  }
  const cells = room.subarray(0, filled)
  const donors = options.fewShot > 0 ? donorRows(respondents, width) : new Uint32Array(0)
  const scattered = options.shuffle !== undefined
  if (options.turns === 1) {
    const { order, splitEnds } = arrange(cells, ends, options)
    return { order, splitEnds, turns: 1, answerBits, scattered, donors }
  }
  const conversations = conversationStarts(cells, ends, width, options.turns)
  const { order, splitEnds } = arrange(conversations.starts, conversations.ends, options)
  return { order, splitEnds, cells, turns: options.turns, answerBits, scattered, donors }
}

/** Bits of the order that hold an answer: 0 where they do not fit beside the cell, or where conversations are put together. */
function bitsOf({ turns, answerCodes }: OrderOptions, cells: number): number {
  if (turns > 1 || answerCodes === undefined) return 0
  const bits = Math.ceil(Math.log2(answerCodes))
  return cells * 2 ** bits <= 2 ** 32 ? bits : 0
}

/** Which questions a split asks of a respondent: none, all of them, or those that fell to it. */
function askedBy(
  split: number,
  width: number,
  { splits }: StoredRespondents,
  { questionSplits }: OrderOptions,
): (row: number) => Uint8Array | undefined {
  if (questionSplits === undefined) {
    const all = new Uint8Array(width).fill(1)
    return (row) => (splits[row] === split ? all : undefined)
  }
  const own = Uint8Array.from(questionSplits, (other) => (other === split ? 1 : 0))
  return (row) => (splits[row] === leftOut ? undefined : own)
}

/**
 * Writes the cells of a split's examples, in file order; within a respondent by seed where several make a conversation.
 * Gives how many there are.
 */
function fillCells(
  cells: Uint32Array,
  respondents: StoredRespondents,
  width: number,
  split: number,
  answerBits: number,
  options: OrderOptions,
): number {
  const { rows, answers, ids } = respondents
  const { perRespondent, turns, seed } = options
  const asked = askedBy(split, width, respondents, options)
  const answerMask = 2 ** answerBits - 1
  let length = 0
  const draws = new Draws()
  for (let row = 0; row < rows; row++) {
    const questions = asked(row)
    if (questions === undefined) continue
    const first = length
    const start = row * width
    for (let question = 0; question < width; question++) {
      const answer = answers[start + question]
      cells[length] = ((start + question) << answerBits) | (answer & answerMask)
      length += answer < firstMissingReason ? questions[question] : 0
    }
    const chosen = Math.min(perRespondent ?? width, length - first)
    if (chosen === length - first && turns === 1) continue
    draws.start(mix32(hashBytes(ids.bytes, ids.offsets[row], ids.offsets[row + 1], seed)))
    const own = cells.subarray(first, length)
    for (let place = 0; place < chosen; place++) {
      const other = place + draws.below(own.length - place)
      const cell = own[other]
      own[other] = own[place]
      own[place] = cell
    }
    length = first + chosen
    if (turns === 1) own.subarray(0, chosen).sort()
  }
  return length
}

/** Where conversations of `turns` questions begin in `cells`: at each respondent, and after every `turns` of theirs. */
function conversationStarts(
  cells: Uint32Array,
  splitEnds: readonly number[],
  width: number,
  turns: number,
): { starts: Uint32Array; ends: number[] } {
  const starts = new Uint32Array(new SharedArrayBuffer(cells.length * 4))
  const ends: number[] = []
  let count = 0
  let place = 0
  for (const end of splitEnds) {
    let row = -1
    let asked = 0
    for (; place < end; place++) {
      const own = Math.floor(cells[place] / width)
      if (own !== row || asked === turns) {
        starts[count++] = place
        row = own
        asked = 0
      }
      asked++
    }
    ends.push(count)
  }
  return { starts: starts.subarray(0, count), ends }
}

function arrange(
  order: Uint32Array,
  ends: number[],
  { maxExamples, shuffle, seed }: OrderOptions,
): { order: Uint32Array; splitEnds: number[] } {
  const kept = maxExamples === undefined ? { order, splitEnds: ends } : sampleInOrder(order, ends, maxExamples, seed)
  if (shuffle !== undefined) {
    let start = 0
    for (const [split, end] of kept.splitEnds.entries()) {
      shuffleInPlace(kept.order.subarray(start, end), Xoshiro128.seeded(shuffle, split))
      start = end
    }
  }
  return kept
}

/** Tells the sample's random sequence from the others under the same seed. */
const sampleSequence = 0x73_61_6d

/** Keeps `count` of all, each equally likely, in their order (selection sampling: Knuth, TAOCP 3.4.2, algorithm S). */
function sampleInOrder(
  order: Uint32Array,
  ends: readonly number[],
  count: number,
  seed: number,
): { order: Uint32Array; splitEnds: number[] } {
  const random = Xoshiro128.seeded(seed, sampleSequence)
  let wanted = Math.min(count, order.length)
  let kept = 0
  let place = 0
  const splitEnds: number[] = []
  for (const end of ends) {
    for (; place < end; place++) {
      if (random.below(order.length - place) >= wanted) continue
      order[kept++] = order[place]
      wanted--
    }
    splitEnds.push(kept)
  }
  return { order: order.subarray(0, kept), splitEnds }
}

/** Places that fit into a processor's cache: within them a shuffle costs no trip to memory. */
const bucketPlaces = 1 << 16

/**
 * Puts the places into a random order, every order equally likely: each goes to a bucket by lot, and every bucket is
 * shuffled for itself.
 */
function shuffleInPlace(order: Uint32Array, random: Xoshiro128): void {
  const buckets = Math.max(1, Math.min(256, Math.ceil(order.length / bucketPlaces)))
  if (buckets > 1) {
    const lots = new Uint8Array(order.length)
    const starts = new Uint32Array(buckets + 1)
    for (let place = 0; place < order.length; place++) {
      const lot = random.below(buckets)
      lots[place] = lot
      starts[lot + 1]++
    }
    for (let bucket = 0; bucket < buckets; bucket++) starts[bucket + 1] += starts[bucket]
    const next = starts.slice()
    const dealt = new Uint32Array(order.length)
    for (let place = 0; place < order.length; place++) dealt[next[lots[place]]++] = order[place]
    order.set(dealt)
    for (let bucket = 0; bucket < buckets; bucket++) {
      fisherYates(order.subarray(starts[bucket], starts[bucket + 1]), random)
    }
  } else fisherYates(order, random)
}

function fisherYates(order: Uint32Array, random: Xoshiro128): void {
  for (let left = order.length - 1; left > 0; left--) {
    const other = random.below(left + 1)
    const place = order[other]
    order[other] = order[left]
    order[left] = place
  }
}

function donorRows({ rows, splits, answers }: StoredRespondents, width: number): Uint32Array {
  const donors = new Uint32Array(new SharedArrayBuffer(rows * 4))
  let count = 0
  for (let row = 0; row < rows; row++) {
    if (splits[row] !== 0) continue
    const own = answers.subarray(row * width, (row + 1) * width)
    // With but one answer, it may be the very question that is asked.
    let answered = 0
    for (let question = 0; question < width && answered < 2; question++)
      answered += own[question] < firstMissingReason ? 1 : 0
    if (answered === 2) donors[count++] = row
  }
  return donors.subarray(0, count)
}
