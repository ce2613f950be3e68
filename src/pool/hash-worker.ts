import { createHash } from 'node:crypto'
import { openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

const chunkBytes = 1 << 20

const hash = createHash('sha256')
const buffer = new Uint8Array(chunkBytes)
const descriptor = openSync(workerData, 'r')
let read = readSync(descriptor, buffer)
while (read > 0) {
  hash.update(buffer.subarray(0, read))
  read = readSync(descriptor, buffer)
}
parentPort?.postMessage(hash.digest('hex'))
