import { createHash } from 'node:crypto'
import { readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { Block } from '../batch/block.js'
import { cellDecoder, type Dialect } from '../formats/dialect.js'
import { writeInterviewId } from '../formats/interview-id.js'
import { RecordBoundary } from '../formats/record-boundary.js'
import { RecordFinder } from '../formats/record-finder.js'
import { SurveyError } from '../formats/survey-error.js'
import type { SurveyInput } from '../formats/survey-input.js'
import type { WorkMemory } from '../formats/work-memory.js'
import { indexInput, inputBlocks } from './read-input.js'
import { shuffledSplits } from './shuffle-split.js'

export interface ReadSurveyOptions {
  path: string
  /** What the records must be got out of first; absent where the file is delimited text as it is. */
  input?: SurveyInput
  /** Name of the file in messages. */
  file: string
  encoding: Dialect['encoding']
  delimiter: string
  /** Where the first record starts, and its line. */
  dataStart: number
  dataLine: number
  /** Which field of a record holds the interview id, from 0. */
  idField: number
  /** The fields that are read at all, in file order: those of an SPSS or Stata file are read by column. */
  columns: number[]
  /**
   * A block is closed by the record that brings it to this many records, so that the same survey in another form is cut
   * alike; or to this many bytes, so that long records do not make it grow.
   */
  blockRows: number
  blockBytes: number
  /** Respondents with these interview ids are left out. */
  excludedIds: string[]
  /** Splits by the reference's shuffle, which depends on how many respondents there are. */
  shuffle?: { seed: number; ratios: [number, number, number] }
}

/** What one pass over a survey file finds out before any of it is parsed. */
export interface SurveyIndex {
  blocks: Block[]
  respondents: number
  excluded: number
  /** Ids that several respondents share. */
  repeatedIds: { id: string; respondents: number }[]
  bytes: number
  sha256: string
  /** What it is the index of. */
  read: ReadSurveyOptions
}

/** Bytes read at a time: few enough to stay in a processor's cache until they are looked at. */
export const chunkBytes = 1 << 19

/** A record longer than this is taken for a quote that was never closed. */
const longestRecord = 1 << 24

/** More than thirty times the respondents of all waves: what has more is no survey, and would fill memory with its ids. */
const mostRespondents = 1 << 24

const noId = -1

/**
 * Cuts a survey file into blocks at record boundaries, by content alone, and finds the ids that repeat.
 * Every record is found, but only its id is looked at.
 *
 * Where nothing is written that names the file's SHA-256, `isHashed` false saves the time that it takes; it is then ''.
 */
export async function indexSurvey(
  options: ReadSurveyOptions,
  signal?: AbortSignal,
  isHashed = true,
): Promise<SurveyIndex> {
  const indexer = new SurveyIndexer(options)
  if (options.input !== undefined) return indexInput(options.input, options, indexer, signal)
  const hash = createHash('sha256')
  const file = await open(options.path, 'r')
  try {
    let buffer = indexer.room(chunkBytes * 2)
    let held = 0
    let offset = 0
    let skip = options.dataStart
    for (;;) {
      if (held === buffer.length) {
        indexer.checkLength(held)
        buffer = indexer.room(buffer.length * 2)
      }
      const bytesRead = await readChunk(file, buffer, held, offset, signal)
      if (isHashed) hash.update(buffer.subarray(held, held + bytesRead))
      offset += bytesRead
      held += bytesRead
      const skipped = Math.min(skip, held)
      skip -= skipped
      const used = indexer.take(buffer, skipped, held, bytesRead === 0)
      buffer.copyWithin(0, used, held)
      held -= used
      if (bytesRead === 0) break
    }
    return { ...indexer.finish(), bytes: offset, sha256: isHashed ? hash.digest('hex') : '', read: options }
  } finally {
    await file.close()
  }
}

/** Reads the bytes at `offset` into a buffer, behind those that it holds: a chunk or what there is room for; gives how many. */
export async function readChunk(
  file: FileHandle,
  buffer: Buffer,
  held: number,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  // A read that is waited for comes sooner than a promise of one; between two of them an abort has its turn.
  await turn()
  signal?.throwIfAborted()
  return readSync(file.fd, buffer, held, Math.min(buffer.length - held, chunkBytes), offset)
}

/**
 * The blocks of a survey file, as the chain takes them: of plain delimited text they are those of the index, and workers
 * read their bytes; those of any other file bring their content along, read here in a second pass.
 */
export function surveyBlocks(index: SurveyIndex, signal?: AbortSignal): Iterable<Block> | AsyncIterable<Block> {
  const { input } = index.read
  return input === undefined ? index.blocks : inputBlocks(input, index, signal)
}

/** The same as an object-mode stream, for pipelines put together by hand. */
export function readSurvey(index: SurveyIndex): Readable {
  return Readable.from(surveyBlocks(index), { highWaterMark: 1 })
}

/** Finds out what an index says, record by record. */
export class SurveyIndexer {
  private readonly boundary: RecordBoundary
  private readonly finder: RecordFinder
  private readonly delimiter: number
  private readonly decode: (bytes: Uint8Array) => string
  private readonly scratch = Buffer.alloc(4096)
  private readonly blocks: Block[] = []
  private readonly excludedKeys: Set<number>
  private excluded = 0
  /** For each record, its id as a number: itself, or below `noId` the number of its text in `texts`. */
  private keys = new Float64Array(1024)
  private readonly texts = new Map<string, number>()
  private rows = 0
  private offset: number
  private block: { offset: number; firstRow: number; firstLine: number }
  private line: number

  /** `memory` is where the bytes will be; one of its own where it is absent. */
  constructor(
    private readonly options: ReadSurveyOptions,
    memory?: WorkMemory,
  ) {
    this.delimiter = options.delimiter.charCodeAt(0)
    this.boundary = new RecordBoundary(this.delimiter)
    this.finder = new RecordFinder(this.delimiter, options.idField, memory)
    this.decode = cellDecoder(options).decode
    this.offset = options.dataStart
    this.line = options.dataLine
    this.block = { offset: this.offset, firstRow: 0, firstLine: this.line }
    this.excludedKeys = new Set(options.excludedIds.map((id) => this.keyOfText(id)))
  }

  /** Takes up all whole records of `bytes` from `start` to `end`; gives where the next one starts. */
  take(bytes: Buffer, start: number, end: number, last: boolean): number {
    const { boundary, finder } = this
    boundary.open(bytes.subarray(0, end), end)
    const isInRoom = finder.holds(bytes)
    let position = start
    while (position < end) {
      const found = isInRoom ? finder.find(position, end) : 0
      for (let record = 0; record < found; record++) {
        this.addKey(finder.ids[record])
        boundary.lines++
        this.passTo(position, finder.ends[record])
        position = finder.ends[record]
      }
      if (found > 0) continue
      let next = boundary.find(position)
      if (next === -1) {
        if (!last) break
        next = end
      }
      if (!isBlank(bytes, position, next)) this.addRecord(bytes, position, next)
      this.passTo(position, next)
      position = next
    }
    return position
  }

  /** The record or empty line from one position to another is done with. */
  private passTo(position: number, next: number): void {
    this.offset += next - position
    this.line = this.options.dataLine + this.boundary.lines
    const { blockRows, blockBytes } = this.options
    if (this.rows - this.block.firstRow >= blockRows || this.offset - this.block.offset >= blockBytes) this.closeBlock()
  }

  /** Room for bytes that `take` is soonest done with; it holds what the room before it held, which must not be used then. */
  room(length: number): Buffer {
    return this.finder.room(length)
  }

  /** Takes up a record of a table, by its id in canonical form; there its offset is its number. */
  takeId(id: string): void {
    this.addKey(id === '' ? noId : this.keyOfText(id))
    this.offset++
    this.line++
    if (this.rows - this.block.firstRow >= this.options.blockRows) this.closeBlock()
  }

  /** The blocks that are closed, from one of them on; the last one of all is open until `close`. */
  blocksFrom(first: number): Block[] {
    return this.blocks.slice(first)
  }

  /** Where in the file the block begins that is open. */
  get openOffset(): number {
    return this.block.offset
  }

  /** There are no more records. */
  close(): void {
    if (this.offset > this.block.offset) this.closeBlock()
  }

  finish(): Omit<SurveyIndex, 'bytes' | 'sha256' | 'read'> {
    this.close()
    const keys = this.keys.subarray(0, this.rows)
    const repeatedIds = this.numberRepeats(keys)
    if (this.options.shuffle !== undefined) this.markSplits(this.options.shuffle, keys)
    return { blocks: this.blocks, respondents: this.rows, excluded: this.excluded, repeatedIds }
  }

  /** Throws a SurveyError where `held` bytes without an end of the record are more than a record has. */
  checkLength(held: number): void {
    if (held < longestRecord) return
    throw new SurveyError(
      `a record of more than ${longestRecord} bytes starts here; expected one respondent a line: is a quote never closed?`,
      { place: { file: this.options.file, line: this.line } },
    )
  }

  private addRecord(bytes: Buffer, start: number, end: number): void {
    this.addKey(this.readKey(bytes, start, end))
  }

  private addKey(key: number): void {
    if (this.rows === mostRespondents) {
      throw new SurveyError(`more than ${mostRespondents} records; expected one respondent a line`, {
        place: { file: this.options.file, line: this.line },
      })
    }
    if (this.rows === this.keys.length) {
      const grown = new Float64Array(this.keys.length * 2)
      grown.set(this.keys)
      this.keys = grown
    }
    this.keys[this.rows++] = key
  }

  private closeBlock(): void {
    const { offset, firstRow, firstLine } = this.block
    const rows = this.rows - firstRow
    // Empty lines alone are no block.
    if (rows > 0) {
      const index = this.blocks.length
      const block: Block = { index, offset, length: this.offset - offset, rows, firstRow, firstLine }
      if (this.excludedKeys.size > 0) this.markExcluded(block)
      this.blocks.push(block)
    }
    this.block = { offset: this.offset, firstRow: this.rows, firstLine: this.line }
  }

  private markExcluded(block: Block): void {
    for (let row = 0; row < block.rows; row++) {
      if (!this.excludedKeys.has(this.keys[block.firstRow + row])) continue
      block.excluded ??= new Uint8Array(block.rows)
      block.excluded[row] = 1
      this.excluded++
    }
  }

  /** The id of the record from `start` to `end` as a number. */
  private readKey(bytes: Buffer, start: number, end: number): number {
    const { delimiter } = this
    let position = start
    for (let field = this.options.idField; field > 0; field--) {
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
    const from = quoted ? position + 1 : position
    const to = quoted ? close - 1 : close
    if (to <= from) return noId
    if (to - from < 16 && bytes[from] !== 0x30) {
      let value = 0
      let at = from
      for (; at < to; at++) {
        const digit = bytes[at] - 0x30
        if (digit < 0 || digit > 9) break
        value = value * 10 + digit
      }
      if (at === to) return value
    }
    const size = (to - from) * 3 + 24
    const room = size <= this.scratch.length ? this.scratch : Buffer.alloc(size)
    const length = writeInterviewId(room, 0, bytes, from, to, this.decode)
    return length === 0 ? noId : this.keyOfText(room.toString('utf8', 0, length))
  }

  private keyOfText(text: string): number {
    if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
    let number = this.texts.get(text)
    if (number === undefined) {
      number = noId - 1 - this.texts.size
      this.texts.set(text, number)
    }
    return number
  }

  private textOfKey(key: number): string {
    if (key > noId) return String(key)
    for (const [text, number] of this.texts) if (number === key) return text
    return ''
  }

  /** Numbers the respondents that share an id, in file order. */
  private numberRepeats(keys: Float64Array): { id: string; respondents: number }[] {
    const sorted = keys.slice().sort()
    const seen = new Map<number, number>()
    for (let index = 1; index < sorted.length; index++) {
      if (sorted[index] === sorted[index - 1]) seen.set(sorted[index], 0)
    }
    if (seen.size === 0) return []
    for (const block of this.blocks) {
      for (let row = 0; row < block.rows; row++) {
        const key = keys[block.firstRow + row]
        const count = seen.get(key)
        if (count === undefined) continue
        seen.set(key, count + 1)
        block.idRepeats ??= new Uint32Array(block.rows)
        block.idRepeats[row] = count + 1
      }
    }
    return [...seen].map(([key, respondents]) => ({ id: this.textOfKey(key), respondents }))
  }

  private markSplits({ seed, ratios }: { seed: number; ratios: [number, number, number] }, keys: Float64Array): void {
    const kept = keys.reduce((sum, key) => sum + (this.excludedKeys.has(key) ? 0 : 1), 0)
    const splits = shuffledSplits(kept, seed, ratios)
    let next = 0
    for (const block of this.blocks) {
      block.splits = new Uint8Array(block.rows)
      for (let row = 0; row < block.rows; row++) {
        if (block.excluded?.[row] !== 1) block.splits[row] = splits[next++]
      }
    }
  }
}

/** Position of the delimiter or the end behind the cell that starts at `start`. */
function endOfCell(bytes: Buffer, start: number, end: number, delimiter: number): number {
  let position = start
  if (bytes[position] === 0x22) {
    position = endOfQuotes(bytes, start, end)
    if (position === -1) return end
  }
  while (position < end && bytes[position] !== delimiter) position++
  return position
}

/** Position after the quote that closes the one at `open`; -1 where none does. */
function endOfQuotes(bytes: Buffer, open: number, end: number): number {
  for (let position = open + 1; position < end; position++) {
    if (bytes[position] !== 0x22) continue
    if (position + 1 === end || bytes[position + 1] !== 0x22) return position + 1
    position++
  }
  return -1
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  return bytes[start] === 0x0a || (bytes[start] === 0x0d && (start + 1 === end || bytes[start + 1] === 0x0a))
}
