import type { AnswerPairs } from './answer-pairs.js'
import type { TableColumn } from './columnar-table.js'

/** Some rows of a table of answers. */
export interface AnswerRowsPart {
  /** The pairs that have some of them, and how many of them each has. */
  pairs: Int32Array
  counts: Int32Array
  /** Of each row, the slot of its answer in the tables; and the columns that say it. */
  slot: Int32Array
  columns: TableColumn[]
}

/** The answers of pairs on their scales, those that nobody gave too: one row each, with its label. */
export class AnswerRows {
  readonly length: number
  /** Where the rows of each of the pairs begin, and behind the last. */
  private readonly starts: Int32Array
  private readonly slotCodes: Int32Array
  /** Of each question, where in `texts` the label of each slot is, -1 where it has none. */
  private readonly labelsOf: Int32Array[]
  private readonly texts: string[]
  /** Of the rows last taken. */
  private readonly counts: Int32Array
  private readonly slot: Int32Array
  private readonly codes: Int32Array
  private readonly labels: Int32Array

  /** `most` is how many rows are taken at a time; all of them where it is absent. */
  constructor(
    private readonly answers: AnswerPairs,
    private readonly pairs: Int32Array,
    most?: number,
  ) {
    const { questions, answerCodes } = answers
    this.starts = rowStarts(answers, pairs)
    this.length = this.starts[pairs.length]
    this.slotCodes = Int32Array.from(answerCodes)
    const texts = new Map<string, number>()
    this.labelsOf = questions.map((_, question) => labelPlaces(answers, question, texts))
    this.texts = [...texts.keys()]
    const room = Math.min(this.length, most ?? this.length)
    this.counts = new Int32Array(Math.min(room, pairs.length) + 1)
    this.slot = new Int32Array(room)
    this.codes = new Int32Array(room)
    this.labels = new Int32Array(room)
  }

  /** The rows from one up to another; good until others are taken. */
  take(start: number, end: number): AnswerRowsPart {
    const { pairs, starts, slotCodes, labelsOf, counts, slot, codes, labels, texts } = this
    const { scaleStarts, questionOf } = this.answers
    const firstPlace = placeOf(starts, start)
    let row = 0
    let place = firstPlace
    for (; row < end - start; place++) {
      const question = questionOf[pairs[place]]
      const ownLabels = labelsOf[question]
      const first = scaleStarts[question] - starts[place]
      const stop = Math.min(end, starts[place + 1])
      counts[place - firstPlace] = stop - start - row
      for (let at = start + row; at < stop; at++) {
        const ownSlot = first + at
        slot[row] = ownSlot
        codes[row] = slotCodes[ownSlot]
        labels[row++] = ownLabels[ownSlot]
      }
    }
    return {
      pairs: pairs.subarray(firstPlace, place),
      counts: counts.subarray(0, place - firstPlace),
      slot: slot.subarray(0, row),
      columns: [
        { name: 'answer', type: 'integer', values: codes.subarray(0, row) },
        { name: 'answer_label', type: 'text', texts, values: labels.subarray(0, row) },
      ],
    }
  }
}

function rowStarts({ questionOf, scaleStarts, scaleEnds }: AnswerPairs, pairs: Int32Array): Int32Array {
  const starts = new Int32Array(pairs.length + 1)
  for (let place = 0; place < pairs.length; place++) {
    const question = questionOf[pairs[place]]
    starts[place + 1] = starts[place] + scaleEnds[question] - scaleStarts[question]
  }
  return starts
}

/** The last place whose rows begin at or before a row. */
function placeOf(starts: Int32Array, row: number): number {
  let low = 0
  let high = starts.length - 1
  while (low + 1 < high) {
    const middle = (low + high) >> 1
    if (starts[middle] <= row) low = middle
    else high = middle
  }
  return low
}

/** Labels that are not among the texts yet are added. */
function labelPlaces(
  { questions, answerCodes, scaleStarts, scaleEnds }: AnswerPairs,
  question: number,
  texts: Map<string, number>,
): Int32Array {
  const { value_labels } = questions[question]
  const places = new Int32Array(answerCodes.length).fill(-1)
  for (let slot = scaleStarts[question]; slot < scaleEnds[question]; slot++) {
    const label = value_labels[answerCodes[slot]]
    if (label === undefined) continue
    const place = texts.get(label) ?? texts.size
    texts.set(label, place)
    places[slot] = place
  }
  return places
}
