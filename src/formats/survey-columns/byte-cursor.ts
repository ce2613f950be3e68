import { SurveyError } from '../survey-error.js'
import type { ByteSource } from './byte-source.js'

/** More than any one record of a real file takes; a larger one is taken for damage. */
const LARGEST_RECORD = 1 << 28
/** From here on, skipping asks the source for a new stream instead of reading on. */
const FAR = 1 << 22

/** An error at a byte of a binary survey file, `offset` counting from 0. */
export function damageError(source: { name: string }, offset: number, message: string, cause?: unknown): SurveyError {
  return new SurveyError(`byte ${offset}: ${message}`, { place: { file: source.name }, cause })
}

/**
 * Reads a source from some position on, piece by piece, holding only the piece at hand. Every
 * length is checked against what the source still has before anything is set aside for it.
 */
export class ByteCursor {
  readonly source: ByteSource
  /** Byte order of `uint16` to `float64`. */
  littleEndian = true
  readonly #signal: AbortSignal | undefined
  #chunks: AsyncIterator<Uint8Array> | undefined
  #buffer = new Uint8Array(0)
  #view = new DataView(this.#buffer.buffer)
  #start = 0
  #end = 0
  #position: number

  constructor(source: ByteSource, position: number, signal?: AbortSignal) {
    this.source = source
    this.#position = position
    this.#signal = signal
  }

  /** Offset in the source of the byte that comes next. */
  get position(): number {
    return this.#position
  }

  /** Bytes that the source still has, as far as its size is known. */
  get remaining(): number {
    return this.source.size - this.#position
  }

  /** Bytes that have come from the source and are not taken yet. */
  get buffered(): number {
    return this.#end - this.#start
  }

  /** True if `count` more bytes are there. */
  async holds(count: number): Promise<boolean> {
    if (this.#end - this.#start >= count) return true
    return count <= this.remaining && (await this.#fill(count))
  }

  /**
   * The next `count` bytes, valid until the next call. `what` says in an error what the bytes were
   * to be: `the variable labels`.
   */
  async take(count: number, what: string): Promise<Uint8Array> {
    const start = await this.#advance(count, what)
    return this.#buffer.subarray(start, start + count)
  }

  /** As `take`, without stepping over the bytes. */
  async peek(count: number, what: string): Promise<Uint8Array> {
    const start = await this.#advance(count, what)
    this.#start -= count
    this.#position -= count
    return this.#buffer.subarray(start, start + count)
  }

  /** Whatever the source hands out next, at most `most` bytes; undefined at its end. Valid until the next call. */
  async takeSome(most: number): Promise<Uint8Array | undefined> {
    if (most === 0 || !(await this.#fill(1))) return undefined
    const count = Math.min(most, this.#end - this.#start)
    const start = await this.#advance(count, 'data')
    return this.#buffer.subarray(start, start + count)
  }

  async uint8(what: string): Promise<number> {
    const at = await this.#advance(1, what)
    return this.#view.getUint8(at)
  }

  async uint16(what: string): Promise<number> {
    const at = await this.#advance(2, what)
    return this.#view.getUint16(at, this.littleEndian)
  }

  async uint32(what: string): Promise<number> {
    const at = await this.#advance(4, what)
    return this.#view.getUint32(at, this.littleEndian)
  }

  async int32(what: string): Promise<number> {
    const at = await this.#advance(4, what)
    return this.#view.getInt32(at, this.littleEndian)
  }

  async float64(what: string): Promise<number> {
    const at = await this.#advance(8, what)
    return this.#view.getFloat64(at, this.littleEndian)
  }

  /** A 64-bit whole number; one that no file's offset or count can be comes out as Infinity. */
  async uint64(what: string): Promise<number> {
    const at = await this.#advance(8, what)
    const value = this.#view.getBigUint64(at, this.littleEndian)
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.POSITIVE_INFINITY
  }

  /** Goes on `count` bytes later. */
  async skip(count: number, what: string): Promise<void> {
    if (!(count <= this.remaining)) throw this.#cutShort(count, what)
    const ahead = count - (this.#end - this.#start)
    if (ahead > FAR && this.source.sequential !== true) return this.seek(this.#position + count)
    let left = count
    while (left > 0) {
      const piece = await this.takeSome(left)
      if (piece === undefined) throw this.#cutShort(left, what)
      left -= piece.length
    }
  }

  /** Goes on at `position`, before or after where it stands. */
  async seek(position: number): Promise<void> {
    const ahead = position - this.#position
    if (ahead >= 0 && ahead <= this.#end - this.#start) {
      this.#start += ahead
    } else {
      await this.close()
    }
    this.#position = position
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    const chunks = this.#chunks
    this.#chunks = undefined
    this.#start = 0
    this.#end = 0
    await chunks?.return?.()
  }

  /**
   * Makes the next `count` bytes stand in the buffer and steps over them; gives the index of their
   * first, at once if they are there already.
   */
  #advance(count: number, what: string): number | Promise<number> {
    if (this.#end - this.#start < count) return this.#advanceFilling(count, what)
    const start = this.#start
    this.#start += count
    this.#position += count
    return start
  }

  async #advanceFilling(count: number, what: string): Promise<number> {
    if (!(count <= this.remaining)) throw this.#cutShort(count, what)
    if (count > LARGEST_RECORD) {
      throw damageError(this.source, this.#position, `${what}: ${count} bytes are more than any real file has here`)
    }
    if (!(await this.#fill(count))) throw this.#cutShort(count, what)
    return this.#advance(count, what)
  }

  #cutShort(count: number, what: string): SurveyError {
    const here = Number.isFinite(this.source.size) ? this.remaining : this.#end - this.#start
    return damageError(
      this.source,
      this.#position,
      `${what} should take ${count} bytes here, but the file has ${here} left; ` +
        'it is cut short or damaged: fetch or export it again',
    )
  }

  async #fill(count: number): Promise<boolean> {
    while (this.#end - this.#start < count) {
      this.#chunks ??= this.source.stream(this.#position, this.#signal)[Symbol.asyncIterator]()
      const { value, done } = await this.#chunks.next()
      if (done === true) return false
      const have = this.#end - this.#start
      if (this.#end + value.length > this.#buffer.length) {
        // Grown by what has come, never by what a count in the file promises.
        const target =
          have + value.length > this.#buffer.length
            ? new Uint8Array(Math.max(have + value.length, Math.min(count, 2 * this.#buffer.length)))
            : this.#buffer
        target.set(this.#buffer.subarray(this.#start, this.#end))
        if (target !== this.#buffer) {
          this.#buffer = target
          this.#view = new DataView(target.buffer)
        }
        this.#start = 0
        this.#end = have
      }
      this.#buffer.set(value, this.#end)
      this.#end += value.length
    }
    return true
  }
}
