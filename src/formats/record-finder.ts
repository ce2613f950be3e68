import { exportedFunction, webAssembly } from './web-assembly.js'
import { WorkMemory } from './work-memory.js'

/** Records found at a time. */
const mostFound = 1024

/**
 * Finds where plain records end, and their ids, with vector instructions. What it runs is `find-records.wat`, which is
 * compiled when the project is built. A text that is read straight into its memory need not be copied.
 */
export class RecordFinder {
  /** Of the records last found: the positions behind them, and their ids. */
  readonly ends = new Int32Array(mostFound)
  readonly ids = new Float64Array(mostFound)
  private readonly idsAt: number
  private readonly endsAt: number
  private textAt = 0
  private readonly run: (...numbers: number[]) => number

  /** `delimiter` as a byte; the id stands behind `idField` other fields. `memory` is new: rooms that are in it are kept. */
  constructor(
    private readonly delimiter: number,
    private readonly idField: number,
    private readonly memory = new WorkMemory(),
  ) {
    this.idsAt = memory.room(mostFound * 8)
    this.endsAt = memory.room(mostFound * 4)
    const exports = webAssembly(new URL('./find-records.wasm', import.meta.url), this.memory.memory)
    this.run = exportedFunction(exports, 'find')
    this.memory.keep()
  }

  /** Room for a text; what the room before this held is in it, and that room must not be used any more. */
  room(length: number): Buffer {
    const { memory } = this
    memory.clear()
    this.textAt = memory.room(length)
    return Buffer.from(memory.memory.buffer, this.textAt, length)
  }

  /** Whether bytes are those of the room. */
  holds(bytes: Buffer): boolean {
    return this.memory.holds(bytes)
  }

  /**
   * Finds records in the room from one position up to another, up to the first that does not end there or is not plain;
   * gives how many.
   */
  find(start: number, end: number): number {
    const { delimiter, idField, textAt, endsAt, idsAt } = this
    const found = this.run(textAt + start, textAt + end, delimiter, idField, endsAt, idsAt, mostFound)
    const { buffer } = this.memory.memory
    const ends = new Int32Array(buffer, endsAt, found)
    for (let record = 0; record < found; record++) this.ends[record] = ends[record] - textAt
    this.ids.set(new Float64Array(buffer, idsAt, found))
    return found
  }
}
