import { openSync, readSync } from 'node:fs'
import type { Block, LoadedBlock } from '../batch/block.js'
import { SurveyError } from '../formats/survey-error.js'
import { textMemory } from '../formats/text-memory.js'
import type { Stage, StageContext } from '../pool/stage.js'

export interface ReadBlockOptions {
  path: string
  /** The file can only be read from its start: its blocks bring their content along. */
  sequential?: boolean
}

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
  return {
    name: 'read-block',
    apply(block) {
      const { offset, length } = block
      if (block.columns !== undefined) return { block, bytes: buffer, end: 0 }
      if (block.bytes !== undefined) return { block, bytes: endRecords(block.bytes, length), end: length }
      if (sequential) throw new Error(`block ${block.index} lacks its content`)
      // Two bytes more: a record that ends the file without a line feed ends inside the buffer all the same.
      buffer = reuse ? memory.roomForText(length + 2) : new Uint8Array(length + 2)
      descriptor ??= openSync(path, 'r')
      let filled = 0
      while (filled < length) {
        const read = readSync(descriptor, buffer, filled, length - filled, offset + filled)
        if (read === 0) {
          throw new SurveyError(`the file became shorter while it was read: expected ${length} bytes at ${offset}`, {
            place: { file: path },
          })
        }
        filled += read
      }
      return { block, bytes: endRecords(buffer, length), end: length }
    },
  }
}

function endRecords(bytes: Uint8Array, length: number): Uint8Array {
  bytes[length] = 0x0a
  bytes[length + 1] = 0x0a
  return bytes
}
