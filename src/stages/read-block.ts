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
      // Records that stand close together come in one reading, with what is between them.
      const start = offsets[first]
      let last = first
      while (last + 1 < offsets.length && offsets[last + 1] - offsets[last] - lengths[last] <= nearBytes) last++
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
      buffer = reuse ? memory.roomForText(length + 2) : new Uint8Array(length + 2)
      const end = chosen === undefined ? length : readChosen(chosen)
      if (chosen === undefined) read(0, length, block.offset)
      return { block, bytes: endRecords(buffer, end), end }
    },
  }
}

function endRecords(bytes: Uint8Array, length: number): Uint8Array {
  bytes[length] = 0x0a
  bytes[length + 1] = 0x0a
  return bytes
}
