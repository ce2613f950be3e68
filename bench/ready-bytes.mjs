// What an export can not beat: ready bytes that one writer puts on the disk, or that a compressor alone compresses.
//   node ready-bytes.mjs write FILE BYTES OUTPUT      one file, then brought to the disk
//   node ready-bytes.mjs gzip FILE BYTES THREADS      in pieces as long as an export's, thrown away
// FILE holds bytes of the right kind; they are taken again from its start until BYTES have gone.
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { Worker, workerData } from 'node:worker_threads'
import { loadCompressor } from '../dist/formats/compression.js'

/** What an export writes at a time, about. */
const pieceBytes = 4 << 20

if (workerData === null) await { write, gzip }[process.argv[2]](...process.argv.slice(3))
else await compressPieces(workerData)

function write(file, bytes, output) {
  const ready = readFileSync(file)
  const descriptor = openSync(output, 'w')
  for (let left = Number(bytes), from = 0; left > 0; ) {
    const length = Math.min(pieceBytes, left, ready.length - from)
    for (let written = 0; written < length; ) written += writeSync(descriptor, ready, from + written, length - written)
    left -= length
    from = from + length === ready.length ? 0 : from + length
  }
  fsyncSync(descriptor)
  closeSync(descriptor)
}

async function gzip(file, bytes, threads) {
  const content = readFileSync(file)
  const shared = new Uint8Array(new SharedArrayBuffer(content.length))
  shared.set(content)
  const pieces = Math.ceil(Number(bytes) / pieceBytes)
  const next = new Int32Array(new SharedArrayBuffer(4))
  const workers = Array.from(
    { length: Number(threads) },
    () => new Worker(new URL(import.meta.url), { workerData: { shared, pieces, next } }),
  )
  await Promise.all(workers.map((worker) => new Promise((done, fail) => worker.on('exit', done).on('error', fail))))
}

async function compressPieces({ shared, pieces, next }) {
  const compress = await loadCompressor('gzip')
  const places = Math.max(1, Math.floor(shared.length / pieceBytes))
  for (let piece = Atomics.add(next, 0, 1); piece < pieces; piece = Atomics.add(next, 0, 1)) {
    const from = (piece % places) * pieceBytes
    compress(shared.subarray(from, from + pieceBytes))
  }
}
