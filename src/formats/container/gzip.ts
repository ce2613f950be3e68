import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { ByteSource } from '../survey-columns/byte-source.js'
import { SurveyError } from '../survey-error.js'
import { type InflateLimit, limitInflation } from './inflate-limit.js'
import { skipBytes } from './skip-bytes.js'

/** Bytes inflated at a time. */
const chunkBytes = 1 << 18

/** What a gzip file holds, inflated anew on each reading. A damaged or cut file ends in a SurveyError. */
export function gzipSource(inner: ByteSource, limit: InflateLimit): ByteSource {
  const { name } = inner
  async function* inflate(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const gunzip = createGunzip({ chunkSize: chunkBytes })
    // The source hands out one buffer again and again, but zlib works on its input in another thread.
    const input = Readable.from(copies(inner.stream(0, signal)), { objectMode: false })
    input.on('error', (error) => gunzip.destroy(error))
    try {
      yield* input.pipe(gunzip)
    } catch (cause) {
      throw inflateError(cause, name)
    } finally {
      input.destroy()
      gunzip.destroy()
    }
  }
  return {
    name,
    size: Number.POSITIVE_INFINITY,
    sequential: true,
    stream: (start, signal) => skipBytes(limitInflation(inflate(signal), name, inner.size, limit), start),
  }
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk)
}

/** zlib's own errors as ones that a user can act on; others as they are. */
export function inflateError(cause: unknown, name: string): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (!code.startsWith('Z_')) return cause
  const reason = code === 'Z_BUF_ERROR' ? 'it ends too early' : cause instanceof Error ? cause.message : code
  return new SurveyError(`the compressed file is cut short or damaged (${reason}); fetch it again`, {
    place: { file: name },
    cause,
  })
}
