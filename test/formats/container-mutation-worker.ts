import assert from 'node:assert/strict'
import { workerData } from 'node:worker_threads'
import { gzipSource } from '#src/formats/container/gzip.js'
import { ZipArchive } from '#src/formats/container/zip.js'
import { type ByteSource, bytesSource } from '#src/formats/survey-columns/byte-source.js'
import { isXlsx, xlsxSource } from '#src/formats/xlsx.js'
import { mutate } from './sav-mutation.js'
import { isOneLine, seededRandom } from './sav-reading.js'
import { encodeZip } from './zip-encoder.js'

/** Most memory that reading them all may add to the process. */
const mostAddedMegabytes = 400
/** Most bytes that a damaged small file may unfold to. */
const mostBytes = 1 << 26

export interface ContainerMutationRun {
  form: 'gzip' | 'zip' | 'sheet'
  files: Uint8Array[]
  count: number
  seed: number
}

const { form, files, count, seed }: ContainerMutationRun = workerData
const limit = { maxBytes: mostBytes }

async function open(bytes: Buffer, parts: Record<string, string>): Promise<ByteSource> {
  if (form === 'gzip') return gzipSource(bytesSource('damaged', bytes, 512), limit)
  // A changed sheet is packed anew, so that the parser sees the change and not only the checksum.
  const packed = encodeZip(
    Object.entries(parts).map(([name, text]) => ({ name, content: Buffer.from(text), method: 0 })),
  )
  const archive = await ZipArchive.open('damaged', form === 'sheet' ? packed : bytes)
  return isXlsx(archive) ? xlsxSource(archive, limit) : archive.source(archive.choose(undefined), limit)
}

async function read(bytes: Buffer): Promise<void> {
  const parts = form === 'sheet' ? JSON.parse(Buffer.from(files[files.length - 1]).toString()) : {}
  if (form === 'sheet') parts['xl/worksheets/sheet1.xml'] = bytes.toString('latin1')
  for await (const chunk of (await open(bytes, parts)).stream(0)) assert(chunk.length < mostBytes)
}

const originals = (form === 'sheet' ? files.slice(0, -1) : files).map((file) => Buffer.from(file))
for (const file of originals) await read(file)
const random = seededRandom(seed)
const memoryBefore = process.resourceUsage().maxRSS
let readable = 0
for (let index = 0; index < count; index++) {
  try {
    await read(mutate(originals[index % originals.length], random))
    readable++
  } catch (error) {
    // The message may name a member behind the file.
    const { message } = error instanceof Error ? error : { message: '' }
    const place = /^damaged(?: \([^\n]*?\))?(?:, line \d+)?(?=: )/.exec(message)?.[0] ?? 'damaged'
    assert(isOneLine(error, place), `mutation ${index} of seed ${seed}`)
  }
}
assert(readable > 0 && readable < (count * 9) / 10, `${readable} of ${count} read`)
const added = (process.resourceUsage().maxRSS - memoryBefore) / 1024
assert(added < mostAddedMegabytes, `memory grew by ${added} MB`)
