import type { CellDecoder } from './dialect.js'
import { FieldSkipper } from './field-skipper.js'
import { parseNumberText } from './number-text.js'

/** What the scanner makes of a field. */
export const fieldKinds = { skip: 0, code: 1, number: 2, text: 3 } as const
export type FieldKind = keyof typeof fieldKinds

/** A code field that is passed over for now: its cells keep their place. */
const laterKind = 4

/** A code cell that is empty. */
export const emptyCode = -0x80000000
/** A code cell that holds no whole number: its text is in `ScannedRows.oddCells`. */
export const oddCode = -0x7fffffff

export interface ScanLayout {
  delimiter: string
  decimalComma: boolean
  /** One for each field of a record, in file order. */
  fields: FieldKind[]
}

/** A record whose field count is not the header's. */
export interface RaggedRow {
  row: number
  fields: number
  /** The record ends inside a quoted cell: the file is cut off, or a quote is missing. */
  unclosed: boolean
}

/** The cells of a block of records: one row for each, in file order. Fields of one kind stand in file order. */
export interface ScannedRows {
  rows: number
  /** rows x code fields, row by row: the whole number, `emptyCode` or `oddCode`. */
  codes: Int32Array
  /** rows x number fields, row by row; NaN where empty or no number. */
  numbers: Float64Array
  /** rows x text fields x 2, row by row: start and end of each cell's content in `bytes`. */
  texts: Int32Array
  /** Where each record starts in `bytes`. */
  starts: Int32Array
  /**
   * Text of the code cells that hold no whole number, by their index in `codes`; and of the number cells
   * that hold text, by -1 less their index in `numbers`.
   */
  oddCells: Map<number, string>
  ragged: RaggedRow[]
  bytes: Uint8Array
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
const quote = 0x22
const minus = 0x2d
const zero = 0x30
/** Fewer fields than this are passed over byte by byte: a call costs more. */
const fewFields = 5

/**
 * Reads blocks of delimited records: keeps only the fields that the layout asks for, turns digits into
 * whole numbers without making strings, and counts the fields of each record. The dialect is RFC 4180's
 * with a quote that counts only at the start of a cell; the oracle of its tests is csv-parse.
 *
 * With `reuse`, the arrays of one result are those of the next: for a chain that is done with one block
 * before it takes another.
 */
export class DelimitedScanner {
  private readonly delimiter: number
  private readonly decimalComma: boolean
  /** All fields but the last, as runs of fields of one kind; each field of a run is followed by a delimiter. */
  private readonly runKinds: Uint8Array
  private readonly runLengths: Int32Array
  /** Of a run that is passed over, how many of its fields are code fields that are read later. */
  private readonly runLater: Int32Array
  private readonly lastKind: number
  private readonly skipper: FieldSkipper
  private readonly codeFields: number
  private readonly numberFields: number
  private readonly textFields: number
  private readonly decoder: CellDecoder
  private codes: Int32Array = new Int32Array(0)
  private numbers: Float64Array = new Float64Array(0)
  private texts: Int32Array = new Int32Array(0)
  private starts = new Int32Array(0)
  private oddCells = new Map<number, string>()
  /** Where the next cell of each kind goes. */
  private codeAt = 0
  private numberAt = 0
  private textAt = 0
  /** Set by `skipFields`. */
  private fieldsLeft = 0
  /** Set by `readOtherCell`: what it read, beside the position that it returns. */
  private cellNumber = 0
  private cellStart = 0
  private cellEnd = 0
  /** Of the last ragged record. */
  private fieldsFound = 0
  private unclosed = false

