import { exportedFunction, webAssembly } from '../formats/web-assembly.js'
import { WorkMemory } from '../formats/work-memory.js'
import { type AnswerPairs, pairColumns } from './answer-pairs.js'
import { answerLabels } from './answer-rows.js'
import type { ResultTable, TableColumn } from './columnar-table.js'

/**
 * The table of shares: one row for each question, group and answer on the scale, those that nobody gave too. What makes the
 * rows is `share-rows.wat`, which is compiled when the project is built.
 */
export class ShareRows implements ResultTable {
  readonly rows: number
  private readonly memory = new WorkMemory()
  private readonly run: (...numbers: number[]) => number
  /** Where the pairs and the rows of each question begin, and behind the last. */
  private readonly pairStarts: Int32Array
  private readonly rowStarts: Int32Array
  private readonly texts: string[]
  /** In the memory for good: of each question where its scale begins and ends, of each slot its code, of both their label. */
  private readonly scaleStartsAt: number
  private readonly scaleEndsAt: number
  private readonly codesAt: number
  private readonly labelsAt: number

  constructor(private readonly pairs: AnswerPairs) {
    const { questions, questionOf, answerCodes, scaleStarts, scaleEnds, length } = pairs
    const exports = webAssembly(new URL('./share-rows.wasm', import.meta.url), this.memory.memory)
    this.run = exportedFunction(exports, 'rows')
    this.pairStarts = new Int32Array(questions.length + 1)
    this.rowStarts = new Int32Array(questions.length + 1)
    for (const question of questions.keys()) {
      const start = this.pairStarts[question]
      const end = start < length && questionOf[start] === question ? pairsEnd(questionOf, start) : start
      this.pairStarts[question + 1] = end
      const rows = (end - start) * (scaleEnds[question] - scaleStarts[question])
      this.rowStarts[question + 1] = this.rowStarts[question] + rows
    }
    this.rows = this.rowStarts[questions.length]
    const { texts, labels } = answerLabels(pairs)
    this.texts = texts
    this.scaleStartsAt = this.memory.hold(scaleStarts)
    this.scaleEndsAt = this.memory.hold(scaleEnds)
    this.codesAt = this.memory.hold(Int32Array.from(answerCodes))
    this.labelsAt = this.memory.hold(labels)
    this.memory.keep()
  }

  part(start: number, end: number): TableColumn[] {
    const { pairs, memory } = this
    const { questionOf, answersFrom, answersTo, slots, counts, weights } = pairs
    const rows = end - start
    const { pair: first, skipped } = this.pairOf(start)
    const last = rows === 0 ? first : this.pairOf(end - 1).pair + 1
    const base = rows === 0 ? 0 : answersFrom[first]
    const behind = rows === 0 ? 0 : answersTo[last - 1]
    memory.clear()
    const input = [
      ...[questionOf, answersFrom, answersTo].map((values) => memory.hold(values.subarray(first, last))),
      ...[pairs.denominators, pairs.denominatorWeights].map((values) => memory.hold(values.subarray(first, last))),
      base,
      ...[slots, counts, weights].map((values) => memory.hold(values.subarray(base, behind))),
    ]
    const rowsAt = memory.room((last - first) * 4)
    const [answersAt, labelsAt, nsAt] = [memory.room(rows * 4), memory.room(rows * 4), memory.room(rows * 4)]
    const [sharesAt, weightedAt] = [memory.room(rows * 8), memory.room(rows * 8)]
    this.run(
      ...[last - first, skipped, rows, ...input],
      ...[this.scaleStartsAt, this.scaleEndsAt, pairs.answerCodes.length, this.codesAt, this.labelsAt],
      ...[rowsAt, answersAt, labelsAt, nsAt, sharesAt, weightedAt],
    )
    const { buffer } = memory.memory
    const integers = (address: number) => new Int32Array(buffer, address, rows)
    const numbers = (address: number) => new Float64Array(buffer, address, rows)
    return [
      ...pairColumns(pairs, first, last, new Int32Array(buffer, rowsAt, last - first)),
      { name: 'answer', type: 'integer', values: integers(answersAt) },
      { name: 'answer_label', type: 'text', texts: this.texts, values: integers(labelsAt) },
      { name: 'n', type: 'integer', values: integers(nsAt) },
      { name: 'share', type: 'number', values: numbers(sharesAt) },
      { name: 'weighted_share', type: 'number', values: numbers(weightedAt) },
    ]
  }

  /** The pair that has a row, and how many rows of the pair are before it. */
  private pairOf(row: number): { pair: number; skipped: number } {
    const { rowStarts, pairStarts } = this
    const { scaleStarts, scaleEnds } = this.pairs
    const question = rowStarts.findIndex((_, at) => rowStarts[at + 1] > row)
    if (question < 0) return { pair: 0, skipped: 0 }
    const scale = scaleEnds[question] - scaleStarts[question]
    const own = row - rowStarts[question]
    return { pair: pairStarts[question] + Math.floor(own / scale), skipped: own % scale }
  }
}

/** Behind the last of the pairs that have the question of one of them. */
function pairsEnd(questionOf: Int32Array, pair: number): number {
  let low = pair
  let high = questionOf.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (questionOf[middle] === questionOf[pair]) low = middle
    else high = middle
  }
  return high
}
