import type { SelectionCounts } from '../batch/cell-batch.js'
import { SurveyError } from '../formats/survey-error.js'
import type { UngroupedCode } from '../stages/derive.js'
import { type BlockTable, slotsOf, type TabulateOptions } from '../stages/tabulate.js'
import { addSelection } from './selection-report.js'

/** Cells with more slots than these together are too many: each may have an entry of sixteen bytes, though most have none. */
const mostSlots = 1 << 25

/** So many entries of blocks are kept until those of each cell are put together. */
const mostKept = 1 << 21

/**
 * Answers counted by cell: plain data, in memory that threads share. Most answers are given by nobody in a cell: only the
 * others have an entry.
 */
export interface CellTables {
  /** Of each question: its answer codes, then the reasons why there is no answer. */
  slots: number
  /** The groups of each cell. */
  cells: number[][]
  respondents: number[]
  /** Behind the entries of each cell. */
  ends: Int32Array
  /** Of each entry, question x slots + slot; rising within a cell. */
  places: Int32Array
  counts: Uint32Array
  /** Sums of weights; empty where those are not added up. */
  weights: Float64Array
  /** cells x questions: squared weights of those who answered; empty like the weights. */
  squaredWeights: Float64Array
}

/** Some entries of one cell. */
interface Entries extends Pick<CellTables, 'places' | 'counts' | 'weights'> {
  start: number
  end: number
}

/**
 * Puts the tables of blocks together, cell by cell, in the order of the blocks: sums of weights are the same to the last bit
 * on any number of threads.
 */
export class AnswerTables {
  selection: SelectionCounts | undefined
  readonly profiles: Float64Array[] = []
  readonly ungrouped = new Map<string, UngroupedCode>()
  private readonly slots: number
  private readonly dimensions: number
  private readonly cells: number[][] = []
  private readonly known = new Map<string, number>()
  private readonly respondents: number[] = []
  /** The entries of each cell, as they came. */
  private readonly entries: Entries[][] = []
  private kept = 0
  /** cells x questions, and room for more of them. */
  private squaredWeights = new Float64Array(0)

  constructor(private readonly options: TabulateOptions) {
    this.slots = slotsOf(options)
    this.dimensions = Math.max(1, options.groups.length + (options.bySplit ? 1 : 0))
  }

  /** Takes up the table of the next block. Throws a SurveyError where there are too many cells. */
  add(block: BlockTable): void {
    const { places, counts, weights, ends } = block
    let start = 0
    for (const [own, end] of ends.entries()) {
      const cell = this.cellOf(block.cells.subarray(own * this.dimensions, (own + 1) * this.dimensions))
      this.respondents[cell] += block.respondents[own]
      this.entries[cell].push({ places, counts, weights, start, end })
      if (this.options.weighted) this.addSquares(block, own, cell)
      start = end
    }
    this.kept += places.length
    if (this.kept > mostKept) this.putTogether()
    if (block.profiles.length > 0) this.profiles.push(block.profiles)
    if (block.selection !== undefined) this.selection = addSelection(this.selection, block.selection)
    for (const { derived, code, respondents } of block.ungrouped) {
      const key = `${derived} ${code}`
      const sum = (this.ungrouped.get(key)?.respondents ?? 0) + respondents
      this.ungrouped.set(key, { derived, code, respondents: sum })
    }
  }

  /** The tables of all blocks so far. */
  finish(): CellTables {
    const { slots, cells, respondents, squaredWeights } = this
    const squares = shared(Float64Array, this.options.weighted ? cells.length * this.options.questions : 0)
    squares.set(squaredWeights.subarray(0, squares.length))
    return { slots, cells, respondents, ...this.putTogether(), squaredWeights: squares }
  }

  private addSquares({ squaredWeights }: BlockTable, own: number, cell: number): void {
    const { questions } = this.options
    const sums = this.squaredWeights
    for (let question = 0; question < questions; question++) {
      sums[cell * questions + question] += squaredWeights[own * questions + question]
    }
  }