  /**
   * With `early`, only the code fields that it names (by their place among the code fields) are read by `scan`: the
   * cells of the others hold nothing yet, until `complete` reads them.
   */
  constructor(
    layout: ScanLayout,
    decoder: CellDecoder,
    private readonly reuse: boolean,
    early?: ReadonlySet<number>,
  ) {
    this.delimiter = layout.delimiter.charCodeAt(0)
    this.decimalComma = layout.decimalComma
    this.decoder = decoder
    this.skipper = new FieldSkipper(this.delimiter)
    let code = 0
    const kinds = layout.fields.map((kind) =>
      kind === 'code' && early !== undefined && !early.has(code++) ? laterKind : fieldKinds[kind],
    )
    const runs = runsOf(kinds.slice(0, -1))
    this.runKinds = Uint8Array.from(runs, ({ kind }) => kind)
    this.runLengths = Int32Array.from(runs, ({ length }) => length)
    this.runLater = Int32Array.from(runs, ({ later }) => later)
    this.lastKind = kinds[kinds.length - 1]
    this.codeFields = layout.fields.filter((kind) => kind === 'code').length
    this.numberFields = layout.fields.filter((kind) => kind === 'number').length
    this.textFields = layout.fields.filter((kind) => kind === 'text').length
  }

  /**
   * Reads the records in `bytes` from `start` to `end`. The byte at `end` must exist and be a line feed:
   * it stops every inner loop, so that none of them has to look at the length. Empty lines are passed over.
   */
  scan(bytes: Uint8Array, start: number, end: number): ScannedRows {
    if (!this.reuse) this.release()
    this.oddCells = new Map()
    this.skipper.open(bytes, start, end)
    const ragged: RaggedRow[] = []
    let position = start
    let row = 0
    while (position < end) {
      const byte = bytes[position]
      if (byte === lineFeed || (byte === carriageReturn && bytes[position + 1] === lineFeed)) {
        position += byte === lineFeed ? 1 : 2
        continue
      }
      if (row === this.starts.length) this.grow(row, end - start, position - start)
      this.starts[row] = position
      const next = this.scanRecord(bytes, position, end, row)
      if (next < 0) {
        position = -next
        ragged.push({ row, fields: this.fieldsFound, unclosed: this.unclosed })
        this.unclosed = false
      } else position = next
      row++
    }
    return {
      rows: row,
      codes: this.codes,
      numbers: this.numbers,
      texts: this.texts,
      starts: this.starts,
      oddCells: this.oddCells,
      ragged,
      bytes,
    }
  }

  /**
   * Reads, of records that a scanner with the same fields has read in part, those that are not left out, in full; the
   * code cells of the others become empty. `end` is that of the scan.
   */
  complete(cells: ScannedRows, leftOut: Uint8Array, end: number): void {
    const { bytes, rows, starts } = cells
    this.skipper.open(bytes, 0, end)
    this.codes = cells.codes
    this.numbers = cells.numbers
    this.texts = cells.texts
    this.oddCells = cells.oddCells
    for (let row = 0; row < rows; row++) {
      if (leftOut[row] === 1) this.codes.fill(emptyCode, row * this.codeFields, (row + 1) * this.codeFields)
      else this.scanRecord(bytes, starts[row], end, row)
    }
    // What is ragged is known from the scan.
    this.unclosed = false
  }

  /** Reads one record; gives the position after it, negated where the record is ragged. */
  private scanRecord(bytes: Uint8Array, start: number, end: number, row: number): number {
    const { runKinds, runLengths, runLater, delimiter, codes } = this
    this.codeAt = row * this.codeFields
    this.numberAt = row * this.numberFields
    this.textAt = row * this.textFields * 2
    let position = start
    let field = 0
    for (let run = 0; run < runKinds.length; run++) {
      const kind = runKinds[run]
      const length = runLengths[run]
      if (kind === fieldKinds.skip) {
        position = this.skipFields(bytes, position, end, length)
        if (this.fieldsLeft > 0) return this.endShortRecord(position, row, field + length - this.fieldsLeft + 1)
        this.codeAt += runLater[run]
      } else if (kind === fieldKinds.code) {
        let codeAt = this.codeAt
        for (let left = length; left > 0; left--) {
          const digit = bytes[position] - zero
          // Most cells are one digit.
          if (bytes[position + 1] === delimiter && digit >= 0 && digit <= 9) {
            codes[codeAt++] = digit
            position += 2
            continue
          }
          this.codeAt = codeAt++
          position = this.readCode(bytes, position, end)
          if (bytes[position] !== delimiter) {
            this.codeAt = codeAt
            return this.endShortRecord(position, row, field + length - left + 1)
          }
          position++
        }
        this.codeAt = codeAt
      } else {
        for (let left = length; left > 0; left--) {
          position = this.readField(bytes, position, end, kind)
          if (bytes[position] !== delimiter) return this.endShortRecord(position, row, field + length - left + 1)
          position++
        }
      }
      field += length
    }
    position = this.readField(bytes, position, end, this.lastKind)
    if (bytes[position] === delimiter) return this.endLongRecord(bytes, position + 1, end, field + 1)
    if (this.unclosed) return this.endShortRecord(position, row, field + 1)
    return position + 1
  }

