import type { LoadedBlock } from '../batch/block.js'
import type { CellBatch } from '../batch/cell-batch.js'
import { DelimitedScanner } from '../formats/delimited-scanner.js'
import { cellDecoder, type Dialect } from '../formats/dialect.js'
import type { ScanLayout } from '../formats/scanned-rows.js'
import type { Stage, StageContext } from '../pool/stage.js'
import { TypedCells } from './typed-cells.js'

export interface ParseOptions extends ScanLayout {
  encoding: Dialect['encoding']
  /**
   * The code fields, by their place among these, that are read of every record, where the others wait for
   * `keepChosen`; absent where all are read at once.
   */
  early?: number[]
}

/** Turns a block's bytes into cells: whole numbers, and the texts of those that are none. */
export function parse(options: ParseOptions, context: StageContext): Stage<LoadedBlock, CellBatch> {
  const { early } = options
  const scanner = new DelimitedScanner(options, cellDecoder(options), context, early && new Set(early))
  // Of records that were chosen before, nothing waits.
  const wholeScanner = early === undefined ? scanner : new DelimitedScanner(options, cellDecoder(options), context)
  const typedCells = new TypedCells(options.fields)
  return {
    name: 'parse',
    apply({ block, bytes, end }) {
      const { columns, chosen } = block
      const rows = chosen?.places.length ?? block.rows
      const own = chosen === undefined ? scanner : wholeScanner
      const cells = columns === undefined ? own.scan(bytes, 0, end, rows) : typedCells.read(block, columns)
      if (cells.rows !== rows || (columns === undefined && own.next < end)) {
        throw new Error(`block ${block.index}: ${rows} records were counted, ${cells.rows} read`)
      }
      return { block, cells }
    },
  }
}
