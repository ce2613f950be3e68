import type { Block } from '../batch/block.js'
import { cellDecoder } from '../formats/dialect.js'
import { writeInterviewId } from '../formats/interview-id.js'
import { SurveyError } from '../formats/survey-error.js'
import type { ReadSurveyOptions, SurveyIndex } from './read-survey.js'
import { shuffledSplits } from './shuffle-split.js'

/** A record longer than this is taken for a quote that was never closed. */
const longestRecord = 1 << 24

/** More than thirty times the respondents of all waves: what has more is no survey, and would fill memory with its ids. */
const mostRespondents = 1 << 24

/** The key of a record without an id. */
export const noId = -1

/** The digits of an id that is its own key, at most: the numbers below are exact. */
const keyDigits = 15
export const behindKeys = 10 ** keyDigits

/** Whether an id that is this number is its own key. */
export function isOwnKey(number: number): boolean {
  return number >= 1 && number < behindKeys && Math.floor(number) === number
}

/** Takes up the records of a survey one after the other, by their ids and lengths: cuts them into blocks, and finds the ids that repeat. */
export class RecordIndex {
  /** Records so far. */
  rows = 0
  /** Where in the file, and in which line, the next record starts. */
  offset: number
  line: number
  private readonly decode: (bytes: Uint8Array) => string
  private readonly scratch = Buffer.alloc(4096)
  private readonly blocks: Block[] = []
  private readonly excludedKeys: Set<number>
  private excluded = 0
  /** For each record, its id as a number: itself, or below `noId` the number of its text in `texts`. */
  private keys = new Float64Array(1024)
  /** Whether each key was no smaller than the one before, as in most releases; and the records whose keys were the same. */
  isRising = true
  lastKey = Number.NEGATIVE_INFINITY
  private readonly sameAsLast: number[] = []
  private readonly texts = new Map<string, number>()
  private block: { offset: number; firstRow: number; firstLine: number }

  constructor(private readonly options: ReadSurveyOptions) {
    this.decode = cellDecoder(options).decode
    this.offset = options.dataStart
    this.line = options.dataLine
    this.block = { offset: this.offset, firstRow: 0, firstLine: this.line }
    this.excludedKeys = new Set(options.excludedIds.map((id) => this.keyOfId(id)))
  }

  /** Takes up a record by the key of its id. */
  add(key: number): void {
    this.makeRoom(1)
    if (key <= this.lastKey) {
      if (key === this.lastKey) this.sameAsLast.push(this.rows)
      else this.isRising = false
    }
    this.lastKey = key
    this.keys[this.rows++] = key
  }

  /** Takes up the first records by their keys; each is a line, from the end of the one before it, or `start`, up to its own. Gives the last end. */
  addLines(keys: Float64Array, ends: Int32Array, records: number, start: number): number {
    let position = start
    for (let record = 0; record < records; record++) {
      this.add(keys[record])
      this.pass(ends[record] - position, 1)
      position = ends[record]
    }
    return position
  }

  /** Takes up records by their keys, each greater than the one before it: see `lastKey`. */
  addRising(keys: Float64Array): void {
    if (keys.length === 0) return
    this.makeRoom(keys.length)
    this.keys.set(keys, this.rows)
    this.rows += keys.length
    this.lastKey = keys[keys.length - 1]
  }

  /** How many of some records, which have a line each from `starts` on up to `end`, come up to one whose bytes close the block. */
  countInBlock(starts: Int32Array, rows: number, end: number): number {
    const room = this.options.blockBytes - (this.offset - this.block.offset)
    if (end - starts[0] < room) return rows
    for (let row = 1; row < rows; row++) if (starts[row] - starts[0] >= room) return row
    return rows
  }

  /** The record that was added last, or an empty line, is done with: so many bytes in so many lines. */
  pass(length: number, lines: number): void {
    this.offset += length
    this.line += lines
    const { blockRows, blockBytes } = this.options
    if (this.rowsInBlock >= blockRows || this.offset - this.block.offset >= blockBytes) this.closeBlock()
  }

  /** How many blocks are closed, and the last of them. */
  get closed(): number {
    return this.blocks.length
  }
  get lastBlock(): Block | undefined {
    return this.blocks.at(-1)
  }

