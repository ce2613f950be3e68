import { exportedFunction, pageBytes, webAssembly } from './web-assembly.js'

/** Records found at a time. */
const mostFound = 1024

/** Where everything begins in the memory of WebAssembly. */
const idsAt = 16
const endsAt = idsAt + mostFound * 8
const textAt = endsAt + mostFound * 4
/** Bytes behind the text that may be read. */
const slack = 16

/**
 * Finds where plain records end, and their ids, with vector instructions. What it runs is `find-records.wat`, which is
 * compiled when the project is built. A text that is read straight into its memory need not be copied.
 */
export class RecordFinder {
  /** Of the records last found: the positions behind them, and their ids. */
  readonly ends = new Int32Array(mostFound)
  readonly ids = new Float64Array(mostFound)
  private readonly memory = new WebAssembly.Memory({ initial: 1 })
  private readonly run: (...numbers: number[]) => number

  /** `delimiter` as a byte; the id stands behind `idField` other fields. */
  constructor(
    private readonly delimiter: number,
    private readonly idField: number,
  ) {
    const exports = webAssembly(new URL('./find-records.wasm', import.meta.url), this.memory)
    this.run = exportedFunction(exports, 'find')
  }

  /** Room for a text; what the room before this held is in it, and that room must not be used any more. */
  room(length: number): Buffer {
    const missing = textAt + length + slack - this.memory.buffer.byteLength
    if (missing > 0) this.memory.grow(Math.ceil(missing / pageBytes))
    return Buffer.from(this.memory.buffer, textAt, length)
  }

  /** Whether bytes are those of the room. */
  holds(bytes: Buffer): boolean {
    return bytes.buffer === this.memory.buffer
  }

  /**
   * Finds records in the room from one position up to another, up to the first that does not end there or is not plain;
   * gives how many.
   */
  find(start: number, end: number): number {
    const { memory, delimiter, idField } = this
    const found = this.run(textAt + start, textAt + end, delimiter, idField, endsAt, idsAt, mostFound)
    const ends = new Int32Array(memory.buffer, endsAt, found)
    for (let record = 0; record < found; record++) this.ends[record] = ends[record] - textAt
    this.ids.set(new Float64Array(memory.buffer, idsAt, found))
    return found
  }
}
