import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { WorkMemory } from '../formats/work-memory.js'

const chunkBytes = 1 << 20

/** SHA-256 of a file in hexadecimal, made without a break. */
export function work(path: string): string {
  const hash = createHash('sha256')
  // Of all memory it is this that bytes are soonest read into.
  const memory = new WorkMemory()
  const buffer = memory.bytes(memory.room(chunkBytes), chunkBytes)
  const descriptor = openSync(path, 'r')
  try {
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer)) {
      hash.update(buffer.subarray(0, read))
    }
    return hash.digest('hex')
  } finally {
    closeSync(descriptor)
  }
}
