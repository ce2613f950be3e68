import type { MissingKind } from '../definitions/schema.js'
import type { TextColumn } from '../formats/text-column.js'
import type { Block } from './block.js'
import type { CellBatch } from './cell-batch.js'
import type { RejectLog } from './reject-log.js'

/** Names of the splits; a respondent's split is an index into them. */
export const splitNames = ['train', 'valid', 'test'] as const
export type SplitName = (typeof splitNames)[number]

/** In place of a split: the respondent is left out. */
export const leftOut = 255

/** No value, in a demographic column. */
export const nullValue = -0x80000000

/** Answers are indices into the answer codes, below this; from it on, reasons why there is no answer. */
export const firstMissingReason = 240

/** Why a cell is no answer: kinds of missing code, then what the file or the definition has. */
export const missingReasons = [
  'dont-know',
  'no-answer',
  'not-applicable',
  'not-asked',
  'missing',
  'empty',
  'recoded',
  'out-of-range',
  'not-a-code',
] as const satisfies readonly (MissingKind | string)[]
export type MissingReason = (typeof missingReasons)[number]

/** Reasons have this many places in a table of counts. */
export const missingReasonStride = 16

/** The byte that stands for a reason in `answers`. */
export function reasonByte(reason: MissingReason): number {
  return firstMissingReason + missingReasons.indexOf(reason)
}

/**
 * One demographic of a block. With `labels`, values are indices into them; without, they are the
 * numbers themselves. `nullValue` is null in both.
 */
export interface DemographicColumn {
  values: Int32Array
  labels?: string[]
}

/** A block of respondents, decoded: who they are, and one byte for each question of each. */
export interface RespondentBatch {
  block: Block
  /** What it was decoded from, for stages that need the cells as they stand in the file. */
  source: CellBatch
  rows: number
  ids: TextColumn
  /** NaN where missing. */
  weights: Float64Array
  demographics: DemographicColumn[]
  /** rows x questions, row by row: index of the answer's code, or the byte of a missing reason. */
  answers: Uint8Array
  /** For each respondent, the index of its split, or `leftOut`. */
  splits: Uint8Array
  report: BlockReport
}

/** What a block held, for the manifest. */
export interface BlockReport {
  /** questions x `missingReasonStride`: how often each missing reason stands in `answers`. */
  missingCounts: Uint32Array
  rejects: RejectLog
}
