import { readFileSync } from 'node:fs'
import type { ByteWriter } from './byte-writer.js'

/** Bytes behind a piece that are read or written too. */
const slack = 32
const pageBytes = 1 << 16

/** Bytes that are joined at a time: they stay in a processor's own cache until they are copied from there. */
const joinedBytes = 1 << 16
const joinedPieces = 1 << 12

/** Room for pieces that are soon gone, at first. */
const passingBytes = 1 << 16

/**
 * Puts pieces of text one behind the other, many at a time: those that are wanted again and again are kept, and copied
 * with vector instructions. What it runs is `join-pieces.wat`, which is compiled when the project is built.
 */
export class PieceJoiner {
  private readonly memory = new WebAssembly.Memory({ initial: 1 })
  private bytes = new Uint8Array(this.memory.buffer)
  /** Addresses from here on are free; 0 is never one of a piece. */
  private free = slack
  private readonly run: (spans: number, last: number, out: number) => number
  private readonly spansAt: number
  private readonly outAt: number
  /** Address and length of each piece that waits to be joined. */
  private spans: Uint32Array
  private waiting = 0
  private waitingBytes = 0
  private passingAt: number
  private passingRoom = passingBytes
  private passing = 0

  constructor() {
    const { join } = new WebAssembly.Instance(joinModule(), { pieces: { memory: this.memory } }).exports
    if (typeof join !== 'function') throw new Error('join-pieces.wasm exports no `join`')
    this.run = (spans, last, out) => join(spans, last, out)
    this.spansAt = this.allocate(joinedPieces * 8)
    this.outAt = this.allocate(joinedBytes)
    this.passingAt = this.allocate(passingBytes)
    this.spans = new Uint32Array(this.memory.buffer, this.spansAt, joinedPieces * 2)
  }

  /** Keeps a piece for good; gives its address. */
  keep(piece: Uint8Array): number {
    const address = this.allocate(piece.length)
    this.bytes.set(piece, address)
    return address
  }

  /**
   * Keeps what is good only until the next call; gives its address. What waits of those before may go to `out`, to make
   * room.
   */
  pass(out: ByteWriter, pieces: Uint8Array): number {
    if (this.passing + pieces.length > this.passingRoom) {
      this.flush(out)
      this.passing = 0
      if (pieces.length > this.passingRoom) {
        this.passingRoom = pieces.length * 2
        this.passingAt = this.allocate(this.passingRoom)
      }
    }
    const address = this.passingAt + this.passing
    this.bytes.set(pieces, address)
    this.passing += pieces.length
    return address
  }

  /** Appends a piece to what waits to be joined. */
  add(out: ByteWriter, address: number, length: number): void {
    if (this.waiting === joinedPieces * 2 || this.waitingBytes + length > joinedBytes) {
      this.flush(out)
      if (length > joinedBytes) {
        out.append(this.bytes.subarray(address, address + length))
        return
      }
    }
    const { spans, waiting } = this
    spans[waiting] = address
    spans[waiting + 1] = length
    this.waiting = waiting + 2
    this.waitingBytes += length
  }

  /** Joins what waits, and appends it to `out`. */
  flush(out: ByteWriter): void {
    if (this.waiting === 0) return
    const { spansAt, outAt } = this
    const end = this.run(spansAt, spansAt + this.waiting * 4, outAt)
    out.append(this.bytes.subarray(outAt, end))
    this.waiting = 0
    this.waitingBytes = 0
  }

  private allocate(length: number): number {
    const address = this.free
    // On even addresses, for the spans.
    this.free = (address + length + slack + 15) & ~15
    const missing = this.free - this.bytes.length
    if (missing > 0) {
      // By leaps: each makes new views of the memory.
      this.memory.grow(Math.ceil(Math.max(missing, this.bytes.length) / pageBytes))
      this.bytes = new Uint8Array(this.memory.buffer)
      if (this.spansAt !== undefined) this.spans = new Uint32Array(this.memory.buffer, this.spansAt, joinedPieces * 2)
    }
    return address
  }
}

let compiled: WebAssembly.Module | undefined

/** Compiled once a thread. */
function joinModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL('./join-pieces.wasm', import.meta.url)))
  return compiled
}
