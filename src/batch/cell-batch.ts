import type { ScannedRows } from '../formats/scanned-rows.js'
import type { Block } from './block.js'
import type { DemographicColumn } from './respondent-batch.js'

/** Bytes of one text a row: row r's are `bytes` from `offsets[r]` to `offsets[r + 1]`, UTF-8. */
export interface TextColumn {
  bytes: Uint8Array
  offsets: Uint32Array
}

/** The cells of a block as they stand in the file: whole numbers, odd texts, weights; nothing decoded yet. */
export interface CellBatch {
  block: Block
  cells: ScannedRows
  ids: TextColumn
  /** Columns of codes that later stages look at, `nullValue` where missing; absent where none are asked for. */
  codes?: Int32Array[]
  /** Derived demographics that are written beside those of the file. */
  derived?: DemographicColumn[]
  /** Which respondents the run is about; absent where it is about all of them. */
  selection?: Selection
}

/** What the selection made of a block's respondents. */
export interface Selection {
  /** For each row, 1 where its respondent is left out. */
  leftOut: Uint8Array
  counts: SelectionCounts
}

export interface SelectionCounts {
  /** Respondents that there were to choose from. */
  candidates: number
  /** How many of them were left by each of the conditions in turn. */
  passed: number[]
  /** How many of those are outside of the sample. */
  sampledOut: number
}