  private cellOf(groups: Int32Array): number {
    const key = groups.join(' ')
    const known = this.known.get(key)
    if (known !== undefined) return known
    const cell = this.cells.push([...groups]) - 1
    const { questions, weighted } = this.options
    if (this.cells.length * questions * this.slots > mostSlots) {
      throw new SurveyError(
        `the groups make more than ${cell} cells, too many for ${questions} questions; expected fewer groups or questions`,
        { kind: 'usage' },
      )
    }
    this.known.set(key, cell)
    this.respondents.push(0)
    this.entries.push([])
    if (weighted && this.cells.length * questions > this.squaredWeights.length) {
      const grown = new Float64Array(this.cells.length * questions * 2)
      grown.set(this.squaredWeights)
      this.squaredWeights = grown
    }
    return cell
  }

  /** Brings all entries of each cell into one place, and adds up those of one place in its tables. */
  private putTogether(): Pick<CellTables, 'ends' | 'places' | 'counts' | 'weights'> {
    const { entries, options } = this
    const most = entries.flat().reduce((total, { start, end }) => total + end - start, 0)
    const ends = shared(Int32Array, entries.length)
    const places = shared(Int32Array, most)
    const counts = shared(Uint32Array, most)
    const weights = shared(Float64Array, options.weighted ? most : 0)
    let start = 0
    for (const [cell, parts] of entries.entries()) {
      const sums = { places, counts, weights, start, end: start }
      if (parts.length === 1) copy(parts[0], sums)
      else addUp(parts, sums)
      entries[cell] = [sums]
      start = sums.end
      ends[cell] = start
    }
    this.kept = 0
    return {
      ends,
      places: places.subarray(0, start),
      counts: counts.subarray(0, start),
      weights: weights.subarray(0, start),
    }
  }
}

function copy({ places, counts, weights, start, end }: Entries, sums: Entries): void {
  sums.places.set(places.subarray(start, end), sums.start)
  sums.counts.set(counts.subarray(start, end), sums.start)
  if (sums.weights.length > 0) sums.weights.set(weights.subarray(start, end), sums.start)
  sums.end = sums.start + end - start
}

/** Adds up entries of one cell, those of each place in the order of the parts: one part after the other joins the sums. */
function addUp([first, ...others]: readonly Entries[], sums: Entries): void {
  copy(first, sums)
  for (const part of others) merge(part, sums)
}

/** Adds the entries of a part to the sums, from the last place to the first: those that are new find room behind them. */
function merge(part: Entries, sums: Entries): void {
  const { places, counts, weights } = part
  const { places: sumPlaces, counts: sumCounts, weights: sumWeights } = sums
  const weighted = sumWeights.length > 0
  let entry = part.end - 1
  let sum = sums.end - 1
  sums.end += newPlaces(part, sums)
  for (let at = sums.end - 1; entry >= part.start; at--) {
    const place = places[entry]
    const sumPlace = sum < sums.start ? -1 : sumPlaces[sum]
    const isAdded = place >= sumPlace
    const isKept = sumPlace >= place
    sumPlaces[at] = isAdded ? place : sumPlace
    sumCounts[at] = (isKept ? sumCounts[sum] : 0) + (isAdded ? counts[entry] : 0)
    if (weighted) sumWeights[at] = (isKept ? sumWeights[sum] : 0) + (isAdded ? weights[entry] : 0)
    if (isAdded) entry--
    if (isKept) sum--
  }
}

/** How many places of a part the sums do not have. */
function newPlaces({ places, start, end }: Entries, sums: Entries): number {
  let sum = sums.start
  let count = 0
  for (let entry = start; entry < end; entry++) {
    while (sum < sums.end && sums.places[sum] < places[entry]) sum++
    if (sum === sums.end || sums.places[sum] !== places[entry]) count++
  }
  return count
}

/** A typed array in memory that threads share. */
function shared<Numbers>(
  type: { new (buffer: SharedArrayBuffer): Numbers; BYTES_PER_ELEMENT: number },
  length: number,
): Numbers {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT))
}
