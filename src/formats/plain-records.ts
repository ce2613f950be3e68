import type { RecordLayout } from './record-reader.js'
import { fieldKinds, laterKind, type ScannedRows } from './scanned-rows.js'
import { type TextMemory, textMemory } from './text-memory.js'
import { exportedFunction, exportedGlobal, webAssembly } from './web-assembly.js'

const comma = 0x2c
const point = 0x2e

/** Bytes behind the last code that may be written. */
const slack = 32

/** The arrays that the cells of a text go to. */
export type CellArrays = Pick<ScannedRows, 'starts' | 'codes' | 'numbers' | 'texts' | 'bytes'>

/** Odd cells that the list has room for; never fewer than two records can have. */
const mostOddCells = 1 << 12

/**
 * Reads records that have as many fields as they should, which nearly all records of a survey do, with vector instructions:
 * several times as fast as a look at each byte. Codes and numbers that are more than digits are listed, for others to read.
 * What it runs is `scan-records.wat`, which is compiled when the project is built.
 */
export class PlainRecords {
  /** The first row that the last `read` has not read. */
  row = 0
  /**
   * Codes and numbers that the last `read` has passed over, three numbers each: their kind, their index among the cells of
   * this kind, their position. Good until the next.
   */
  oddCells = new Int32Array(0)
  /** Whether the last `read` stopped because there were so many of them. */
  isFull = false
  private readonly scan: (...numbers: number[]) => number
  private readonly setText: (...numbers: number[]) => number
  private readonly nextRow: WebAssembly.Global
  private readonly oddEnd: WebAssembly.Global
  private readonly quotedLines: WebAssembly.Global
  /** All fields but the last as runs, three numbers each: kind, fields, code fields that are read later. */
  private readonly runs: Int32Array
  private readonly lastKind: number
  /** What was opened, with the address of its position 0. */
  private bytes: Uint8Array = new Uint8Array(0)
  private shift = 0
  private isCopied = false
  /** Of the bytes: a view that is gone has none. */
  private length = 0
  /** Where everything goes, in the order in which `scan` takes it. */
  private addresses: number[] = []
  /** Where the list of odd cells begins, and beyond what it might not have room for those of one record more. */
  private oddAt = 0
  private oddFull = 0

  constructor(
    private readonly layout: RecordLayout,
    private readonly memory: TextMemory = textMemory,
  ) {
    const exports = webAssembly(new URL('./scan-records.wasm', import.meta.url), memory.memory)
    this.scan = exportedFunction(exports, 'scan')
    this.setText = exportedFunction(exports, 'setText')
    this.nextRow = exportedGlobal(exports, 'row')
    this.oddEnd = exportedGlobal(exports, 'odd')
    this.quotedLines = exportedGlobal(exports, 'quotedLines')
    const kinds = [...layout.kinds]
    const lastKind = kinds.pop() ?? fieldKinds.skip
    this.lastKind = lastKind === laterKind ? fieldKinds.skip : lastKind
    this.runs = Int32Array.from(runsOf(kinds))
  }

  /**
   * Takes up a text: `bytes` from `start` to `end`, with the line feed at `end`. Where it is not in the memory it is
   * copied there, and what that held is gone.
   */
  open(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.length = bytes.length
    this.isCopied = !this.memory.holds(bytes)
    if (!this.isCopied) this.shift = bytes.byteOffset
    else {
      const room = this.memory.roomForText(end + 1 - start)
      room.set(bytes.subarray(start, end + 1))
      this.shift = room.byteOffset - start
    }
    const { delimiter, decimalComma } = this.layout
    this.setText(delimiter, decimalComma ? comma : point, this.shift + end, this.shift)
    this.quotedLines.value = 0
  }

  /** Whether one of the cells that were read of the text has more than one line. */
  get hasQuotedLines(): boolean {
    return this.quotedLines.value !== 0
  }

  /**
   * Makes room for the cells of so many rows. Views of the memory that were made before may be gone: `bytes` is what was
   * opened, as it can be seen now.
   */
  makeRoom(rows: number): CellArrays {
    const { memory, runs, bytes, length, shift, isCopied } = this
    const { codeFields, numberFields, textFields } = this.layout
    const numbers = memory.room(rows * numberFields * 8)
    const texts = memory.room(rows * textFields * 8)
    const starts = memory.room(rows * 4)
    const runsAt = memory.room(runs.byteLength)
    const codes = memory.room(rows * codeFields * 4 + slack)
    const cells = codeFields + numberFields
    const oddBytes = Math.max(mostOddCells, cells * 2) * 12
    this.oddAt = memory.room(oddBytes)
    this.oddFull = this.oddAt + oddBytes - cells * 12
    const { buffer } = memory.memory
    new Int32Array(buffer, runsAt, runs.length).set(runs)
    this.addresses = [
      ...[this.oddAt, this.oddFull, runsAt, runsAt + runs.byteLength, this.lastKind, starts],
      ...[codes, codeFields, numbers, numberFields, texts, textFields],
    ]
    return {
      starts: new Int32Array(buffer, starts, rows),
      codes: new Int32Array(buffer, codes, rows * codeFields),
      numbers: new Float64Array(buffer, numbers, rows * numberFields),
      texts: new Int32Array(buffer, texts, rows * textFields * 2),
      bytes: isCopied ? bytes : new Uint8Array(buffer, shift, length),
    }
  }

  /**
   * Reads records from `position` on into the rows from `row` up to `rows`, up to the first line that is no plain record, or
   * to where there are too many odd cells. Gives its position; `this.row` is its row.
   */
  read(position: number, row: number, rows: number): number {
    const { shift } = this
    const next = this.scan(position + shift, row, rows, ...this.addresses) - shift
    const oddEnd = this.oddEnd.value
    this.row = this.nextRow.value
    this.oddCells = new Int32Array(this.memory.memory.buffer, this.oddAt, (oddEnd - this.oddAt) / 4)
    this.isFull = oddEnd > this.oddFull
    return next
  }
}

/** Fields that are read later are passed over with those that never are. */
function runsOf(kinds: number[]): number[] {
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
  return runs.flatMap(({ kind, length, later }) => [kind, length, later])
}
