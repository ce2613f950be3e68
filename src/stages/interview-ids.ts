import type { Block } from '../batch/block.js'
import { type CellDecoder, cellDecoder, type Dialect } from '../formats/dialect.js'
import { writeInterviewId } from '../formats/interview-id.js'
import type { ScannedRows } from '../formats/scanned-rows.js'
import type { TextColumn } from '../formats/text-column.js'

export interface IdOptions {
  encoding: Dialect['encoding']
  /** Text fields in a record. */
  textFields: number
  /** Which of the text fields, in file order, holds the interview id. */
  idField: number
  /** Stands in front of each id, in ASCII. */
  idPrefix?: string
}

/** Gives the interview ids of respondents in their canonical form; one that repeats in the file with its number behind it. */
export class InterviewIds {
  private readonly prefix: Uint8Array
  private readonly decoder: CellDecoder
  private scratch = new Uint8Array(256)

  constructor(private readonly options: IdOptions) {
    this.prefix = Buffer.from(options.idPrefix ?? '', 'latin1')
    this.decoder = cellDecoder(options)
  }

  /** Those of all rows. */
  read(cells: ScannedRows, block: Block): TextColumn {
    const { rows, texts } = cells
    const { idRepeats } = block
    const offsets = new Uint32Array(rows + 1)
    let room = 0
    for (let row = 0; row < rows; row++) room += this.mostBytes(texts, row)
    const bytes = new Uint8Array(room)
    for (let row = 0; row < rows; row++) {
      offsets[row + 1] = this.write(bytes, offsets[row], cells, row, idRepeats === undefined ? 0 : idRepeats[row])
    }
    return { bytes, offsets }
  }

  /** That of one row, good until the next is asked for. */
  at(cells: ScannedRows, block: Block, row: number): Uint8Array {
    const room = this.mostBytes(cells.texts, row)
    if (room > this.scratch.length) this.scratch = new Uint8Array(room)
    return this.scratch.subarray(0, this.write(this.scratch, 0, cells, row, block.idRepeats?.[row] ?? 0))
  }

  /** A byte of windows-1252 takes up to three in UTF-8; a repeat's number up to eleven. */
  private mostBytes(texts: Int32Array, row: number): number {
    const cell = this.cellOf(row)
    return (texts[cell + 1] - texts[cell]) * 3 + 35 + this.prefix.length
  }

  private cellOf(row: number): number {
    return (row * this.options.textFields + this.options.idField) * 2
  }

  /** `repeat`: its number among those with the same id, 0 for one that does not repeat. Gives the position after it. */
  private write(target: Uint8Array, start: number, cells: ScannedRows, row: number, repeat: number): number {
    const { prefix, decoder } = this
    const { bytes, texts } = cells
    const cell = this.cellOf(row)
    for (let at = 0; at < prefix.length; at++) target[start + at] = prefix[at]
    const end = writeInterviewId(target, start + prefix.length, bytes, texts[cell], texts[cell + 1], decoder.decode)
    return repeat === 0 ? end : end + Buffer.from(target.buffer).write(`-${repeat}`, end, 'latin1')
  }
}
