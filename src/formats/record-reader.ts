import type { CellDecoder } from './dialect.js'
import { parseNumberText } from './number-text.js'
import { emptyCode, fieldKinds, laterKind, oddCode, type RaggedRow, type ScannedRows } from './scanned-rows.js'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const quote = 0x22
const minus = 0x2d
const zero = 0x30

export interface RecordLayout {
  /** As a byte. */
  delimiter: number
  decimalComma: boolean
  /** One for each field of a record, in file order: one of `fieldKinds`, or `laterKind`. */
  kinds: number[]
  /** Fields of each kind, with those that are read later. */
  codeFields: number
  numberFields: number
  textFields: number
}

/**
 * Reads one record at a time, or one cell, whatever it is: quoted, decimal, with spaces, text; too few cells, or too many. The
 * dialect is RFC 4180's with a quote that counts only at the start of a cell.
 */
export class RecordReader {
  /** Of the last record, where its field count is not the layout's. */
  ragged: Omit<RaggedRow, 'row'> | undefined
  /** Whether one of the cells that were read of the text has more than one line. */
  hasQuotedLines = false
  private cells: Omit<ScannedRows, 'rows' | 'ragged'> = {
    codes: new Int32Array(0),
    numbers: new Float64Array(0),
    texts: new Int32Array(0),
    starts: new Int32Array(0),
    oddCells: new Map(),
    bytes: new Uint8Array(0),
  }
  private end = 0
  /** Where the next cell of each kind goes. */
  private codeAt = 0
  private numberAt = 0
  private textAt = 0
  /** Set by `readOtherCell`: what it read, beside the position that it returns. */
  private cellNumber = 0
  private cellStart = 0
  private cellEnd = 0
  private unclosed = false

  constructor(
    private readonly layout: RecordLayout,
    private readonly decoder: CellDecoder,
  ) {}

  /** Takes up a text and the arrays that its cells go to. A line feed stands at `end`: it stops every inner loop. */
  open(cells: Omit<ScannedRows, 'rows' | 'ragged'>, end: number): void {
    this.cells = cells
    this.end = end
    this.hasQuotedLines = false
  }

  /** Reads the record at `start` into a row; gives the position after it. */
  read(start: number, row: number): number {
    const { kinds, codeFields, numberFields, textFields, delimiter } = this.layout
    const { bytes } = this.cells
    this.codeAt = row * codeFields
    this.numberAt = row * numberFields
    this.textAt = row * textFields * 2
    this.ragged = undefined
    this.unclosed = false
    let position = start
    const last = kinds.length - 1
    for (let field = 0; field < last; field++) {
      position = this.readField(position, kinds[field])
      if (bytes[position] !== delimiter) return this.endShortRecord(position, row, field + 1)
      position++
    }
    position = this.readField(position, kinds[last])
    if (bytes[position] === delimiter) return this.endLongRecord(position + 1, last + 1)
    if (this.unclosed) return this.endShortRecord(position, row, last + 1)
    return position + 1
  }

  /** Reads single cells that `PlainRecords` has listed. */
  readOddCells(listed: Int32Array): void {
    this.unclosed = false
    for (let at = 0; at < listed.length; at += 3) {
      const kind = listed[at]
      if (kind === fieldKinds.code) this.codeAt = listed[at + 1]
      else this.numberAt = listed[at + 1]
      this.readField(listed[at + 2], kind)
    }
  }

  /** Reads one field of any kind; gives the position of its end. */
  private readField(start: number, kind: number): number {
    if (kind === fieldKinds.code) {
      const position = this.readCode(start)
      this.codeAt++
      return position
    }
    if (kind === laterKind) this.codeAt++
    if (kind === fieldKinds.skip || kind === laterKind) return this.endOfCell(this.closeQuote(start))
    const position = this.readOtherCell(start)
    const { numbers, texts, oddCells } = this.cells
    if (kind === fieldKinds.number) {
      if (Number.isNaN(this.cellNumber) && this.cellEnd > this.cellStart) {
        oddCells.set(-1 - this.numberAt, this.textOfCell(start))
      }
      numbers[this.numberAt++] = this.cellNumber
    } else {
      texts[this.textAt++] = this.cellStart
      texts[this.textAt++] = this.cellEnd
    }
    return position
  }

