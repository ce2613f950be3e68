import type { LoadedBlock } from '../batch/block.js'
import type { CellBatch } from '../batch/cell-batch.js'
import { DelimitedScanner } from '../formats/delimited-scanner.js'
import { cellDecoder, type Dialect } from '../formats/dialect.js'
import { writeInterviewId } from '../formats/interview-id.js'
import type { ScanLayout } from '../formats/scanned-rows.js'
import type { Stage, StageContext } from '../pool/stage.js'
import { TypedCells } from './typed-cells.js'

export interface ParseOptions extends ScanLayout {
  encoding: Dialect['encoding']
  /** Which of the text fields, in file order, holds the interview id. */
  idField: number
  /** Stands in front of each id, in ASCII. */
  idPrefix?: string
  /**
   * The code fields, by their place among these, that are read of every record, where the others wait for
   * `keepChosen`; absent where all are read at once.
   */
  early?: number[]
}

/** Turns a block's bytes into cells: whole numbers, and the id of each respondent in its canonical form. */
export function parse(options: ParseOptions, { reuse }: StageContext): Stage<LoadedBlock, CellBatch> {
  const decoder = cellDecoder(options)
  const { decode } = decoder
  const scanner = new DelimitedScanner(options, decoder, reuse, options.early && new Set(options.early))
  const typedCells = new TypedCells(options.fields)
  const prefix = Buffer.from(options.idPrefix ?? '', 'latin1')
  const textFields = options.fields.filter((kind) => kind === 'text').length
  return {
    name: 'parse',
    apply({ block, bytes: source, end }) {
      const { columns } = block
      const cells = columns === undefined ? scanner.scan(source, 0, end, block.rows) : typedCells.read(block, columns)
      const { bytes } = cells
      if (cells.rows !== block.rows) {
        throw new Error(`block ${block.index}: ${block.rows} records were counted, ${cells.rows} read`)
      }
      const { rows, texts } = cells
      const offsets = new Uint32Array(rows + 1)
      let room = 0
      for (let row = 0; row < rows; row++) {
        const cell = (row * textFields + options.idField) * 2
        // A byte of windows-1252 takes up to three in UTF-8; a repeat's number up to eleven.
        room += (texts[cell + 1] - texts[cell]) * 3 + 35 + prefix.length
      }
      const ids = new Uint8Array(room)
      let position = 0
      for (let row = 0; row < rows; row++) {
        const cell = (row * textFields + options.idField) * 2
        ids.set(prefix, position)
        position += prefix.length
        position = writeInterviewId(ids, position, bytes, texts[cell], texts[cell + 1], decode)
        const repeat = block.idRepeats?.[row] ?? 0
        if (repeat > 0) position += Buffer.from(ids.buffer).write(`-${repeat}`, position, 'latin1')
        offsets[row + 1] = position
      }
      return { block, cells, ids: { bytes: ids, offsets } }
    },
  }
}
