import fc from 'fast-check'

/** One record as a plain loop over the characters reads it. */
export interface PlainRecord {
  start: number
  /** Position after the line feed that ends it. */
  end: number
  cells: string[]
  unclosed: boolean
}

/**
 * The oracle for any bytes at all, well formed or not: one character at a time, no short cuts. `text` is one
 * character a byte. A quote opens a cell only as its first byte; a cell with anything between the closing quote
 * and its end stays as it stands; empty lines are no records.
 */
export function readPlainly(text: string, delimiter: string): PlainRecord[] {
  const records: PlainRecord[] = []
  const { length } = text
  let at = 0
  while (at < length) {
    if (text[at] === '\n') {
      at++
      continue
    }
    if (text[at] === '\r' && (at + 1 === length || text[at + 1] === '\n')) {
      at += 2
      continue
    }
    const start = at
    const cells: string[] = []
    let unclosed = false
    for (;;) {
      const cellStart = at
      let closed = -1
      if (text[at] === '"') {
        at++
        for (;;) {
          if (at >= length) {
            unclosed = true
            break
          }
          if (text[at] !== '"') at++
          else if (text[at + 1] === '"') at += 2
          else {
            closed = ++at
            break
          }
        }
      }
      while (at < length && text[at] !== delimiter && text[at] !== '\n') at++
      let raw = text.slice(cellStart, at)
      if (text[at] !== delimiter && raw.endsWith('\r')) raw = raw.slice(0, -1)
      cells.push(closed === cellStart + raw.length ? raw.slice(1, -1).replaceAll('""', '"') : raw)
      if (text[at] !== delimiter) break
      at++
    }
    at = Math.min(at + 1, length)
    records.push({ start, end: at, cells, unclosed })
  }
  return records
}

/** What a cell of a survey may hold: codes, decimals, exponents, spaces, text, and what is none of them. */
export const cellText = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -5, max: 99 }).map(String) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '1.0',
      '1.24E2',
      '1.70070052E8',
      '.946',
      '-.5',
      '-0',
      '-0.0',
      '+5',
      '007',
      '5.',
      '-',
      '.',
      '+',
      'e5',
      '1e',
      '--1',
      '1.2.3',
      '0,95',
      '1,5,0',
      '2147483647',
      '2147483648',
      '-2147483647',
      '-2147483648',
      '999999999',
      '9999999999',
      '123456789012345',
      '1234567890123456789012345678901234567890',
      '0.30000000000000004',
      '1e400',
      ' 7',
      '7 ',
      'DE',
      'NaN',
      'a"b',
      'a""b',
      'two\nlines',
      'two\r\nlines',
      'x;y',
      'x,y',
      'x\ty',
      "Don't know",
      'nul\0nul',
      '\xff\xfe',
      '\xe9t\xe9',
      '"',
      '\r',
    ),
  },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e7, max: 1e7 }).map(String) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) }),
  },
)

/** A cell as RFC 4180 writes it: quoted where it must be, and at times where it need not. */
export function writeCell(text: string, delimiter: string, quoted: boolean): string {
  const needsQuotes = quoted || text.includes(delimiter) || /["\r\n]/.test(text)
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text
}

/** Bytes that mean something to a reader of delimited text stand close together here. */
export const anyBytes = fc
  .array(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.constantFrom('"', ',', ';', '\n', '\r', '\r\n', '1', '-', '.', 'e', '0', ' ', 'a', '""', '","'),
      },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) },
    ),
    { maxLength: 120 },
  )
  .map((parts) => parts.join(''))

/** The bytes of a text of one character a byte, with the line feed behind them that stops the scanner. */
export function withStop(text: string): { bytes: Uint8Array; end: number } {
  return { bytes: Buffer.from(`${text}\n\n`, 'latin1'), end: text.length }
}