  /**
   * Passes over `count` fields that are each followed by a delimiter; gives the position after the last. Where the
   * record ends before, `fieldsLeft` says how many of them lack their delimiter, and the position is the record's end.
   */
  private skipFields(bytes: Uint8Array, start: number, end: number, count: number): number {
    const { delimiter, skipper } = this
    let position = start
    let left = count
    for (;;) {
      if (left >= fewFields) {
        position = skipper.skip(position, left)
        left = skipper.left
        if (left === 0) break
      }
      if (bytes[position] === quote && (position === start || bytes[position - 1] === delimiter)) {
        position = this.closeQuote(bytes, position, end)
      }
      while (bytes[position] !== delimiter && bytes[position] !== lineFeed) position++
      if (bytes[position] === lineFeed) break
      position++
      if (--left === 0) break
    }
    this.fieldsLeft = left
    return position
  }

  /** Reads the cell of a code field that starts at `start`, into `codes[codeAt]`; gives the position of its end. */
  private readCode(bytes: Uint8Array, start: number, end: number): number {
    const { delimiter, codes, codeAt } = this
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
    position = this.readOtherCell(bytes, start, end)
    const number = this.cellNumber
    if (this.cellStart === this.cellEnd) codes[codeAt] = emptyCode
    else if (Number.isInteger(number) && number > oddCode && number <= 0x7fffffff) codes[codeAt] = number
    else {
      codes[codeAt] = oddCode
      this.oddCells.set(codeAt, this.textOfCell(bytes, start))
    }
    return position
  }

  /** Reads one field of any kind; gives the position of its end. */
  private readField(bytes: Uint8Array, start: number, end: number, kind: number): number {
    if (kind === fieldKinds.code) {
      const position = this.readCode(bytes, start, end)
      this.codeAt++
      return position
    }
    const position = this.readOtherCell(bytes, start, end)
    if (kind === laterKind) this.codeAt++
    else if (kind === fieldKinds.number) {
      if (Number.isNaN(this.cellNumber) && this.cellEnd > this.cellStart) {
        this.oddCells.set(-1 - this.numberAt, this.textOfCell(bytes, start))
      }
      this.numbers[this.numberAt++] = this.cellNumber
    } else if (kind === fieldKinds.text) {
      this.texts[this.textAt++] = this.cellStart
      this.texts[this.textAt++] = this.cellEnd
    }
    return position
  }

  /** Ends a record after `fields` fields, too few; gives the position after it, negated. */
  private endShortRecord(lineEnd: number, row: number, fields: number): number {
    // The cells that the record lacks stay empty.
    this.codes.fill(emptyCode, this.codeAt, (row + 1) * this.codeFields)
    this.numbers.fill(Number.NaN, this.numberAt, (row + 1) * this.numberFields)
    this.texts.fill(0, this.textAt, (row + 1) * this.textFields * 2)
    this.fieldsFound = fields
    return -(lineEnd + 1)
  }

  /** Passes over the fields that a record has beyond the layout's. */
  private endLongRecord(bytes: Uint8Array, start: number, end: number, fields: number): number {
    let position = start
    let found = fields
    for (;;) {
      found++
      if (bytes[position] === quote) position = this.closeQuote(bytes, position, end)
      while (bytes[position] !== this.delimiter && bytes[position] !== lineFeed) position++
      if (bytes[position++] === lineFeed) break
    }
    this.fieldsFound = found
    return -position
  }

  /** Position after the quoted content that opens at `open`; `end` where the quote is never closed. */
  private closeQuote(bytes: Uint8Array, open: number, end: number): number {
    let position = open + 1
    for (;;) {
      while (bytes[position] !== quote) {
        if (position >= end) {
          this.unclosed = true
          return end
        }
        position++
      }
      if (bytes[position + 1] !== quote) return position + 1
      position += 2
    }
  }

