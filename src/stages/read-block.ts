import { openSync, readSync } from 'node:fs'
import type { Block, ChosenRecords, LoadedBlock } from '../batch/block.js'
import { SurveyError } from '../formats/survey-error.js'
import { textMemory } from '../formats/text-memory.js'
import type { Stage, StageContext } from '../pool/stage.js'

export interface ReadBlockOptions {
  path: string
  /** The file can only be read from its start: its blocks bring their content along. */
  sequential?: boolean
}

/** To read so many bytes for nothing takes less than another call. */
const nearBytes = 1 << 13

/**
 * Reads a block's bytes from the survey file and puts a line feed behind them, where the scanner stops.
 * The file is opened once and stays open as long as the thread lives. Where blocks come one after the other, they are read
 * into the memory that the scanner looks at.
 */
export function readBlock(
  { path, sequential = false }: ReadBlockOptions,
  { reuse, memory = textMemory }: StageContext,
): Stage<Block, LoadedBlock> {
  let descriptor: number | undefined
  let buffer = new Uint8Array(0)

  /** Reads so many bytes at `offset` of the file into the buffer, from `at` on. */
  function read(at: number, length: number, offset: number): void {
    descriptor ??= openSync(path, 'r')
    for (let filled = 0; filled < length; ) {
      const bytesRead = readSync(descriptor, buffer, at + filled, length - filled, offset + filled)
      if (bytesRead === 0) {
        throw new SurveyError(`the file became shorter while it was read: expected ${length} bytes at ${offset}`, {
          place: { file: path },
        })
      }
      filled += bytesRead
    }
  }

  /** Reads the chosen records, one behind the other; gives their bytes. */
  function readChosen({ offsets, lengths }: ChosenRecords): number {
    let filled = 0
    for (let first = 0; first < offsets.length; ) {
      const start = offsets[first]
      const last = lastNear({ offsets, lengths }, first)
      read(filled, offsets[last] + lengths[last] - start, start)
      const shift = start - filled
      for (; first <= last; first++) {
        const from = offsets[first] - shift
        buffer.copyWithin(filled, from, from + lengths[first])
        filled += lengths[first]
      }
    }
    return filled
  }

  return {
    name: 'read-block',
    apply(block) {
      const { length, columns, chosen, bytes } = block
      if (columns !== undefined) return { block, bytes: buffer, end: 0 }
      if (bytes !== undefined) {
        const end = chosen === undefined ? length : bytes.length - 2
        return { block, bytes: endRecords(bytes, end), end }
      }
      if (sequential) throw new Error(`block ${block.index} lacks its content`)
      // Two bytes more: a record that ends the file without a line feed ends inside the buffer all the same.
      const room = (chosen === undefined ? length : roomFor(chosen)) + 2
      buffer = reuse ? memory.roomForText(room) : new Uint8Array(room)
      const end = chosen === undefined ? length : readChosen(chosen)
      if (chosen === undefined) read(0, length, block.offset)
      return { block, bytes: endRecords(buffer, end), end }
    },
  }
}

type Places = Pick<ChosenRecords, 'offsets' | 'lengths'>

/** The last of the records that come in one reading with one of them: those that stand close together, with what is between them. */
function lastNear({ offsets, lengths }: Places, first: number): number {
  let last = first
  while (last + 1 < offsets.length && offsets[last + 1] - offsets[last] - lengths[last] <= nearBytes) last++
  return last
}

/** Bytes that the buffer holds at most while records are read one behind the other. */
function roomFor({ offsets, lengths }: Places): number {
  let most = 0
  let filled = 0
  for (let first = 0; first < offsets.length; ) {
    const last = lastNear({ offsets, lengths }, first)
    most = Math.max(most, filled + offsets[last] + lengths[last] - offsets[first])
    for (; first <= last; first++) filled += lengths[first]
  }
  return most
}

function endRecords(bytes: Uint8Array, length: number): Uint8Array {
  bytes[length] = 0x0a
  bytes[length + 1] = 0x0a
  return bytes
}
