import type { AnswerPairs } from './answer-pairs.js'
import { repeated, type TableColumn } from './columnar-table.js'

/** A row for each answer on the scales of some pairs, those that nobody gave too. */
export interface AnswerRows {
  /** How many rows each of the pairs has. */
  counts: Int32Array
  /** Of each row, the slot of its answer; and the columns that say it. */
  slots: Int32Array
  columns: TableColumn[]
}

export function answerRows(pairs: AnswerPairs, picked: Int32Array): AnswerRows {
  const { questionOf, scaleStarts, scaleEnds, answerCodes } = pairs
  const counts = picked.map((pair) => scaleEnds[questionOf[pair]] - scaleStarts[questionOf[pair]])
  const { texts, labels } = answerLabels(pairs)
  const questions = repeated(
    picked.map((pair) => questionOf[pair]),
    counts,
  )
  const slots = new Int32Array(questions.length)
  for (let row = 0; row < slots.length; row++) {
    const isNext = row > 0 && slots[row - 1] + 1 < scaleEnds[questions[row]] && questions[row - 1] === questions[row]
    slots[row] = isNext ? slots[row - 1] + 1 : scaleStarts[questions[row]]
  }
  return {
    counts,
    slots,
    columns: [
      { name: 'answer', type: 'integer', values: slots.map((slot) => answerCodes[slot]) },
      {
        name: 'answer_label',
        type: 'text',
        texts,
        values: slots.map((slot, row) => labels[questions[row] * answerCodes.length + slot]),
      },
    ],
  }
}

/**
 * Labels of the answers on the scales: the texts, and of each question, slot by slot of the answer codes, which of them it is;
 * -1 where there is none.
 */
export function answerLabels({ questions, answerCodes, scaleStarts, scaleEnds }: AnswerPairs): {
  texts: string[]
  labels: Int32Array
} {
  const labels = new Int32Array(questions.length * answerCodes.length).fill(-1)
  const known = new Map<string, number>()
  for (const [question, { value_labels }] of questions.entries()) {
    for (let slot = scaleStarts[question]; slot < scaleEnds[question]; slot++) {
      const label = value_labels[answerCodes[slot]]
      if (label === undefined) continue
      const place = known.get(label) ?? known.size
      known.set(label, place)
      labels[question * answerCodes.length + slot] = place
    }
  }
  return { texts: [...known.keys()], labels }
}
