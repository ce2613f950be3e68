import { noId, type RecordIndex } from './record-index.js'

/** Finds the interview id in a record of delimited text. */
export class RecordId {
  private readonly delimiter: number

  /** The id stands behind `idField` other fields. */
  constructor(
    delimiter: string,
    private readonly idField: number,
    private readonly index: RecordIndex,
  ) {
    this.delimiter = delimiter.charCodeAt(0)
  }

  /** The key of the id in the record from `start` to `end`. */
  keyOf(bytes: Uint8Array, start: number, end: number): number {
    const { delimiter } = this
    let position = start
    for (let field = this.idField; field > 0; field--) {
      position = endOfCell(bytes, position, end, delimiter)
      if (position >= end) return noId
      position++
    }
    // The same cell as the scanner's: in quotes only where nothing follows the closing one.
    const closed = bytes[position] === 0x22 ? endOfQuotes(bytes, position, end) : -1
    let close = endOfCell(bytes, position, end, delimiter)
    if (close === end && bytes[close - 1] === 0x0a) close--
    if (close >= end - 1 && close > position && bytes[close - 1] === 0x0d) close--
    const quoted = close === closed
    return this.index.keyOfCell(bytes, quoted ? position + 1 : position, quoted ? close - 1 : close)
  }
}

/** Position of the delimiter or the end behind the cell that starts at `start`. */
function endOfCell(bytes: Uint8Array, start: number, end: number, delimiter: number): number {
  let position = start
  if (bytes[position] === 0x22) {
    position = endOfQuotes(bytes, start, end)
    if (position === -1) return end
  }
  while (position < end && bytes[position] !== delimiter) position++
  return position
}

/** Position after the quote that closes the one at `open`; -1 where none does. */
function endOfQuotes(bytes: Uint8Array, open: number, end: number): number {
  for (let position = open + 1; position < end; position++) {
    if (bytes[position] !== 0x22) continue
    if (position + 1 === end || bytes[position + 1] !== 0x22) return position + 1
    position++
  }
  return -1
}
