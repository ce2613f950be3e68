import { pageBytes } from './web-assembly.js'

/** Bytes behind each room that may be read and written too: vector instructions go by sixteen. */
const slack = 16

/**
 * Rooms begin at multiples of this, a line of the processor's cache. It is more than tidy: AMD's Zen 3 takes four times as long
 * to copy what is read from a file to an address a few bytes behind the start of a page (its `rep movsb`).
 */
const line = 64

/**
 * A memory that WebAssembly works in. Rooms are made in it one behind the other, for one piece of work; those for the next
 * take their place, unless they are kept.
 */
export class WorkMemory {
  readonly memory = new WebAssembly.Memory({ initial: 1 })
  private view = new Uint8Array(this.memory.buffer)
  /** Where the rooms begin that are not kept; no address is 0. */
  private kept = line
  private end = line

  /** Takes back all rooms but those that are kept. */
  clear(): void {
    this.end = this.kept
  }

  /** Keeps the rooms that there are. */
  keep(): void {
    this.kept = this.end
  }

  /**
   * Address, a multiple of 64, of room for `length` bytes behind the others; what they hold stays, but views of the memory
   * that were made before may be gone.
   */
  room(length: number): number {
    const address = Math.ceil(this.end / line) * line
    this.end = address + length + slack
    const missing = this.end - this.view.length
    if (missing > 0) {
      // By leaps: each makes new views, and pages that nothing is written to cost nothing.
      this.memory.grow(Math.ceil(Math.max(missing, this.view.length) / pageBytes))
      this.view = new Uint8Array(this.memory.buffer)
    }
    return address
  }

  /** Puts values into a room of their own; gives its address. */
  hold({ buffer, byteOffset, byteLength }: ArrayBufferView): number {
    const address = this.room(byteLength)
    this.bytes(address, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength))
    return address
  }

  bytes(address: number, length: number): Uint8Array<ArrayBuffer> {
    return this.view.subarray(address, address + length)
  }

  /** Whether bytes lie in this memory as it is now. */
  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.memory.buffer
  }
}
