import { readFileSync } from 'node:fs'
import type { ByteWriter } from './byte-writer.js'

/** Bytes behind a piece that are read or written too. */
const slack = 32
const pageBytes = 1 << 16

/** Bytes that are joined at a time: they stay in a processor's own cache until they are copied from there. */
const joinedBytes = 1 << 16
const joinedPieces = 1 << 12

/** Room for pieces that are soon gone, at least. */
const passingBytes = 1 << 16

/** Where the memory has what waits to be joined, where it is joined, and from where on it is free for pieces. */
const spansAt = slack
const outAt = spansAt + joinedPieces * 8
const piecesAt = outAt + joinedBytes + slack

/**
 * Puts pieces of text one behind the other, many at a time: those that are wanted again and again are kept, and copied
 * with vector instructions. What it runs is `join-pieces.wat`, which is compiled when the project is built.
 */
export class PieceJoiner {
  private readonly memory = new WebAssembly.Memory({ initial: Math.ceil(piecesAt / pageBytes) })
  private bytes = new Uint8Array(this.memory.buffer)
  private free = piecesAt
  private readonly run: (spans: number, last: number, out: number) => number
  /** Address and length of each piece that waits to be joined. */
  private spans = new Uint32Array(this.memory.buffer, spansAt, joinedPieces * 2)
  private waiting = 0
  private waitingBytes = 0
  private passingAt = 0
  private passingRoom = 0
  private passing = 0

  constructor() {
    const { join } = new WebAssembly.Instance(joinModule(), { pieces: { memory: this.memory } }).exports
    if (typeof join !== 'function') throw new Error('join-pieces.wasm exports no `join`')
    this.run = (spans, last, out) => join(spans, last, out)
  }

  /** Keeps a piece for good; gives its address, which is never 0. */
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
        this.passingRoom = Math.max(passingBytes, pieces.length * 2)
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
    const end = this.run(spansAt, spansAt + this.waiting * 4, outAt)
    out.append(this.bytes.subarray(outAt, end))
    this.waiting = 0
    this.waitingBytes = 0
  }

  private allocate(length: number): number {
    const address = this.free
    this.free += length + slack
    const missing = this.free - this.bytes.length
    if (missing > 0) {
      // By leaps: each makes new views of the memory.
      this.memory.grow(Math.ceil(Math.max(missing, this.bytes.length) / pageBytes))
      this.bytes = new Uint8Array(this.memory.buffer)
      this.spans = new Uint32Array(this.memory.buffer, spansAt, joinedPieces * 2)
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
