import type { TextColumn } from '../formats/text-column.js'
import type { SelectionCounts } from './cell-batch.js'

/**
 * A run of whole records of one survey file: what the pool works on at a time. It names a stretch of the
 * file, so that a worker reads its bytes itself and none of them cross a thread border; `bytes` holds
 * them where the file can only be read from its start (a compressed one), `columns` where it is a table of typed
 * columns (SPSS, Stata).
 */
export interface Block {
  /** Number of the block in the run, from 0: results are put in this order. */
  index: number
  offset: number
  length: number
  /** With room for two bytes more behind its `length`. */
  bytes?: Uint8Array
  columns?: TypedColumns
  /** Where its respondents were chosen before it is read: `bytes` are those of the chosen records alone, if they are here. */
  chosen?: ChosenRecords
  /** Records in the block. */
  rows: number
  /** Number of the first record in the file, from 0, and its line, from 1. */
  firstRow: number
  firstLine: number
  /** For each record, 1, 2, ... where its id is one of several in the file, else 0; absent where all are 0. */
  idRepeats?: Uint32Array
  /** For each record, 1 where the plan leaves its respondent out; absent where it leaves out none. */
  excluded?: Uint8Array
  /** For each record, 1 where the sample leaves its respondent out; absent where there is none. */
  unsampled?: Uint8Array
  /** For each record, its split, where that can not be told from the record alone. */
  splits?: Uint8Array
}

/** The records of a block whose respondents a run is about, in their order. */
export interface ChosenRecords {
  selection: SelectionCounts
  /** For each, its place among the block's records, its first line, where in the file it starts, and how many bytes it has. */
  places: Int32Array
  lines: Int32Array
  offsets: Float64Array
  lengths: Int32Array
}

/** Columns of a block, one for each field that is read, in file order; all of one kind or the other. */
export interface TypedColumns {
  /** Undefined where the column is text; else `rows` numbers, NaN where missing (see `extendedMissing`). */
  numbers: readonly (Float64Array | undefined)[]
  texts: readonly (TextColumn | undefined)[]
}

/** A block with its bytes: `bytes[end]` is a line feed that belongs to no record (the scanner stops at it). */
export interface LoadedBlock {
  block: Block
  bytes: Uint8Array
  end: number
}

/** The buffers of a block that can move to another thread with it. */
export function contentBuffers({ bytes, columns }: Block): ArrayBuffer[] {
  const buffers = new Set<ArrayBufferLike>()
  if (bytes !== undefined) buffers.add(bytes.buffer)
  for (const numbers of columns?.numbers ?? []) if (numbers !== undefined) buffers.add(numbers.buffer)
  for (const texts of columns?.texts ?? []) {
    if (texts !== undefined) buffers.add(texts.bytes.buffer).add(texts.offsets.buffer)
  }
  return [...buffers].filter((buffer) => buffer instanceof ArrayBuffer)
}
