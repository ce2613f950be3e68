import { exportedFunction, webAssembly } from '../formats/web-assembly.js'
import { WorkMemory } from '../formats/work-memory.js'

/** The respondents of a block, cell by cell. */
export interface CountedRows {
  /** Rows in the order of their cells, and within a cell in their own; the rows of cell c from `starts[c]` on. */
  rows: Int32Array
  starts: Int32Array
  /** Weight of each of `rows`; absent where weights are not added up. */
  weights?: Float64Array
}

/** Sums over the respondents of each cell: most answers are given by nobody in it, and are left out. */
export interface CellSums {
  /** Behind the entries of each cell. */
  ends: Int32Array
  /** Of each entry, question x slots + slot. */
  places: Int32Array
  counts: Uint32Array
  /** The same for weights; empty where they are not added up. */
  weights: Float64Array
  /** cells x questions: squared weights of those who answered; empty like the weights. */
  squaredWeights: Float64Array
  /** How many of the entries are of each question. */
  questionEntries: Int32Array
}

/**
 * Counts the answers of a block's respondents by cell, question and answer. What it runs is `count-answers.wat`, which is
 * compiled when the project is built: one addition for each respondent and question is the hot loop of all tabulation.
 */
export class AnswerCounter {
  private readonly memory = new WorkMemory()
  private readonly add: (...numbers: number[]) => number
  private readonly pack: (...numbers: number[]) => number
  private readonly tally: (...numbers: number[]) => number

  /** `codes` and `slots`: how many answer codes there are, and with the reasons why there is no answer. */
  constructor(
    private readonly questions: number,
    private readonly codes: number,
    private readonly slots: number,
  ) {
    const exports = webAssembly(new URL('./count-answers.wasm', import.meta.url), this.memory.memory)
    this.add = exportedFunction(exports, 'count')
    this.pack = exportedFunction(exports, 'pack')
    this.tally = exportedFunction(exports, 'tally')
  }

  /** `answers`: rows x questions, as a `RespondentBatch` has them. */
  count(answers: Uint8Array, { rows, starts, weights }: CountedRows): CellSums {
    const { questions, codes, slots, memory } = this
    const cells = starts.length - 1
    const size = questions * slots
    const most = Math.min(cells * size, rows.length * questions)
    const weighted = weights === undefined ? 0 : 1
    memory.clear()
    const answersAt = memory.hold(answers)
    const rowsAt = memory.room(rows.length * 4)
    const weightsAt = memory.room(rows.length * weighted * 8)
    // The tables of one cell at a time, and what all of them are packed into.
    const countsAt = memory.room(size * 4)
    const sumsAt = memory.room(size * weighted * 8)
    const squaresAt = memory.room(cells * questions * weighted * 8)
    const totalsAt = memory.room(questions * 4)
    const placesAt = memory.room(most * 4)
    const packedAt = memory.room(most * 4)
    const packedSumsAt = memory.room(most * weighted * 8)
    memory.bytes(countsAt, placesAt - countsAt).fill(0)
    const { buffer } = memory.memory
    new Int32Array(buffer, rowsAt, rows.length).set(rows.map((row) => answersAt + row * questions))
    if (weights !== undefined) new Float64Array(buffer, weightsAt, weights.length).set(weights)
    const ends = new Int32Array(cells)
    let entries = 0
    for (let cell = 0; cell < cells; cell++) {
      const [first, last] = [starts[cell], starts[cell + 1]]
      if (first < last) {
        this.add(
          ...[rowsAt + first * 4, rowsAt + last * 4, weighted * (weightsAt + first * 8)],
          ...[questions, slots, codes],
          ...[countsAt, sumsAt, squaresAt + cell * questions * 8],
        )
        const found = this.pack(
          ...[countsAt, weighted * sumsAt, size],
          ...[placesAt + entries * 4, packedAt + entries * 4, packedSumsAt + entries * 8],
        )
        this.tally(placesAt + entries * 4, found, slots, totalsAt)
        entries += found
      }
      ends[cell] = entries
    }
    return {
      ends,
      places: new Int32Array(buffer, placesAt, entries).slice(),
      counts: new Uint32Array(buffer, packedAt, entries).slice(),
      weights: new Float64Array(buffer, packedSumsAt, entries * weighted).slice(),
      squaredWeights: new Float64Array(buffer, squaresAt, cells * questions * weighted).slice(),
      questionEntries: new Int32Array(buffer, totalsAt, questions).slice(),
    }
  }
}
