import { readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import type { ReadSurveyOptions } from './read-survey.js'
import type { RecordIndex } from './record-index.js'

/** Bytes read at a time: few enough to stay in a processor's cache until they are looked at, enough for what each costs. */
export const chunkBytes = 1 << 20

/** Others have their turn once in so many bytes. */
const turnBytes = chunkBytes * 4

/** Takes up the records of delimited text. */
export interface RecordTaker {
  readonly index: RecordIndex
  /** Room for bytes; it holds what the room before it held, which must not be used then, or after `take`. */
  room(length: number): Buffer
  /**
   * Takes up whole records of the room's bytes from `start` to `end`; gives where the first one starts that it has left.
   * `isLast`: no bytes follow.
   */
  take(bytes: Buffer, start: number, end: number, isLast: boolean): number
  /** There are no more records. */
  close(): void
}

/** Has the records of a plain survey file taken up; yields whenever some were. `onRead` is shown all bytes of the file. */
export async function* takeRecords(
  { path, dataStart }: ReadSurveyOptions,
  taker: RecordTaker,
  signal?: AbortSignal,
  onRead: (bytes: Buffer) => void = () => {},
): AsyncGenerator<void> {
  const file = await open(path, 'r')
  try {
    let size = chunkBytes * 2
    let held = 0
    let offset = 0
    let skip = dataStart
    for (let isLast = false; !isLast; ) {
      if (held === size) {
        taker.index.checkLength(held)
        size *= 2
      }
      const bytesRead = await readChunk(file, taker.room(size), held, offset, signal)
      onRead(taker.room(size).subarray(held, held + bytesRead))
      isLast = bytesRead === 0
      offset += bytesRead
      held += bytesRead
      let position = Math.min(skip, held)
      skip -= position
      for (let before = -1; before < position && position < held; ) {
        before = position
        position = taker.take(taker.room(size), position, held, isLast)
        yield
      }
      taker.room(size).copyWithin(0, position, held)
      held -= position
    }
    taker.close()
    yield
  } finally {
    await file.close()
  }
}

/** Reads the bytes at `offset` into a buffer, behind those that it holds: a chunk or what there is room for; gives how many. */
export async function readChunk(
  file: FileHandle,
  buffer: Buffer,
  held: number,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  // A read that is waited for comes sooner than a promise of one; between some of them an abort has its turn.
  if (offset % turnBytes < chunkBytes) await turn()
  signal?.throwIfAborted()
  return readSync(file.fd, buffer, held, Math.min(buffer.length - held, chunkBytes), offset)
}
