import type { SelectionCounts } from '../batch/cell-batch.js'
import { leftOut, missingReasons, type RespondentBatch } from '../batch/respondent-batch.js'
import type { Stage } from '../pool/stage.js'
import { AnswerCounter, type CellSums, type CountedRows } from './answer-counter.js'
import { DemographicProfiler } from './demographic-profile.js'
import { type DeriveOptions, type UngroupedCode, ungroupedCodes } from './derive.js'
import { columnReader, type GroupOptions, type GroupsReader } from './group.js'

export interface TabulateOptions {
  questions: number
  answerCodes: number
  groups: GroupOptions[]
  /** Also tells the splits apart: the last dimension of the cells. */
  bySplit: boolean
  /** Also adds up the weights. */
  weighted: boolean
  /** Also tells how many respondents are alike in all their demographics. */
  profiles: boolean
  derive?: DeriveOptions
}

/** A block's answers, counted by cell. The slots of a question are its answer codes, then the reasons why there is none. */
export interface BlockTable extends CellSums {
  index: number
  /** cells x dimensions: the group of each. */
  cells: Int32Array
  /** Respondents of each cell. */
  respondents: Uint32Array
  /** For each respondent, a hash of all its demographics; empty where they are not asked for. */
  profiles: Float64Array
  selection?: SelectionCounts
  ungrouped: UngroupedCode[]
}

/** Slots of a question in the tables. */
export function slotsOf({ answerCodes }: Pick<TabulateOptions, 'answerCodes'>): number {
  return answerCodes + missingReasons.length
}

/** Ends a chain with counts of answers by cell, as typed arrays: nothing of a single respondent is left. */
export function tabulate(options: TabulateOptions): Stage<RespondentBatch, BlockTable> {
  const { groups, bySplit, weighted, profiles, questions, answerCodes, derive } = options
  const counter = new AnswerCounter(questions, answerCodes, slotsOf(options))
  const profiler = new DemographicProfiler()
  const readers = groups.map(columnReader)
  return {
    name: 'tabulate',
    apply(batch) {
      const { answers, weights, splits, source, block } = batch
      const codes = source.codes ?? []
      const { cellOf, cells } = internCells(dimensionsOf(readers, codes, batch, bySplit), splits)
      const count = cells.length === 0 ? 0 : cells.length / (groups.length + (bySplit ? 1 : 0) || 1)
      const respondents = countRows(cellOf, count)
      const counted = rowsByCell(cellOf, respondents)
      return {
        index: block.index,
        cells,
        respondents,
        ...counter.count(answers, {
          ...counted,
          ...(weighted ? { weights: weightsOf(counted.rows, weights) } : {}),
        }),
        profiles: profiles ? profiler.profile(batch) : new Float64Array(0),
        ...(source.selection === undefined ? {} : { selection: source.selection }),
        ungrouped: derive === undefined ? [] : ungroupedCodes(derive, codes, (row) => splits[row] !== leftOut),
      }
    },
  }
}

/** The groups of each row, dimension by dimension; where there is none, all rows are in one. */
function dimensionsOf(
  readers: GroupsReader[],
  codes: Int32Array[],
  { rows, splits }: RespondentBatch,
  bySplit: boolean,
): Int32Array[] {
  const dimensions = readers.map((read) => read(codes, rows))
  if (bySplit) dimensions.push(Int32Array.from(splits))
  return dimensions.length === 0 ? [new Int32Array(rows)] : dimensions
}

/** Numbers the combinations of groups that occur, in order of appearance; rows that are left out have cell -1. */
function internCells(dimensions: Int32Array[], splits: Uint8Array): { cellOf: Int32Array; cells: Int32Array } {
  const cellOf = Int32Array.from(splits, (split) => (split === leftOut ? -1 : 0))
  let members: number[][] = [[]]
  for (const dimension of dimensions) {
    // One dimension at a time: a cell so far and a group make a cell.
    const { numbers, groups } = numberGroups(dimension, cellOf)
    const pairs = numberPairs(cellOf, numbers, members.length, groups.length)
    const cellsSoFar = members
    members = Array.from(pairs, (pair) => [
      ...cellsSoFar[Math.floor(pair / groups.length)],
      groups[pair % groups.length],
    ])
  }
  return { cellOf, cells: Int32Array.from(members.flat()) }
}

/**
 * Numbers the pairs of a cell and a group's number that occur, in order of appearance: that of a row becomes its cell. Gives
 * them in this order, each as cell x groups + number.
 */
function numberPairs(cellOf: Int32Array, numbers: Int32Array, cells: number, groups: number): Int32Array {
  const known = new Int32Array(cells * groups).fill(-1)
  const pairs = new Int32Array(Math.min(known.length, cellOf.length))
  let count = 0
  for (let row = 0; row < cellOf.length; row++) {
    if (cellOf[row] < 0) continue
    const pair = cellOf[row] * groups + numbers[row]
    if (known[pair] === -1) {
      pairs[count] = pair
      known[pair] = count++
    }
    cellOf[row] = known[pair]
  }
  return pairs.subarray(0, count)
}

/** Numbers the groups of the rows that are in a cell, in order of appearance. */
function numberGroups(dimension: Int32Array, cellOf: Int32Array): { numbers: Int32Array; groups: number[] } {
  const numbers = new Int32Array(dimension.length)
  const groups: number[] = []
  const known = new Map<number, number>()
  let last = -1
  for (let row = 0; row < dimension.length; row++) {
    if (cellOf[row] < 0) continue
    const group = dimension[row]
    if (last < 0 || groups[last] !== group) {
      last = known.get(group) ?? groups.push(group) - 1
      known.set(group, last)
    }
    numbers[row] = last
  }
  return { numbers, groups }
}

/** How many rows are in each cell. */
function countRows(cellOf: Int32Array, cells: number): Uint32Array {
  const counts = new Uint32Array(cells)
  for (let row = 0; row < cellOf.length; row++) if (cellOf[row] >= 0) counts[cellOf[row]]++
  return counts
}

/** Puts the rows that are in a cell in the order of their cells. */
function rowsByCell(cellOf: Int32Array, respondents: Uint32Array): Pick<CountedRows, 'rows' | 'starts'> {
  const starts = new Int32Array(respondents.length + 1)
  for (let cell = 0; cell < respondents.length; cell++) starts[cell + 1] = starts[cell] + respondents[cell]
  const next = starts.slice()
  const rows = new Int32Array(starts[respondents.length])
  for (let row = 0; row < cellOf.length; row++) if (cellOf[row] >= 0) rows[next[cellOf[row]]++] = row
  return { rows, starts }
}

/** A respondent without a weight counts as nothing in the sums of weights. */
function weightsOf(rows: Int32Array, weights: Float64Array): Float64Array {
  const positive = new Float64Array(rows.length)
  for (let at = 0; at < rows.length; at++) if (weights[rows[at]] > 0) positive[at] = weights[rows[at]]
  return positive
}
