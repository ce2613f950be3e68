import { openSync, readSync } from 'node:fs'
import type { Block, LoadedBlock } from '../batch/block.js'
import { SurveyError } from '../formats/survey-error.js'
import type { Stage, StageContext } from '../pool/stage.js'

export interface ReadBlockOptions {
  path: string
}

/**
 * Reads a block's bytes from the survey file and puts a line feed behind them, where the scanner stops.
 * The file is opened once and stays open as long as the thread lives.
 */
export function readBlock({ path }: ReadBlockOptions, { reuse }: StageContext): Stage<Block, LoadedBlock> {
  let descriptor: number | undefined
  let buffer = new Uint8Array(0)
  return {
    name: 'read-block',
    apply(block) {
      const { offset, length } = block
      // Two bytes more: a record that ends the file without a line feed ends inside the buffer all the same.
      if (!reuse || buffer.length < length + 2) buffer = new Uint8Array(length + 2)
      if (block.bytes !== undefined) buffer.set(block.bytes)
      else {
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
      }
      buffer[length] = 0x0a
      buffer[length + 1] = 0x0a
      return { block, bytes: buffer, end: length }
    },
  }
}
