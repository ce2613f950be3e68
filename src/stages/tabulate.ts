import type { SelectionCounts } from '../batch/cell-batch.js'
import { firstMissingReason, leftOut, missingReasonStride, type RespondentBatch } from '../batch/respondent-batch.js'
import type { Stage } from '../pool/stage.js'
import { DemographicProfiler } from './demographic-profile.js'
import { type DeriveOptions, type UngroupedCode, ungroupedCodes } from './derive.js'
import { type GroupOptions, readGroups } from './group.js'

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
export interface BlockTable {
  index: number
  /** cells x dimensions: the group of each. */
  cells: Int32Array
  /** Respondents of each cell. */
  respondents: Uint32Array
  /** cells x questions x slots. */
  counts: Uint32Array
  /** The same for the sum of weights; empty where they are not asked for. */
  weights: Float64Array
  /** cells x questions: sum of the squared weights of those who answered. */
  squaredWeights: Float64Array
  /** For each respondent, a hash of all its demographics; empty where they are not asked for. */
  profiles: Float64Array
  selection?: SelectionCounts
  ungrouped: UngroupedCode[]
}

/** Slots of a question in the tables. */
export function slotsOf({ answerCodes }: Pick<TabulateOptions, 'answerCodes'>): number {
  return answerCodes + missingReasonStride
}

/** Ends a chain with counts of answers by cell, as typed arrays: nothing of a single respondent is left. */
export function tabulate(options: TabulateOptions): Stage<RespondentBatch, BlockTable> {
  const { groups, bySplit, weighted, profiles, questions, answerCodes, derive } = options
  const slots = slotsOf(options)
  const slotOf = new Uint8Array(256)
  for (let code = 0; code < answerCodes; code++) slotOf[code] = code
  for (let reason = 0; reason < missingReasonStride; reason++)
    slotOf[firstMissingReason + reason] = answerCodes + reason
  const profiler = new DemographicProfiler()
  return {
    name: 'tabulate',
    apply(batch) {
      const { rows, splits, source, block } = batch
      const codes = source.codes ?? []
      const { cellOf, cells } = internCells(dimensionsOf(groups, codes, batch, bySplit), splits)
      const count = cells.length === 0 ? 0 : cells.length / (groups.length + (bySplit ? 1 : 0) || 1)
      const table: BlockTable = {
        index: block.index,
        cells,
        respondents: new Uint32Array(count),
        counts: new Uint32Array(count * questions * slots),
        weights: new Float64Array(weighted ? count * questions * slots : 0),
        squaredWeights: new Float64Array(weighted ? count * questions : 0),
        profiles: profiles ? profiler.profile(batch) : new Float64Array(0),
        ...(source.selection === undefined ? {} : { selection: source.selection.counts }),
        ungrouped: derive === undefined ? [] : ungroupedCodes(derive, codes, (row) => splits[row] !== leftOut),
      }
      for (let row = 0; row < rows; row++) if (cellOf[row] >= 0) table.respondents[cellOf[row]]++
      countAnswers(batch, cellOf, table, slotOf, options, slots)
      return table
    },
  }
}

/** The groups of each row, dimension by dimension; where there is none, all rows are in one. */
function dimensionsOf(
  groups: GroupOptions[],
  codes: Int32Array[],
  { rows, splits }: RespondentBatch,
  bySplit: boolean,
): Int32Array[] {
  const found = readGroups(groups, codes, rows)
  const dimensions = groups.map((_, index) =>
    Int32Array.from({ length: rows }, (_, row) => found[row * groups.length + index]),
  )
  if (bySplit) dimensions.push(Int32Array.from(splits))
  return dimensions.length === 0 ? [new Int32Array(rows)] : dimensions
}

/** Numbers the combinations of groups that occur, in order of appearance; rows that are left out have cell -1. */
function internCells(dimensions: Int32Array[], splits: Uint8Array): { cellOf: Int32Array; cells: Int32Array } {
  const rows = splits.length
  const cellOf = new Int32Array(rows).fill(0)
  let members: number[][] = [[]]
  for (const dimension of dimensions) {
    // One dimension at a time: a number below 2^26 for the combination so far, one for the group.
    const groups = new Map<number, number>()
    const known = new Map<number, number>()
    const next: number[][] = []
    for (let row = 0; row < rows; row++) {
      if (splits[row] === leftOut) continue
      const group = dimension[row]
      let dense = groups.get(group)
      if (dense === undefined) {
        dense = groups.size
        groups.set(group, dense)
      }
      const key = cellOf[row] * 0x400_0000 + dense
      let cell = known.get(key)
      if (cell === undefined) {
        cell = next.push([...members[cellOf[row]], group]) - 1
        known.set(key, cell)
      }
      cellOf[row] = cell
    }
    members = next
  }
  for (let row = 0; row < rows; row++) if (splits[row] === leftOut) cellOf[row] = -1
  return { cellOf, cells: Int32Array.from(members.flat()) }
}

/**
 * The hot loop: one addition for each respondent and question. It goes question by question, into tables of that question
 * alone, so that what is added to stays in the processor's first cache. A respondent without a weight counts as
 * nothing in the sums of weights.
 */
function countAnswers(
  { answers, weights }: RespondentBatch,
  cellOf: Int32Array,
  table: BlockTable,
  slotOf: Uint8Array,
  { questions, answerCodes, weighted }: TabulateOptions,
  slots: number,
): void {
  const cells = table.respondents.length
  const counts = new Int32Array(cells * slots)
  const sums = new Float64Array(cells * slots)
  const squares = new Float64Array(cells)
  const rows = Int32Array.from(cellOf.keys()).filter((row) => cellOf[row] >= 0)
  const counting = Float64Array.from(rows, (row) => (weights[row] > 0 ? weights[row] : 0))
  for (let question = 0; question < questions; question++) {
    counts.fill(0)
    if (weighted) {
      sums.fill(0)
      squares.fill(0)
      addWeighted(
        answers,
        question,
        questions,
        rows,
        cellOf,
        counting,
        slotOf,
        slots,
        answerCodes,
        counts,
        sums,
        squares,
      )
    } else addPlain(answers, question, questions, rows, cellOf, slotOf, slots, counts)
    for (let cell = 0; cell < cells; cell++) {
      const to = (cell * questions + question) * slots
      const from = cell * slots
      for (let slot = 0; slot < slots; slot++) table.counts[to + slot] = counts[from + slot]
      if (!weighted) continue
      for (let slot = 0; slot < slots; slot++) table.weights[to + slot] = sums[from + slot]
      table.squaredWeights[cell * questions + question] = squares[cell]
    }
  }
}

function addPlain(
  answers: Uint8Array,
  question: number,
  questions: number,
  rows: Int32Array,
  cellOf: Int32Array,
  slotOf: Uint8Array,
  slots: number,
  counts: Int32Array,
): void {
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]
    counts[cellOf[row] * slots + slotOf[answers[row * questions + question]]]++
  }
}

function addWeighted(
  answers: Uint8Array,
  question: number,
  questions: number,
  rows: Int32Array,
  cellOf: Int32Array,
  weights: Float64Array,
  slotOf: Uint8Array,
  slots: number,
  answerCodes: number,
  counts: Int32Array,
  sums: Float64Array,
  squares: Float64Array,
): void {
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]
    const cell = cellOf[row]
    const slot = slotOf[answers[row * questions + question]]
    const place = cell * slots + slot
    const weight = weights[index]
    counts[place]++
    sums[place] += weight
    if (slot < answerCodes) squares[cell] += weight * weight
  }
}
