import { parentPort, workerData } from 'node:worker_threads'
import { encodeTable } from './encoded-table.js'

encodeTable(workerData).then((files) => {
  // A short one may be part of a buffer that others are part of too: it is copied.
  const own = files.filter(({ byteLength, buffer }) => byteLength === buffer.byteLength)
  parentPort?.postMessage(
    files,
    own.map(({ buffer }) => buffer as ArrayBuffer),
  )
})
