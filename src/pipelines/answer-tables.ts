import type { SelectionCounts } from '../batch/cell-batch.js'
import { SurveyError } from '../formats/survey-error.js'
import type { CellSums } from '../stages/answer-counter.js'
import type { UngroupedCode } from '../stages/derive.js'
import { type CellEntries, EntrySums } from '../stages/entry-sums.js'
import { type BlockTable, slotsOf, type TabulateOptions } from '../stages/tabulate.js'
import { addSelection } from './selection-report.js'

/** Cells with more slots than these together are too many: each may have an entry of sixteen bytes, though most have none. */
const mostSlots = 1 << 25

/** So many entries of blocks are kept until those of each cell are put together. */
const mostKept = 1 << 21

/** What was counted of one cell, as it came from the blocks. */
export interface CountedCell {
  /** In the order of the dimensions. */
  groups: number[]
  respondents: number
  /** Tables that have entries of it, and which of their cells it is. */
  parts: { table: CellTable; cell: number }[]
}

type CellTable = Omit<CellSums, 'questionEntries'>

/**
 * Answers counted by cell, in the tables of blocks. Most answers are given by nobody in a cell: only the others have an entry.
 * Sums of weights are made in the order of the blocks, and are the same to the last bit on any number of threads.
 */
export class AnswerTables {
  readonly slots: number
  /** What `BlockTable` says of all blocks. */
  selection: SelectionCounts | undefined
  readonly profiles: Float64Array[] = []
  readonly ungrouped = new Map<string, UngroupedCode>()
  /** Of each question, as many entries at least as all cells have of it. */
  readonly questionEntries: Int32Array
  private readonly dimensions: number
  private readonly known = new Map<string, CountedCell>()
  private readonly sums: EntrySums
  /** Entries that are put together, and those of the blocks since. */
  private joined = 0
  private kept = 0

  constructor(private readonly options: TabulateOptions) {
    const { questions, groups, bySplit, weighted } = options
    this.slots = slotsOf(options)
    this.questionEntries = new Int32Array(questions)
    this.dimensions = Math.max(1, groups.length + (bySplit ? 1 : 0))
    this.sums = new EntrySums(questions, this.slots, weighted)
  }

  /** Takes up the table of the next block. Throws a SurveyError where there are too many cells. */
  add(block: BlockTable): void {
    for (const [own, respondents] of block.respondents.entries()) {
      const cell = this.cell(block.cells.subarray(own * this.dimensions, (own + 1) * this.dimensions))
      cell.respondents += respondents
      cell.parts.push({ table: block, cell: own })
    }
    this.kept += block.places.length
    if (this.kept > mostKept) this.putTogether()
    for (const [question, entries] of block.questionEntries.entries()) this.questionEntries[question] += entries
    if (block.profiles.length > 0) this.profiles.push(block.profiles)
    if (block.selection !== undefined) this.selection = addSelection(this.selection, block.selection)
    for (const { derived, code, respondents } of block.ungrouped) {
      const key = `${derived} ${code}`
      const sum = (this.ungrouped.get(key)?.respondents ?? 0) + respondents
      this.ungrouped.set(key, { derived, code, respondents: sum })
    }
  }

  /** The cells so far, in the order of their groups. */
  cells(): CountedCell[] {
    return [...this.known.values()].sort((left, right) => compareGroups(left.groups, right.groups))
  }

  /** What was counted of a cell, each place once, in rising order; good until it is asked of the next. */
  entries({ parts }: CountedCell): CellEntries {
    const own = parts.map(({ table, cell }) => this.entriesOf(table, cell))
    return own.length === 1 ? own[0] : this.sums.add(own)
  }

  private entriesOf({ ends, places, counts, weights, squaredWeights }: CellTable, cell: number): CellEntries {
    const { questions } = this.options
    const [start, end] = [cell === 0 ? 0 : ends[cell - 1], ends[cell]]
    return {
      places: places.subarray(start, end),
      counts: counts.subarray(start, end),
      weights: weights.subarray(start, end),
      squaredWeights: squaredWeights.subarray(cell * questions, (cell + 1) * questions),
    }
  }

  private cell(groups: Int32Array): CountedCell {
    const key = groups.join(' ')
    const known = this.known.get(key)
    if (known !== undefined) return known
    const { questions } = this.options
    if ((this.known.size + 1) * questions * this.slots > mostSlots) {
      throw new SurveyError(
        `the groups make more than ${this.known.size} cells, too many for ${questions} questions; expected fewer groups or questions`,
        { kind: 'usage' },
      )
    }
    const cell = { groups: [...groups], respondents: 0, parts: [] }
    this.known.set(key, cell)
    return cell
  }

  /** Adds up the parts of each cell, so that the blocks are not kept any longer. */
  private putTogether(): void {
    const { known, options } = this
    const most = this.joined + this.kept
    const squares = options.weighted ? known.size * options.questions : 0
    const table = {
      ends: new Int32Array(known.size),
      places: new Int32Array(most),
      counts: new Uint32Array(most),
      weights: new Float64Array(options.weighted ? most : 0),
      squaredWeights: new Float64Array(squares),
    }
    let end = 0
    for (const [place, cell] of [...known.values()].entries()) {
      const { places, counts, weights, squaredWeights } = this.entries(cell)
      table.places.set(places, end)
      table.counts.set(counts, end)
      table.weights.set(weights, end)
      table.squaredWeights.set(squaredWeights, place * squaredWeights.length)
      end += places.length
      table.ends[place] = end
      cell.parts = [{ table, cell: place }]
    }
    this.joined = end
    this.kept = 0
  }
}

function compareGroups(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < left.length; index++) {
    if (left[index] !== right[index]) return left[index] - right[index]
  }
  return 0
}
