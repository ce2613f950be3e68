import { RecordBoundary } from '../formats/record-boundary.js'
import { RecordFinder } from '../formats/record-finder.js'
import type { WorkMemory } from '../formats/work-memory.js'
import type { ReadSurveyOptions } from './read-survey.js'
import { RecordId } from './record-id.js'
import { RecordIndex } from './record-index.js'
import type { RecordTaker } from './take-records.js'

/** Finds the records of delimited text, and of each its id alone. */
export class SurveyIndexer implements RecordTaker {
  readonly index: RecordIndex
  private readonly boundary: RecordBoundary
  private readonly finder: RecordFinder
  private readonly id: RecordId

  /** `memory` is where the bytes will be; one of its own where it is absent. */
  constructor(options: ReadSurveyOptions, memory?: WorkMemory) {
    const { delimiter, idField } = options
    this.index = new RecordIndex(options)
    this.id = new RecordId(delimiter, idField, this.index)
    this.boundary = new RecordBoundary(delimiter.charCodeAt(0))
    this.finder = new RecordFinder(delimiter.charCodeAt(0), idField, memory)
  }

  /** Room for bytes that `take` is soonest done with; it holds what the room before it held, which must not be used then. */
  room(length: number): Buffer {
    return this.finder.room(length)
  }

  /** Takes up all whole records of `bytes` from `start` to `end`; gives where the next one starts. */
  take(bytes: Buffer, start: number, end: number, last: boolean): number {
    const { index, boundary, finder } = this
    boundary.open(bytes.subarray(0, end), end)
    const isInRoom = finder.holds(bytes)
    let position = start
    while (position < end) {
      const found = isInRoom ? finder.find(position, end) : 0
      if (found > 0) {
        position = index.addLines(finder.ids, finder.ends, found, position)
        continue
      }
      const linesBefore = boundary.lines
      let next = boundary.find(position)
      if (next === -1) {
        if (!last) break
        next = end
      }
      if (!isBlank(bytes, position, next)) index.add(this.id.keyOf(bytes, position, next))
      index.pass(next - position, boundary.lines - linesBefore)
      position = next
    }
    return position
  }

  /** There are no more records. */
  close(): void {
    this.index.close()
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  return bytes[start] === 0x0a || (bytes[start] === 0x0d && (start + 1 === end || bytes[start + 1] === 0x0a))
}
