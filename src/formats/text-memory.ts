import { pageBytes } from './web-assembly.js'

/** Where the text starts: behind what WebAssembly leaves for its caller. */
const textAt = 16
/** Bytes behind the text that may be read. */
const slack = 16

/**
 * The memory that WebAssembly sees, one for each thread. Who reads a text straight into it spares the copy. What it holds
 * is good until room is made for the next text.
 */
class TextMemory {
  readonly memory = new WebAssembly.Memory({ initial: 1 })
  private bytes = new Uint8Array(this.memory.buffer)

  /** Room for a text of `length` bytes; the texts before it are gone. */
  room(length: number): Uint8Array<ArrayBuffer> {
    const size = textAt + length + slack
    if (size > this.bytes.length) {
      this.memory.grow(Math.ceil((size - this.bytes.length) / pageBytes))
      this.bytes = new Uint8Array(this.memory.buffer)
    }
    return this.bytes.subarray(textAt, textAt + length)
  }

  /** Whether the bytes lie in this memory as it is now. */
  holds(bytes: Uint8Array): boolean {
    return bytes.buffer === this.memory.buffer
  }
}

export const textMemory = new TextMemory()
