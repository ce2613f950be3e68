import { open, stat } from 'node:fs/promises'
import { SurveyError } from '../survey-error.js'

/**
 * Where a binary survey file's bytes come from: a file, a member of an archive, memory. A reader
 * asks for the bytes more than once (a .dta file has its value labels behind its rows).
 */
export interface ByteSource {
  /** The name that errors give. */
  readonly name: string
  /** Length in bytes: every count in a file is checked against it. Infinity if only reading can tell. */
  readonly size: number
  /** True if coming to a position costs as much as reading up to it, as in a compressed archive. */
  readonly sequential?: boolean
  /** All bytes from position `start` on. A chunk is valid only until the next one is asked for. */
  stream(start: number, signal?: AbortSignal): AsyncIterable<Uint8Array>
}

const CHUNK = 1 << 20

/** A file on disk. Throws a SurveyError if it is not there or is no file. */
export async function fileSource(path: string): Promise<ByteSource> {
  const stats = await readable(path, () => stat(path))
  if (!stats.isFile()) throw new SurveyError('is not a file', { place: { file: path } })
  const { size } = stats
  return {
    name: path,
    size,
    async *stream(start, signal) {
      const handle = await readable(path, () => open(path))
      try {
        const buffer = Buffer.allocUnsafeSlow(Math.max(1, Math.min(CHUNK, size - start)))
        for (let position = start; ; ) {
          signal?.throwIfAborted()
          const { bytesRead } = await readable(path, () => handle.read(buffer, 0, buffer.length, position))
          if (bytesRead === 0) return
          position += bytesRead
          yield buffer.subarray(0, bytesRead)
        }
      } finally {
        await handle.close()
      }
    },
  }
}

/** Bytes in memory, handed out in chunks of at most `chunk` bytes. */
export function bytesSource(name: string, bytes: Uint8Array, chunk: number = CHUNK): ByteSource {
  return {
    name,
    size: bytes.length,
    async *stream(start, signal) {
      for (let position = start; position < bytes.length; position += chunk) {
        signal?.throwIfAborted()
        yield bytes.subarray(position, position + chunk)
      }
    },
  }
}

async function readable<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SurveyError(`cannot be read (${reason})`, { place: { file: path }, cause })
  }
}
