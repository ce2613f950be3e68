import assert from 'node:assert/strict'
import { Worker } from 'node:worker_threads'
import type { ByteSource } from '#src/formats/survey-columns/byte-source.js'
import { bytesSource } from '#src/formats/survey-columns/byte-source.js'
import type { SurveyTable } from '#src/formats/survey-columns.js'
import { isOneLine, seededRandom } from './sav-reading.js'

/** Values at which counts and lengths go wrong. */
const EDGES = [
  0, 1, 2, 7, 8, 9, 127, 128, 252, 253, 254, 255, 256, 32767, 32768, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
]

/** Most bytes that the batches of a damaged small file may take. */
const MOST_BATCH_BYTES = 1 << 22
/** Most memory that reading them all may add to the process. */
const MOST_ADDED_MEGABYTES = 400

/** A copy of a file with one to three random changes: bits, bytes, numbers, cuts, repeats. */
export function mutate(file: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(file)
  const below = (limit: number): number => Math.floor(random() * limit)
  for (let changes = 1 + below(3); changes > 0; changes--) {
    if (bytes.length < 16) return bytes
    const at = below(bytes.length)
    const kind = below(10)
    if (kind < 3) {
      bytes[at] ^= 1 << below(8)
    } else if (kind < 5) {
      bytes[at] = below(3) === 0 ? below(256) : EDGES[below(12)]
    } else if (kind < 7) {
      const value = EDGES[below(EDGES.length)]
      const place = Math.min(at, bytes.length - 4)
      if (below(2) === 0) bytes.writeUInt32LE(value, place)
      else bytes.writeUInt32BE(value, place)
    } else if (kind === 7) {
      bytes = bytes.subarray(0, at)
    } else {
      const length = 1 + below(Math.min(64, bytes.length - at))
      const end = at + length
      // Kind 8 takes a piece out, 9 puts it in twice.
      bytes = Buffer.concat([bytes.subarray(0, kind === 8 ? at : end), bytes.subarray(kind === 8 ? end : at)])
    }
  }
  return bytes
}

/** What the worker is asked for. */
export interface MutationRun {
  form: 'sav' | 'dta'
  files: Uint8Array[]
  count: number
  seed: number
}

/**
 * `readMutations` on a thread of its own: node:test follows every promise of the main thread, which
 * makes reading tens of thousands of small files several times slower.
 */
export function runMutations(run: MutationRun): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./sav-mutation-worker.js', import.meta.url), { workerData: run })
    worker.on('error', reject)
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the worker ended with ${code}`))))
  })
}

/**
 * Reads `count` damaged copies of the files in full: each either reads or fails with one line, within
 * bounds of memory.
 */
export async function readMutations(
  files: readonly Buffer[],
  open: (source: ByteSource) => Promise<SurveyTable>,
  count: number,
  seed: number,
): Promise<void> {
  for (const file of files) await readAll(await open(bytesSource('undamaged', file)))
  const random = seededRandom(seed)
  const memoryBefore = process.resourceUsage().maxRSS
  let readable = 0
  for (let index = 0; index < count; index++) {
    const bytes = mutate(files[index % files.length], random)
    try {
      await readAll(await open(bytesSource('damaged', bytes)))
      readable++
    } catch (error) {
      assert.ok(isOneLine(error, 'damaged'), `mutation ${index} of seed ${seed}`)
    }
  }
  // A changed cell or label reads; most other changes are found out.
  assert.ok(readable > count / 50 && readable < (count * 9) / 10, `${readable} of ${count} read`)
  const added = (process.resourceUsage().maxRSS - memoryBefore) / 1024
  assert.ok(added < MOST_ADDED_MEGABYTES, `memory grew by ${added} MB`)
}

async function readAll(table: SurveyTable): Promise<void> {
  for await (const batch of table.read({ columns: table.variables.map((_, column) => column) })) {
    let size = batch.numbers.find((column) => column !== undefined)?.buffer.byteLength ?? 0
    for (const text of batch.texts)
      size += (text?.bytes.buffer.byteLength ?? 0) + (text?.offsets.buffer.byteLength ?? 0)
    assert.ok(size < MOST_BATCH_BYTES, `a batch of ${size} bytes`)
  }
}
