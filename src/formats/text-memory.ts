import { WorkMemory } from './work-memory.js'

/**
 * Where the scanner's text is, and behind it what is made of it. Who reads a text straight into it spares the copy. What it
 * holds is good until room is made for the next text.
 */
export class TextMemory extends WorkMemory {
  /** Room for a text of `length` bytes; what was there before is gone. */
  roomForText(length: number): Uint8Array<ArrayBuffer> {
    this.clear()
    return this.bytes(this.room(length), length)
  }
}

/** That of a thread, for chains that are done with a text before another one takes its turn. */
export const textMemory = new TextMemory()
