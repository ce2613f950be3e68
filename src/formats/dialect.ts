import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { RecordBoundary } from './record-boundary.js'
import { decodeWindows1252 } from './survey-columns/text-encoding.js'
import { SurveyError } from './survey-error.js'

/** How a delimited survey file is written: all that a reader must know before the first respondent. */
export interface Dialect {
  encoding: 'utf-8' | 'windows-1252'
  byteOrderMark: boolean
  delimiter: ',' | ';' | '\t'
  /** Numbers may be written `0,95`; only where the delimiter is not a comma. */
  decimalComma: boolean
  /** Column names: of a header cell `Q1: Important in life: Family` the part before the first colon. */
  columns: string[]
  /** Variable labels from such a header, '' where it has none. */
  labels: string[]
  /** Fields in each record: one more than columns where every row ends with a delimiter that the header lacks. */
  fields: number
  /** Where the first record after the header starts: a byte offset in the file, and a line, counted from 1. */
  dataStart: number
  dataLine: number
  /** Cells of the first record, for what stands in every record alike (the release). */
  firstRecord: string[]
}

/** The header and a few rows must lie within this many bytes. */
export const dialectSampleBytes = 1 << 20

const delimiters = [',', ';', '\t'] as const
const delimiterBytes = delimiters.map((delimiter) => delimiter.charCodeAt(0))
const lineFeed = 0x0a
const carriageReturn = 0x0d
const quote = 0x22

/** Records after the header that are looked at. */
const recordsSampled = 20

const unpack = '; unpack it, or pack it anew as .zip or .gz'
const saveAnew = '; open it in the program that wrote it, or in R, and save it as .csv, .sav or .dta'

/** What other files begin with, and what to do where more can be said than what is expected. */
const signatures: readonly { bytes: readonly number[]; name: string; wayOut?: string }[] = [
  { bytes: [0x89, 0x50, 0x4e, 0x47], name: 'a PNG picture' },
  { bytes: [0xff, 0xd8, 0xff], name: 'a JPEG picture' },
  { bytes: [0x47, 0x49, 0x46, 0x38], name: 'a GIF picture' },
  { bytes: [0x25, 0x50, 0x44, 0x46], name: 'a PDF document' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], name: 'a ZIP archive or Excel workbook' },
  { bytes: [0x1f, 0x8b], name: 'a gzip file' },
  { bytes: [0x24, 0x46, 0x4c, 0x32], name: 'an SPSS .sav file' },
  { bytes: [0x24, 0x46, 0x4c, 0x33], name: 'an SPSS .zsav file' },
  { bytes: [0x3c, 0x73, 0x74, 0x61, 0x74, 0x61, 0x5f, 0x64, 0x74, 0x61], name: 'a Stata .dta file' },
  { bytes: [0x50, 0x41, 0x52, 0x31], name: 'a Parquet file' },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], name: 'an old Excel or Word file' },
  { bytes: [0x42, 0x5a, 0x68], name: 'a bzip2 file', wayOut: unpack },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], name: 'an xz file', wayOut: unpack },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], name: 'a Zstandard file', wayOut: unpack },
  { bytes: [0x37, 0x7a, 0xbc, 0xaf, 0x27], name: 'a 7-Zip archive', wayOut: unpack },
  { bytes: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], name: 'a RAR archive', wayOut: unpack },
  { bytes: [0x58, 0x0a, 0x00, 0x00, 0x00], name: "one of R's data files", wayOut: saveAnew },
  { bytes: [0x52, 0x44, 0x58], name: "one of R's data files", wayOut: saveAnew },
  {
    bytes: [...new Array<number>(12).fill(0), 0xc2, 0xea, 0x81, 0x60],
    name: 'a SAS data set',
    wayOut: saveAnew,
  },
  { bytes: [0xff, 0xfe], name: 'UTF-16 text' },
  { bytes: [0xfe, 0xff], name: 'UTF-16 text' },
]