  /** Reads any cell that is no run of bare digits: quoted, decimal, with spaces, text. Gives the position after it. */
  private readOtherCell(bytes: Uint8Array, start: number, end: number): number {
    const { delimiter } = this
    let position = bytes[start] === quote ? this.closeQuote(bytes, start, end) : start
    const close = position
    while (bytes[position] !== delimiter && bytes[position] !== lineFeed) position++
    let to = position
    if (bytes[position] === lineFeed && to > start && bytes[to - 1] === carriageReturn) to--
    // Text after the closing quote is no part of a cell in any dialect: such a cell is kept as it stands, quotes and all.
    const quoted = bytes[start] === quote && close === to && !this.unclosed
    this.cellStart = quoted ? start + 1 : start
    this.cellEnd = quoted ? to - 1 : to
    this.cellNumber = this.readDecimal(bytes, this.cellStart, this.cellEnd)
    if (Number.isNaN(this.cellNumber) && this.cellEnd > this.cellStart) {
      this.cellNumber = parseNumberText(this.textOfCell(bytes, start), this.decimalComma)
    }
    return position
  }

  /** Text of the cell last read, which starts at `start`. */
  private textOfCell(bytes: Uint8Array, start: number): string {
    const text = this.decoder.decode(bytes.subarray(this.cellStart, this.cellEnd))
    return this.cellStart > start ? text.replaceAll('""', '"') : text
  }

  /**
   * Fewer than 16 bytes of digits with at most one point, without an exponent, as a number; NaN for
   * anything else. The digits make a whole number under 2^53 and the divisor a power of ten up to 10^15,
   * both exact, so that their quotient is the number nearest to the text, as a full parse gives it
   * (W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990).
   */
  private readDecimal(bytes: Uint8Array, from: number, to: number): number {
    if (to - from >= 16) return Number.NaN
    const point = this.decimalComma ? 0x2c : 0x2e
    let position = from
    const negative = bytes[position] === minus
    if (negative) position++
    let value = 0
    let digits = 0
    let divisor = 0
    for (; position < to; position++) {
      const byte = bytes[position]
      const digit = byte - zero
      if (digit >= 0 && digit <= 9) {
        value = value * 10 + digit
        divisor *= 10
        digits++
      } else if ((byte === point || byte === 0x2e) && divisor === 0) divisor = 1
      else return Number.NaN
    }
    if (digits === 0) return Number.NaN
    if (divisor > 1) value /= divisor
    return negative ? -value : value
  }

  /** Makes room for more rows, by the mean length of those read so far. */
  private grow(rows: number, length: number, passed: number): void {
    const guess = rows === 0 ? 64 : Math.ceil((length / passed) * rows * 1.05) + 16
    const capacity = Math.max(guess, rows + 64)
    this.codes = copyInto(new Int32Array(capacity * this.codeFields), this.codes)
    this.numbers = copyInto(new Float64Array(capacity * this.numberFields), this.numbers)
    this.texts = copyInto(new Int32Array(capacity * this.textFields * 2), this.texts)
    this.starts = copyInto(new Int32Array(capacity), this.starts)
  }

  private release(): void {
    this.codes = new Int32Array(0)
    this.numbers = new Float64Array(0)
    this.texts = new Int32Array(0)
    this.starts = new Int32Array(0)
  }
}

/** Fields that are read later are passed over with those that never are. */
function runsOf(kinds: number[]): { kind: number; length: number; later: number }[] {
  const runs: { kind: number; length: number; later: number }[] = []
  for (const fieldKind of kinds) {
    const later = fieldKind === laterKind ? 1 : 0
    const kind = later === 1 ? fieldKinds.skip : fieldKind
    const last = runs[runs.length - 1]
    if (last?.kind === kind) {
      last.length++
      last.later += later
    } else runs.push({ kind, length: 1, later })
  }
  return runs
}

function copyInto<T extends Int32Array | Float64Array>(target: T, source: T): T {
  target.set(source)
  return target
}
