import type { ByteWriter } from './byte-writer.js'
import { exportedFunction, exportedGlobal, webAssembly } from './web-assembly.js'
import { WorkMemory } from './work-memory.js'

/** Bytes behind a piece that are read or written too. */
const slack = 32

/** Bytes that are joined at a time: they stay in a processor's own cache until they are copied from there. */
const joinedBytes = 1 << 16

/** Lines that wait to be joined, at most. */
export const waitingLines = 1 << 12

/** Room for pieces that are soon gone, at least. */
const passingBytes = 1 << 16

/** The pieces that a part of a line can be of. */
export interface JoinerTable {
  /** Which of a line's two keys it goes by. */
  by: 0 | 1
  /** Pieces of each key. */
  width: number
  /** Where it begins in the joiner's memory. */
  address: number
  /** Bytes that a key has, at most. */
  longest: number
}

/** A run of bytes in the joiner's memory. */
interface Room {
  address: number
  bytes: number
}

/**
 * Puts lines together from pieces of text with vector instructions, many lines at a time. A line is two keys; each of
 * its parts goes by one of them, and finds its pieces in a table. What it runs is `join-pieces.wat`, which is compiled
 * when the project is built.
 */
export class PieceJoiner {
  private readonly memory = new WorkMemory()
  private bytes = new Uint8Array(this.memory.memory.buffer)
  private words = new Uint32Array(this.memory.memory.buffer)
  private readonly join: (...addresses: number[]) => number
  private readonly end: WebAssembly.Global
  private readonly tables: JoinerTable[] = []
  private parts: Room = { address: 0, bytes: 0 }
  private joined: Room = { address: 0, bytes: 0 }
  private passing: Room = { address: 0, bytes: 0 }
  private passed = 0
  private readonly lines = this.allocate(waitingLines * 8)
  private waiting = 0

  constructor() {
    const exports = webAssembly(new URL('./join-pieces.wasm', import.meta.url), this.memory.memory)
    this.join = exportedFunction(exports, 'join')
    this.end = exportedGlobal(exports, 'out')
  }

  /**
   * Gives lines one more part, which goes by their first or second key: `pieces` are address and length of the `width`
   * pieces of each key.
   */
  addPart(by: 0 | 1, pieces: Uint32Array, width: number): JoinerTable {
    const table = { by, width, longest: 0, address: this.allocate(pieces.byteLength).address }
    this.words.set(pieces, table.address / 4)
    for (let place = 0; place < pieces.length; ) {
      let length = 0
      for (let piece = 0; piece < width; piece++, place += 2) length += pieces[place + 1]
      table.longest = Math.max(table.longest, length)
    }
    this.tables.push(table)
    this.parts = this.allocate(this.tables.length * 12)
    this.words.set(
      this.tables.flatMap((each) => [each.by * 4, each.address, each.width]),
      this.parts.address / 4,
    )
    return table
  }

  /** Sets the piece of a key, for a part that has one of each. */
  point(table: JoinerTable, key: number, piece: number, length: number): void {
    const place = table.address / 4 + key * 2
    this.words[place] = piece
    this.words[place + 1] = length
    table.longest = Math.max(table.longest, length)
  }

  /** Keeps a piece for good; gives its address. */
  keep(piece: Uint8Array): number {
    const { address } = this.allocate(piece.length)
    this.bytes.set(piece, address)
    return address
  }

  /** Whether `pass` may take so many bytes, or the lines that wait must be joined first. */
  hasRoom(bytes: number): boolean {
    return this.waiting === 0 || this.passed + bytes <= this.passing.bytes
  }

  /** Keeps what is good only for the lines that wait, where there is room; gives its address. */
  pass(pieces: Uint8Array): number {
    if (this.passed + pieces.length > this.passing.bytes) {
      this.passing = this.allocate(Math.max(passingBytes, pieces.length * 2))
      this.passed = 0
    }
    const address = this.passing.address + this.passed
    this.bytes.set(pieces, address)
    this.passed += pieces.length
    return address
  }

  get isFull(): boolean {
    return this.waiting === waitingLines
  }

  /** Takes up a line, while the joiner is not full. */
  add(first: number, second: number): void {
    const { words, waiting } = this
    const place = this.lines.address / 4 + waiting * 2
    words[place] = first
    words[place + 1] = second
    this.waiting = waiting + 1
  }

  /** Joins the lines that wait, and appends them to `out`. */
  flush(out: ByteWriter): void {
    if (this.waiting === 0) return
    const longest = this.tables.reduce((sum, table) => sum + table.longest, 0)
    if (this.joined.bytes < joinedBytes + longest) this.joined = this.allocate(joinedBytes + longest * 2)
    const { parts, joined } = this
    const limit = joined.address + joined.bytes - longest
    let line = this.lines.address
    const last = line + this.waiting * 8
    while (line < last) {
      line = this.join(line, last, parts.address, parts.address + parts.bytes, joined.address, limit)
      out.append(this.bytes.subarray(joined.address, this.end.value))
    }
    this.waiting = 0
    this.passed = 0
  }

  private allocate(bytes: number): Room {
    const address = this.memory.room(bytes + slack)
    const { buffer } = this.memory.memory
    if (buffer !== this.words.buffer) {
      this.bytes = new Uint8Array(buffer)
      this.words = new Uint32Array(buffer)
    }
    return { address, bytes }
  }
}
