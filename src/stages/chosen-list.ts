import type { ChosenRecords } from '../batch/block.js'
import type { TextMemory } from '../formats/text-memory.js'

/** Bytes that a block's chosen records have room for at first. */
const firstRoom = 1 << 20

/** Gathers the chosen records of a block, and their bytes one behind the other in `memory`, where that is given. */
export class ChosenList {
  private places: number[] = []
  private lines: number[] = []
  private offsets: number[] = []
  private lengths: number[] = []
  /** The bytes so far, and the room for them; it may be gone when there are none. */
  private held = 0
  private room = firstRoom
  private bytes = new Uint8Array(0)

  constructor(private readonly memory: TextMemory | undefined) {}

  /** `place`, `line` and `offset` are as in `ChosenRecords`; the record's bytes are those of `text` from `start` to `end`. */
  add(place: number, line: number, offset: number, text: Uint8Array, start: number, end: number): void {
    this.places.push(place)
    this.lines.push(line)
    this.offsets.push(offset)
    this.lengths.push(end - start)
    if (this.memory !== undefined) this.keep(this.memory, text.subarray(start, end))
  }

  /** What was gathered, for the block that ends here; the list is empty then. The bytes are good until the next is added. */
  take(): Omit<ChosenRecords, 'selection'> & { bytes: Uint8Array | undefined } {
    const { places, lines, offsets, lengths, memory } = this
    const bytes = memory?.roomForText(this.held + 2)
    this.places = []
    this.lines = []
    this.offsets = []
    this.lengths = []
    this.held = 0
    return {
      places: Int32Array.from(places),
      lines: Int32Array.from(lines),
      offsets: Float64Array.from(offsets),
      lengths: Int32Array.from(lengths),
      bytes,
    }
  }

  private keep(memory: TextMemory, record: Uint8Array): void {
    const held = this.held + record.length
    const isFull = held > this.room
    while (held > this.room) this.room *= 2
    if (this.held === 0 || isFull) this.bytes = memory.roomForText(this.room)
    this.bytes.set(record, this.held)
    this.held = held
  }
}
