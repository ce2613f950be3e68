import { DelimitedScanner } from '../formats/delimited-scanner.js'
import { cellDecoder } from '../formats/dialect.js'
import type { ScannedRows } from '../formats/scanned-rows.js'
import { TextMemory } from '../formats/text-memory.js'
import { exportedFunction, webAssembly } from '../formats/web-assembly.js'
import { ChosenList } from './chosen-list.js'
import type { ReadSurveyOptions } from './read-survey.js'
import { type Choice, mostRows, RecordChoice } from './record-choice.js'
import { RecordId } from './record-id.js'
import { behindKeys, isOwnKey, RecordIndex } from './record-index.js'
import type { RecordTaker } from './take-records.js'

/** Bytes of chosen records that last, in all: each record spares a short reading of the file. */
const mostKept = 1 << 24

const lineFeed = 0x0a
const carriageReturn = 0x0d
/** What stands behind a text while it is scanned. */
const textEnd = [lineFeed, lineFeed]

/**
 * Finds the records of delimited text, and of each its id and the codes that a choice hangs on, while its bytes are in the
 * processor's cache: of respondents who are not chosen nothing else is ever read.
 */
export class ChoosingIndexer implements RecordTaker {
  readonly index: RecordIndex
  private readonly id: RecordId
  private readonly choice: RecordChoice
  private chosen: ChosenList
  private readonly memory = new TextMemory()
  private readonly scanner: DelimitedScanner
  /** Whether a record that has not as many fields as it should stays without a choice, for others to reject it. */
  private readonly keepsRagged: boolean
  /** Whether what is read as a number in the id's cell is the number that the id is: a decimal comma makes none of an id. */
  private readonly hasNumbers: boolean
  private readonly rising: (...numbers: number[]) => number
  private textAt = 0
  private keptBytes = 0

  /**
   * The bytes of a block's chosen records go with the block. With `kept` they are there, good until the next block; else they
   * last, and there are about `mostKept` of them in all: who takes a block without them reads them from the file.
   */
  constructor(
    options: ReadSurveyOptions,
    choice: Choice,
    private readonly kept?: TextMemory,
  ) {
    const { idField } = options
    const { parse, select } = choice
    this.index = new RecordIndex(options)
    this.id = new RecordId(parse.delimiter, idField, this.index)
    this.choice = new RecordChoice(choice, this.memory)
    const exports = webAssembly(new URL('./choose-records.wasm', import.meta.url), this.memory.memory)
    this.rising = exportedFunction(exports, 'rising')
    this.chosen = new ChosenList(kept ?? new TextMemory())
    const fields = this.choice.fields.with(idField, 'number')
    this.scanner = new DelimitedScanner({ ...parse, fields }, cellDecoder(parse), { reuse: true, memory: this.memory })
    this.keepsRagged = select.rejectRagged
    this.hasNumbers = !parse.decimalComma
  }

  room(length: number): Buffer {
    const { buffer, byteOffset } = this.memory.roomForText(length + textEnd.length)
    this.textAt = byteOffset
    return Buffer.from(buffer, byteOffset, length)
  }

  /** As in `RecordTaker`, up to where a block is closed. */
  take(bytes: Buffer, start: number, end: number, isLast: boolean): number {
    // Where a line ends a record may; what is behind the last one waits for the bytes that follow.
    const stop = isLast ? end : bytes.lastIndexOf(lineFeed, end - 1) + 1
    if (stop <= start) return start
    const behind = this.text(stop).slice(stop)
    this.text(stop).set(textEnd, stop)
    const { closed } = this.index
    let position = start
    while (position < stop && this.index.closed === closed) {
      const next = this.takeSome(position, stop, isLast)
      if (next === position) break
      position = next
    }
    this.text(stop).set(behind, stop)
    return position
  }

  /** There are no more records. */
  close(): void {
    const { closed } = this.index
    this.index.close()
    this.endBlock(closed)
  }

  /** The room up to a text's end and what stands behind it, as it can be seen now. */
  private text(end: number): Uint8Array {
    return this.memory.bytes(this.textAt, end + textEnd.length)
  }

