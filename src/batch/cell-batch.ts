import type { ScannedRows } from '../formats/scanned-rows.js'
import type { Block } from './block.js'
import type { DemographicColumn } from './respondent-batch.js'

/** The cells of a block as they stand in the file: whole numbers, odd texts, weights; nothing decoded yet. */
export interface CellBatch {
  block: Block
  cells: ScannedRows
  /** Columns of codes that later stages look at, `nullValue` where missing; absent where none are asked for. */
  codes?: Int32Array[]
  /** Derived demographics that are written beside those of the file. */
  derived?: DemographicColumn[]
  /** What the selection made of the block's respondents; absent where the run is about all of them. */
  selection?: SelectionCounts
  /** For each row, its place among the block's records; absent where all of them are here. */
  places?: Int32Array
}

/** A batch whose respondents are chosen, but all of them still here. */
export interface SelectedBatch extends CellBatch {
  selection: SelectionCounts
  /** The rows that stay, in their order. */
  chosen: Int32Array
}

/** Number of a row in the file, from 0. */
export function rowInFile({ block, places }: CellBatch, row: number): number {
  return block.firstRow + (places === undefined ? row : places[row])
}

export interface SelectionCounts {
  /** Respondents that there were to choose from. */
  candidates: number
  /** How many of them were left by each of the conditions in turn. */
  passed: number[]
  /** How many of those are outside of the sample. */
  sampledOut: number
}