  /** The blocks that are closed, from one of them on; the last one of all is open until `close`. */
  blocksFrom(first: number): Block[] {
    return this.blocks.slice(first)
  }

  /** Where in the file the block begins that is open, its records so far, and how many more it takes. */
  get openOffset(): number {
    return this.block.offset
  }
  get rowsInBlock(): number {
    return this.rows - this.block.firstRow
  }
  get roomInBlock(): number {
    return this.options.blockRows - this.rowsInBlock
  }

  /** Makes room for the keys of so many records more. */
  private makeRoom(records: number): void {
    const rows = this.rows + records
    if (rows <= this.keys.length) return
    if (rows > mostRespondents) {
      throw new SurveyError(`more than ${mostRespondents} records; expected one respondent a line`, {
        place: { file: this.options.file, line: this.line },
      })
    }
    const grown = new Float64Array(Math.min(mostRespondents, Math.max(rows, this.keys.length * 2)))
    grown.set(this.keys)
    this.keys = grown
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

  /** The key of the id in a cell: that of the same id in another form is the same. */
  keyOfCell(bytes: Uint8Array, from: number, to: number): number {
    if (to <= from) return noId
    if (to - from <= keyDigits && bytes[from] !== 0x30) {
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
    return length === 0 ? noId : this.keyOfId(room.toString('utf8', 0, length))
  }

  /** The key of an id in canonical form. */
  keyOfId(id: string): number {
    if (id === '') return noId
    if (/^[1-9]\d*$/.test(id) && isOwnKey(Number(id))) return Number(id)
    let number = this.texts.get(id)
    if (number === undefined) {
      number = noId - 1 - this.texts.size
      this.texts.set(id, number)
    }
    return number
  }

  get hasExcluded(): boolean {
    return this.excludedKeys.size > 0
  }

  /** Whether the plan leaves out the respondents with an id. */
  isExcluded(key: number): boolean {
    return this.hasExcluded && this.excludedKeys.has(key)
  }

  private closeBlock(): void {
    const { offset, firstRow, firstLine } = this.block
    const rows = this.rowsInBlock
    // Empty lines alone are no block.
    if (rows > 0) {
      const index = this.blocks.length
      const block: Block = { index, offset, length: this.offset - offset, rows, firstRow, firstLine }
      if (this.hasExcluded) this.markExcluded(block)
      this.blocks.push(block)
    }
    this.block = { offset: this.offset, firstRow: this.rows, firstLine: this.line }
  }

  private markExcluded(block: Block): void {
    for (let row = 0; row < block.rows; row++) {
      if (!this.isExcluded(this.keys[block.firstRow + row])) continue
      block.excluded ??= new Uint8Array(block.rows)
      block.excluded[row] = 1
      this.excluded++
    }
  }

  private textOfKey(key: number): string {
    if (key > noId) return String(key)
    for (const [text, number] of this.texts) if (number === key) return text
    return ''
  }

  /** Numbers the respondents that share an id, in file order. */
  private numberRepeats(keys: Float64Array): { id: string; respondents: number }[] {
    const counts = new Map<number, number>()
    let next = 0
    for (const row of this.repeatedRows(keys)) {
      const count = (counts.get(keys[row]) ?? 0) + 1
      counts.set(keys[row], count)
      while (row >= this.blocks[next].firstRow + this.blocks[next].rows) next++
      const block = this.blocks[next]
      block.idRepeats ??= new Uint32Array(block.rows)
      block.idRepeats[row - block.firstRow] = count
    }
    const inOrder = [...counts].sort((left, right) => left[0] - right[0])
    return inOrder.map(([key, respondents]) => ({ id: this.textOfKey(key), respondents }))
  }

  /** The rows whose key another one has too, in rising order. */
  private repeatedRows(keys: Float64Array): number[] {
    if (this.isRising) {
      const { sameAsLast } = this
      return sameAsLast.flatMap((row, place) => (sameAsLast[place - 1] === row - 1 ? [row] : [row - 1, row]))
    }
    const sorted = keys.slice().sort()
    const repeated = new Set(sorted.filter((key, place) => key === sorted[place - 1]))
    const rows: number[] = []
    if (repeated.size > 0) for (let row = 0; row < keys.length; row++) if (repeated.has(keys[row])) rows.push(row)
    return rows
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