  private takeSome(start: number, stop: number, isLast: boolean): number {
    const { index, scanner, choice } = this
    const scanned = scanner.scan(this.text(stop), start, stop, Math.min(mostRows, index.roomInBlock))
    const { starts, codes, numbers, bytes, ragged } = scanned
    // A quote that is open at the end may be closed by the bytes that follow.
    const open = ragged.at(-1)?.unclosed === true ? scanned.rows - 1 : -1
    const waits = open !== -1 && !isLast
    const rows = waits ? open : scanned.rows
    const end = waits ? starts[open] : Math.min(scanner.next, stop)
    if (rows > 0 && scanner.isByLine && ragged.length === 0 && !index.hasExcluded) return this.takeLines(scanned, end)
    const stays = new Set(this.keepsRagged ? ragged.map(({ row }) => row) : [])
    const { closed } = index
    let position = start
    for (let row = 0; row < rows; row++) {
      position = this.passEmptyLines(bytes, position, starts[row], closed)
      if (index.closed !== closed) break
      const next = row + 1 < rows ? starts[row + 1] : end
      const recordEnd = scanner.isByLine || row === open ? next : endOfRecord(bytes, next)
      const key = this.keyOf(numbers[row], bytes, position, recordEnd)
      if (index.isExcluded(key) || stays.has(row) || choice.choose(codes, row, 1).length > 0) {
        this.chosen.add(index.rowsInBlock, index.line, index.offset, bytes, position, recordEnd)
      }
      index.add(key)
      index.pass(recordEnd - position, scanner.isByLine ? 1 : countLines(bytes, position, recordEnd))
      position = recordEnd
      if (index.closed !== closed) break
    }
    position = this.passEmptyLines(bytes, position, end, closed)
    this.endBlock(closed)
    return position
  }

  /** The same of records that are a line each, which nearly all are. */
  private takeLines({ starts, codes, numbers, bytes, rows }: ScannedRows, end: number): number {
    const { index, choice, chosen } = this
    const { closed, rowsInBlock, line, offset } = index
    const count = index.countInBlock(starts, rows, end)
    const stop = count < rows ? starts[count] : end
    for (const row of choice.choose(codes, 0, count)) {
      const start = starts[row]
      const recordEnd = row + 1 < count ? starts[row + 1] : stop
      chosen.add(rowsInBlock + row, line + row, offset + start - starts[0], bytes, start, recordEnd)
    }
    for (let row = 0; row < count; row++) {
      row = this.takeRising(numbers, row, count)
      if (row === count) break
      index.add(this.keyOf(numbers[row], bytes, starts[row], row + 1 < count ? starts[row + 1] : stop))
    }
    index.pass(stop - starts[0], count)
    this.endBlock(closed)
    return stop
  }

  /** Takes up the ids of the rows from `first` to `stop` as far as they are in order, as in most releases; gives how far. */
  private takeRising(numbers: Float64Array, first: number, stop: number): number {
    const { index } = this
    if (!this.hasNumbers || !index.isRising) return first
    const at = numbers.byteOffset
    const end = this.rising(at + first * 8, at + stop * 8, index.lastKey, behindKeys)
    const next = (end - at) / 8
    index.addRising(numbers.subarray(first, next))
    return next
  }

  /** The key of the record from `start` to `end`, in whose cell of the id the scanner has read a number. */
  private keyOf(number: number, bytes: Uint8Array, start: number, end: number): number {
    return this.hasNumbers && isOwnKey(number) ? number : this.id.keyOf(bytes, start, end)
  }

  /** Passes over lines with nothing in them, while a block is open; gives where it stops. */
  private passEmptyLines(bytes: Uint8Array, start: number, end: number, closed: number): number {
    let position = start
    while (position < end && this.index.closed === closed) {
      const next = Math.min(end, position + (bytes[position] === lineFeed ? 1 : 2))
      this.index.pass(next - position, 1)
      position = next
    }
    return position
  }

  /** What was chosen goes with the block, where one was closed. */
  private endBlock(closedBefore: number): void {
    const { closed, lastBlock } = this.index
    if (closed === closedBefore || lastBlock === undefined) return
    const { bytes, ...records } = this.chosen.take()
    lastBlock.chosen = { ...records, selection: this.choice.takeCounts() }
    if (bytes === undefined) return
    if (this.kept !== undefined) lastBlock.bytes = bytes
    else {
      lastBlock.bytes = bytes.slice()
      this.keptBytes += bytes.length
      if (this.keptBytes > mostKept) this.chosen = new ChosenList(undefined)
    }
  }
}

/** Where a record ends behind which there is nothing but empty lines up to `next`. */
function endOfRecord(bytes: Uint8Array, next: number): number {
  let end = next
  for (;;) {
    const lineStart = bytes[end - 2] === carriageReturn ? end - 2 : end - 1
    if (bytes[end - 1] !== lineFeed || bytes[lineStart - 1] !== lineFeed) return end
    end = lineStart
  }
}

function countLines(bytes: Uint8Array, start: number, end: number): number {
  let lines = 0
  for (let position = start; position < end; position++) if (bytes[position] === lineFeed) lines++
  return lines
}
