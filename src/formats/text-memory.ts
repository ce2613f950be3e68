import { pageBytes } from './web-assembly.js'

/** Where the text starts: no address of it is 0. */
const textAt = 16
/** Bytes behind the text that may be read. */
const slack = 16

/**
 * The memory that WebAssembly sees, one for each thread: a text, and behind it what is made of it. Who reads a text straight
 * into it spares the copy. What it holds is good until room is made for the next text.
 */
class TextMemory {
  readonly memory = new WebAssembly.Memory({ initial: 1 })
  private bytes = new Uint8Array(this.memory.buffer)
  /** The first address behind what there is room for. */
  private end = textAt

  /** Room for a text of `length` bytes; what was there before is gone. */
  room(length: number): Uint8Array<ArrayBuffer> {
    this.end = textAt
    return this.bytesAt(this.behind(length), length)
  }

  /**
   * Address, a multiple of 8, of room for `length` bytes behind what there is room for already. The text stays, but views
   * of the memory that were made before may be gone.
   */
  behind(length: number): number {
    const address = Math.ceil(this.end / 8) * 8
    this.end = address + length + slack
    const missing = this.end - this.bytes.length
    if (missing > 0) {
      this.memory.grow(Math.ceil(missing / pageBytes))
      this.bytes = new Uint8Array(this.memory.buffer)
    }
    return address
  }

  bytesAt(address: number, length: number): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(address, address + length)
  }

  /** Whether the bytes lie in this memory as it is now. */
  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.memory.buffer
  }
}

export const textMemory = new TextMemory()