/**
 * Finds out the dialect from the start of a file.
 *
 * `sample` is the file's first bytes (`dialectSampleBytes` of them, or the whole file where it is
 * shorter: `whole`). Throws a SurveyError where this is no delimited text with a header.
 */
export function detectDialect(sample: Uint8Array, file: string, whole: boolean): Dialect {
  if (sample.length === 0) throw new SurveyError('the file is empty', { place: { file } })
  const signature = signatures.find(({ bytes }) => bytes.every((byte, index) => sample[index] === byte))
  if (signature !== undefined) {
    const { name, wayOut = '; expected delimited text (comma, semicolon or tab) with a header' } = signature
    throw new SurveyError(`this is ${name}${wayOut}`, { place: { file } })
  }
  const byteOrderMark = sample[0] === 0xef && sample[1] === 0xbb && sample[2] === 0xbf
  const start = byteOrderMark ? 3 : 0
  const headerEnd = findHeaderEnd(sample, start)
  if (headerEnd === sample.length && !whole) {
    throw new SurveyError(`no line end in the first ${sample.length} bytes; expected a header line of column names`, {
      place: { file, line: 1 },
    })
  }
  if (sample.subarray(start, headerEnd).includes(0)) {
    throw new SurveyError('NUL bytes in the first line: this is no text file', { place: { file, line: 1 } })
  }
  const encoding = byteOrderMark || isUtf8Text(sample, whole) ? 'utf-8' : 'windows-1252'
  const header = decodeLine(sample, start, headerEnd, encoding)
  if (withoutQuoted(header).includes('\r')) {
    throw new SurveyError('lines end in bare carriage returns; save the file with LF or CRLF line ends', {
      place: { file, line: 1 },
    })
  }
  const delimiter = likeliestDelimiter(header)
  if (delimiter === undefined) {
    throw new SurveyError('the first line holds no comma, semicolon or tab; expected a header of column names', {
      place: { file, line: 1 },
    })
  }
  const { columns, labels } = readHeaderCells(splitCells(header, delimiter))
  checkColumns(columns, file)
  const dataStart = Math.min(headerEnd + 1, sample.length)
  const records = firstRecords(sample, dataStart, delimiter, whole).map(({ start, end }) =>
    splitCells(decodeLine(sample, start, end, encoding), delimiter),
  )
  return {
    encoding,
    byteOrderMark,
    delimiter,
    decimalComma: delimiter !== ',',
    columns,
    labels,
    fields: countFields(records, columns.length),
    dataStart,
    dataLine: 1 + countLineFeeds(sample, start, dataStart),
    firstRecord: records[0] ?? [],
  }
}

/** Turns a text cell's bytes into a string; malformed UTF-8 becomes U+FFFD. */
export interface CellDecoder {
  decode(bytes: Uint8Array): string
}

export function cellDecoder({ encoding }: Pick<Dialect, 'encoding'>): CellDecoder {
  // Node 20's TextDecoder takes Windows-1252 for Latin-1.
  if (encoding === 'windows-1252') return { decode: decodeWindows1252 }
  const decoder = new TextDecoder(encoding, { ignoreBOM: true })
  return { decode: (bytes) => decoder.decode(bytes) }
}

/** Position of the line feed that ends the header: the first that stands in no quoted cell, whatever the delimiter. */
function findHeaderEnd(bytes: Uint8Array, start: number): number {
  let quoted = false
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === lineFeed && !quoted) return at
    if (byte !== quote) continue
    if (quoted || at === start || delimiterBytes.includes(bytes[at - 1])) quoted = !quoted
    // A doubled quote ends the cell and opens it again at once.
    else if (bytes[at - 1] === quote) quoted = true
  }
  const end = quoted ? bytes.indexOf(lineFeed, start) : -1
  return end === -1 ? bytes.length : end
}

function countLineFeeds(bytes: Uint8Array, start: number, end: number): number {
  let count = 0
  for (let at = bytes.indexOf(lineFeed, start); at !== -1 && at < end; at = bytes.indexOf(lineFeed, at + 1)) count++
  return count
}

