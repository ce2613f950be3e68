import type { ScannedRows } from '../formats/delimited-scanner.js'
import type { Block } from './block.js'

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
}
