const lineFeed = 0x0a
const quote = 0x22

/** With more quoted cells in a record than this, a search for each costs more than a look at every byte. */
const quotedCellsSearched = 16

/**
 * Finds where the records of delimited text end (RFC 4180: a line break inside a quoted cell belongs
 * to the cell; a quote opens a cell only as its first byte).
 *
 * It looks for quotes and line feeds with the native search, so that the bytes of a record are not
 * looked at one by one: this is the pass over the file that comes before the parse.
 */
export class RecordBoundary {
  /** Line feeds passed up to the end of the last record found. */
  lines = 0
  /** Where a quote was opened that nothing closed within the bytes, or -1; set when no end was found. */
  openQuote = -1

  private bytes: Buffer = Buffer.alloc(0)
  private end = 0
  /** The next quote at or after the last position asked for; `end` where there is none, -1 before the first search. */
  private nextQuote = -1

  constructor(private readonly delimiter: number) {}

  /** Takes up the next piece of the file: `bytes` up to `end`. */
  open(bytes: Buffer, end: number): void {
    this.bytes = bytes
    this.end = end
    this.nextQuote = -1
  }

  /** Position after the line feed that ends the record which starts at `start`; -1 where the bytes end first. */
  find(start: number): number {
    const { bytes, end } = this
    this.openQuote = -1
    let lines = 0
    let position = start
    let searched = 0
    let lineEnd = this.search(lineFeed, position)
    for (;;) {
      const open = this.quoteFrom(position)
      if (open >= lineEnd) break
      if (++searched > quotedCellsSearched) return this.walk(start, position, lines)
      if (open > start && bytes[open - 1] !== this.delimiter) {
        position = open + 1
        continue
      }
      const close = this.closingQuote(open)
      if (close === -1) {
        this.openQuote = open
        return -1
      }
      position = close + 1
      if (lineEnd < close) {
        for (let at = lineEnd; at < close; at++) if (bytes[at] === lineFeed) lines++
        lineEnd = this.search(lineFeed, position)
      }
    }
    if (lineEnd === end) return -1
    this.lines += lines + 1
    return lineEnd + 1
  }

  private search(byte: number, from: number): number {
    const found = this.bytes.indexOf(byte, from)
    return found === -1 || found > this.end ? this.end : found
  }

  private quoteFrom(position: number): number {
    if (this.nextQuote < position) this.nextQuote = this.search(quote, position)
    return this.nextQuote
  }

  /** Position of the quote that closes the cell opened at `open`; -1 where none does. */
  private closingQuote(open: number): number {
    let position = open + 1
    for (;;) {
      const found = this.quoteFrom(position)
      if (found === this.end) return -1
      if (found + 1 === this.end || this.bytes[found + 1] !== quote) return found
      position = found + 2
    }
  }

  /** The same byte by byte, from `position` outside quotes: for records in which most cells are quoted. */
  private walk(start: number, position: number, linesBefore: number): number {
    const { bytes, end, delimiter } = this
    let lines = linesBefore
    for (let at = position; at < end; at++) {
      const byte = bytes[at]
      if (byte === lineFeed) {
        this.lines += lines + 1
        return at + 1
      }
      if (byte !== quote || (at > start && bytes[at - 1] !== delimiter)) continue
      const open = at
      for (at++; ; at++) {
        if (at >= end) {
          this.openQuote = open
          return -1
        }
        if (bytes[at] === lineFeed) lines++
        else if (bytes[at] === quote) {
          if (bytes[at + 1] !== quote || at + 1 >= end) break
          at++
        }
      }
    }
    return -1
  }
}