/** Where the first records after the header stand, as far as they lie in the sample. */
function firstRecords(
  sample: Uint8Array,
  dataStart: number,
  delimiter: string,
  whole: boolean,
): { start: number; end: number }[] {
  const records: { start: number; end: number }[] = []
  const boundary = new RecordBoundary(delimiter.charCodeAt(0))
  boundary.open(Buffer.from(sample.buffer, sample.byteOffset, sample.byteLength), sample.length)
  let start = dataStart
  while (records.length < recordsSampled && start < sample.length) {
    let next = boundary.find(start)
    if (next === -1) {
      // The last record of a file may lack its line end; that of a sample is cut off.
      if (!whole && records.length > 0) break
      next = sample.length
    }
    let end = sample[next - 1] === lineFeed ? next - 1 : next
    if (end > start && sample[end - 1] === carriageReturn) end--
    if (end > start) records.push({ start, end })
    start = next
  }
  return records
}

function isUtf8Text(sample: Uint8Array, whole: boolean): boolean {
  // A sample that is cut may end inside a character of up to four bytes.
  return isUtf8(whole ? sample : sample.subarray(0, Math.max(0, sample.lastIndexOf(lineFeed))))
}

function decodeLine(bytes: Uint8Array, start: number, end: number, encoding: Dialect['encoding']): string {
  return cellDecoder({ encoding }).decode(bytes.subarray(start, end)).replace(/\r$/, '')
}

function likeliestDelimiter(header: string): Dialect['delimiter'] | undefined {
  const unquoted = withoutQuoted(header)
  let best: Dialect['delimiter'] | undefined
  let most = 0
  for (const delimiter of delimiters) {
    const count = unquoted.split(delimiter).length - 1
    if (count > most) {
      best = delimiter
      most = count
    }
  }
  return best
}

function withoutQuoted(header: string): string {
  return header.replace(/"[^"]*"/g, '')
}

/** The cells of one record (RFC 4180), as texts. For the header and the first record; all others go through the scanner. */
export function splitCells(line: string, delimiter: string): string[] {
  const cells: string[] = []
  let position = 0
  for (;;) {
    let end = position
    if (line[position] === '"') {
      end = line.indexOf('"', position + 1)
      while (end !== -1 && line[end + 1] === '"') end = line.indexOf('"', end + 2)
      if (end === -1) end = line.length
      cells.push(line.slice(position + 1, end).replaceAll('""', '"'))
      end = line.indexOf(delimiter, end)
      if (end === -1) end = line.length
    } else {
      end = line.indexOf(delimiter, position)
      if (end === -1) end = line.length
      cells.push(line.slice(position, end))
    }
    if (end === line.length) return cells
    position = end + 1
  }
}

function readHeaderCells(cells: string[]): { columns: string[]; labels: string[] } {
  const columns: string[] = []
  const labels: string[] = []
  for (const written of cells) {
    const cell = written.replace(/\s+/g, ' ')
    const colon = cell.indexOf(':')
    columns.push((colon === -1 ? cell : cell.slice(0, colon)).trim())
    labels.push(colon === -1 ? '' : cell.slice(colon + 1).trim())
  }
  return { columns, labels }
}

function checkColumns(columns: string[], file: string): void {
  const seen = new Map<string, number>()
  for (const [index, column] of columns.entries()) {
    const earlier = seen.get(column)
    if (earlier !== undefined && column !== '') {
      throw new SurveyError(
        `the header names this column twice (fields ${earlier + 1} and ${index + 1}); remove or rename one of them`,
        { place: { file, line: 1, column } },
      )
    }
    seen.set(column, index)
  }
}

/**
 * Field count of the records: the header's, or one more where most of the first records end with a spare delimiter. Not
 * all of them need to: one that is ragged must not make all others ragged.
 */
function countFields(records: string[][], headerFields: number): number {
  const spare = records.filter((cells) => cells.length === headerFields + 1 && cells[headerFields] === '')
  return spare.length * 2 > records.length ? headerFields + 1 : headerFields
}
