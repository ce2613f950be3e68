import type { Block, TypedColumns } from '../batch/block.js'
import { ByteWriter } from '../formats/byte-writer.js'
import { parseNumberText } from '../formats/number-text.js'
import { emptyCode, type FieldKind, oddCode, type ScannedRows } from '../formats/scanned-rows.js'
import { extendedMissing } from '../formats/survey-columns.js'

/**
 * WVS's Stata files keep the missing codes -1 to -5 also as extended missing values .a to .e (don't know, no answer, not
 * applicable, not asked, missing; so labelled in the time series). The other letters are empty.
 */
const lettersWithCode = 5

/** Where a column's cells go among those of its kind. */
interface Target {
  /** Its place among the columns of the block. */
  column: number
  slot: number
}

/**
 * Turns blocks of typed columns into the cells that the scanner makes of delimited text, so that every later stage
 * is the same: whole numbers, `emptyCode` for a missing value, `oddCode` and its text for anything else.
 */
export class TypedCells {
  private readonly targets: Record<'code' | 'number' | 'text', Target[]> = { code: [], number: [], text: [] }
  private readonly writer = new ByteWriter(0)

  /** `fields`: one kind for each column of the file; blocks hold those that are not skipped, in this order. */
  constructor(fields: readonly FieldKind[]) {
    let column = 0
    for (const kind of fields) {
      if (kind === 'skip') continue
      this.targets[kind].push({ column: column++, slot: this.targets[kind].length })
    }
  }

  read({ rows }: Block, columns: TypedColumns): ScannedRows {
    const { code, number, text } = this.targets
    const cells = {
      rows,
      codes: new Int32Array(rows * code.length),
      numbers: new Float64Array(rows * number.length),
      texts: new Int32Array(rows * text.length * 2),
      // No lines, no bytes but the texts': a record's line is its number.
      starts: new Int32Array(0),
      oddCells: new Map<number, string>(),
      ragged: [],
    }
    for (const target of code) this.readCodes(cells, columns, target, code.length)
    for (const target of number) this.readNumbers(cells, columns, target, number.length)
    this.writer.clear()
    for (const target of text) this.readTexts(cells, columns, target, text.length)
    return { ...cells, bytes: this.writer.take() }
  }

  private readCodes(
    { rows, codes, oddCells }: Omit<ScannedRows, 'bytes'>,
    columns: TypedColumns,
    { column, slot }: Target,
    stride: number,
  ): void {
    const numbers = columns.numbers[column]
    for (let row = 0, cell = slot; row < rows; row++, cell += stride) {
      const number = numbers === undefined ? parseNumberText(textAt(columns, column, row), false) : numbers[row]
      const code = number | 0
      if (code === number && code > oddCode) {
        codes[cell] = code
        continue
      }
      const text = numbers === undefined ? textAt(columns, column, row) : String(number)
      if (numbers !== undefined && Number.isNaN(number)) {
        const letter = extendedMissing(numbers, row)
        codes[cell] = letter >= 1 && letter <= lettersWithCode ? -letter : emptyCode
      } else if (text === '') codes[cell] = emptyCode
      else {
        codes[cell] = oddCode
        oddCells.set(cell, text)
      }
    }
  }

  private readNumbers(
    { rows, numbers: cells, oddCells }: Omit<ScannedRows, 'bytes'>,
    columns: TypedColumns,
    { column, slot }: Target,
    stride: number,
  ): void {
    const numbers = columns.numbers[column]
    for (let row = 0, cell = slot; row < rows; row++, cell += stride) {
      if (numbers !== undefined) {
        cells[cell] = numbers[row]
        continue
      }
      const text = textAt(columns, column, row)
      cells[cell] = parseNumberText(text, false)
      if (Number.isNaN(cells[cell]) && text !== '') oddCells.set(-1 - cell, text)
    }
  }

  private readTexts(
    { rows, texts }: Omit<ScannedRows, 'bytes'>,
    columns: TypedColumns,
    { column, slot }: Target,
    stride: number,
  ): void {
    const { writer } = this
    const numbers = columns.numbers[column]
    for (let row = 0, cell = slot * 2; row < rows; row++, cell += stride * 2) {
      texts[cell] = writer.length
      if (numbers === undefined) {
        const bytes = bytesAt(columns, column, row)
        writer.reserve(bytes.length)
        writer.append(bytes)
      } else if (!Number.isNaN(numbers[row])) {
        const text = String(numbers[row])
        writer.reserve(text.length)
        writer.appendText(text)
      }
      texts[cell + 1] = writer.length
    }
  }
}

function bytesAt({ texts }: TypedColumns, column: number, row: number): Uint8Array {
  const cells = texts[column]
  if (cells === undefined) throw new Error(`column ${column} holds neither numbers nor texts`)
  return cells.bytes.subarray(cells.offsets[row], cells.offsets[row + 1])
}

function textAt(columns: TypedColumns, column: number, row: number): string {
  return Buffer.from(bytesAt(columns, column, row)).toString()
}