  /** Reads the cell of a code field that starts at `start`, into `codes[codeAt]`; gives the position of its end. */
  private readCode(start: number): number {
    const { codeAt } = this
    const { delimiter } = this.layout
    const { bytes, codes, oddCells } = this.cells
    let position = start
    let byte = bytes[position]
    const negative = byte === minus
    if (negative) byte = bytes[++position]
    const digits = position
    let digit = byte - zero
    let value = 0
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      byte = bytes[++position]
      digit = byte - zero
    }
    const length = position - digits
    if (byte === delimiter || byte === lineFeed) {
      if (length > 0 && length < 10) {
        codes[codeAt] = negative ? -value : value
        return position
      }
      if (position === start) {
        codes[codeAt] = emptyCode
        return position
      }
    }
    position = this.readOtherCell(start)
    const number = this.cellNumber
    if (this.cellStart === this.cellEnd) codes[codeAt] = emptyCode
    else if (Number.isInteger(number) && number > oddCode && number <= 0x7fffffff) codes[codeAt] = number
    else {
      codes[codeAt] = oddCode
      oddCells.set(codeAt, this.textOfCell(start))
    }
    return position
  }

  /** Ends a record after `fields` fields, too few; gives the position after it. */
  private endShortRecord(lineEnd: number, row: number, fields: number): number {
    const { codeFields, numberFields, textFields } = this.layout
    const { codes, numbers, texts } = this.cells
    // The cells that the record lacks stay empty.
    codes.fill(emptyCode, this.codeAt, (row + 1) * codeFields)
    numbers.fill(Number.NaN, this.numberAt, (row + 1) * numberFields)
    texts.fill(0, this.textAt, (row + 1) * textFields * 2)
    this.ragged = { fields, unclosed: this.unclosed }
    return lineEnd + 1
  }

  /** Passes over the fields that a record has beyond the layout's; gives the position after it. */
  private endLongRecord(start: number, fields: number): number {
    const { bytes } = this.cells
    let position = start
    let found = fields
    for (;;) {
      found++
      position = this.endOfCell(this.closeQuote(position))
      if (bytes[position++] === lineFeed) break
    }
    this.ragged = { fields: found, unclosed: this.unclosed }
    return position
  }

  private endOfCell(start: number): number {
    const { bytes } = this.cells
    const { delimiter } = this.layout
    let position = start
    while (bytes[position] !== delimiter && bytes[position] !== lineFeed) position++
    return position
  }

  /**
   * Position after the quoted content of the cell at `start`, which is `start` where there is none; `end` where the quote is
   * never closed.
   */
  private closeQuote(start: number): number {
    const { bytes } = this.cells
    if (bytes[start] !== quote) return start
    let position = start + 1
    for (;;) {
      while (bytes[position] !== quote) {
        if (position >= this.end) {
          this.unclosed = true
          return this.end
        }
        if (bytes[position] === lineFeed) this.hasQuotedLines = true
        position++
      }
      if (bytes[position + 1] !== quote) return position + 1
      position += 2
    }
  }

  /** Reads any cell that is no run of bare digits. Gives the position after it. */
  private readOtherCell(start: number): number {
    const { bytes } = this.cells
    const close = this.closeQuote(start)
    const position = this.endOfCell(close)
    let to = position
    if (bytes[position] === lineFeed && to > start && bytes[to - 1] === carriageReturn) to--
    // Text after the closing quote is no part of a cell in any dialect: such a cell is kept as it stands, quotes and all.
    const quoted = bytes[start] === quote && close === to && !this.unclosed
    this.cellStart = quoted ? start + 1 : start
    this.cellEnd = quoted ? to - 1 : to
    const text = this.cellEnd > this.cellStart ? this.textOfCell(start) : ''
    this.cellNumber = parseNumberText(text, this.layout.decimalComma)
    return position
  }

  /** Text of the cell last read, which starts at `start`. */
  private textOfCell(start: number): string {
    const text = this.decoder.decode(this.cells.bytes.subarray(this.cellStart, this.cellEnd))
    return this.cellStart > start ? text.replaceAll('""', '"') : text
  }
}
