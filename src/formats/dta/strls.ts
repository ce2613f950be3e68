import { ByteCursor, damageError } from '../survey-columns/byte-cursor.js'
import type { ByteSource } from '../survey-columns/byte-source.js'
import { type DtaDictionary, expectTag, nextIs } from './dictionary.js'
import type { DtaLayout } from './layout.js'

/**
 * Stata's long texts (dta, section "StrLs"): a row holds a reference, made of a variable and a row,
 * and the text of that name stands behind the rows. Only where the texts stand is kept in memory.
 */
export class StrlIndex {
  /** Texts so far. */
  #length = 0
  /** By text, in the order of `#keys`: reference, position in the file, bytes. */
  #keys = new Float64Array(0)
  #positions = new Float64Array(0)
  #sizes = new Uint32Array(0)
  #sorted = true

  /** Number of texts. */
  get length(): number {
    return this.#length
  }

  /** Adds a text under a reference. */
  add(variable: number, row: number, position: number, size: number): void {
    if (this.#length === this.#keys.length) {
      const larger = Math.max(64, 2 * this.#length)
      this.#keys = enlarged(this.#keys, new Float64Array(larger))
      this.#positions = enlarged(this.#positions, new Float64Array(larger))
      this.#sizes = enlarged(this.#sizes, new Uint32Array(larger))
    }
    const key = keyOf(variable, row)
    if (this.#length > 0 && key <= this.#keys[this.#length - 1]) this.#sorted = false
    this.#keys[this.#length] = key
    this.#positions[this.#length] = position
    this.#sizes[this.#length++] = size
  }

  /** Index of the text of a reference; -1 if there is none. */
  find(variable: number, row: number): number {
    if (!this.#sorted) this.#sort()
    const key = keyOf(variable, row)
    let low = 0
    let high = this.#length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      if (this.#keys[middle] < key) low = middle + 1
      else high = middle - 1
    }
    return low < this.#length && this.#keys[low] === key ? low : -1
  }

  /** The variable and the row that the first text is called by. */
  firstReference(): [variable: number, row: number] {
    return [this.#keys[0] % VARIABLES, Math.floor(this.#keys[0] / VARIABLES)]
  }

  position(text: number): number {
    return this.#positions[text]
  }

  size(text: number): number {
    return this.#sizes[text]
  }

  /** Writers put the texts in the order of the rows, so this is for the odd one that does not. */
  #sort(): void {
    const order = Uint32Array.from({ length: this.#length }, (_, index) => index)
    order.sort((one, other) => this.#keys[one] - this.#keys[other])
    this.#keys = Float64Array.from(order, (index) => this.#keys[index])
    this.#positions = Float64Array.from(order, (index) => this.#positions[index])
    this.#sizes = Uint32Array.from(order, (index) => this.#sizes[index])
    this.#sorted = true
  }
}

/** Variables fit into 17 bits (Stata has up to 120,000) and rows into the 36 left of a double's whole numbers. */
const VARIABLES = 1 << 17
const ROWS = 2 ** 36

function keyOf(variable: number, row: number): number {
  return row * VARIABLES + variable
}

function enlarged<Numbers extends Float64Array | Uint32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}

/** Kinds of text: bytes as they are, or text that ends in a zero byte. */
const BINARY = 129
const TEXT = 130

/**
 * Reads where the texts stand, up to the end of `<strls>`. Formats before 117 have none.
 *
 * @param cursor behind the rows
 */
export async function readStrlIndex(cursor: ByteCursor, layout: DtaLayout): Promise<StrlIndex> {
  const index = new StrlIndex()
  if (!layout.tagged) return index
  await expectTag(cursor, '</data><strls>')
  while (await nextIs(cursor, 'GSO')) {
    const offset = cursor.position - 3
    const variable = await cursor.uint32('a long text')
    const row = layout.strlRow === 4 ? await cursor.uint32('a long text') : await cursor.uint64('a long text')
    const type = await cursor.uint8('a long text')
    const size = await cursor.uint32('a long text')
    if ((type !== BINARY && type !== TEXT) || variable >= VARIABLES || !(row < ROWS)) {
      const found = `variable ${variable}, row ${row}, type ${type}`
      throw damageError(
        cursor.source,
        offset,
        `expected a long text's variable, row, and type 129 or 130, found ${found}`,
      )
    }
    const zero = type === TEXT && size > 0 ? 1 : 0
    index.add(variable, row, cursor.position, size - zero)
    await cursor.skip(size, 'a long text')
  }
  await expectTag(cursor, '</strls>')
  return index
}

/**
 * How many of a reference's eight bytes are the variable's. Format 119 has three by Stata's
 * specification (section "StrLs"), but ReadStat, and so R's haven, writes two as in format 118. The
 * first text tells: the cell that it is called after must refer to it.
 */
export async function findReferenceSplit(
  cursor: ByteCursor,
  { layout, variables, rows, rowBytes, dataStart }: DtaDictionary,
  index: StrlIndex,
): Promise<number> {
  if (layout.format !== 119 || index.length === 0) return layout.strlVariable
  const [variable, row] = index.firstReference()
  const cell = variables[variable - 1]
  if (cell?.cell.type !== 'strL' || row < 1 || row > rows) {
    const message = `the first long text is called after variable ${variable}, row ${row}, which is no long text`
    throw damageError(cursor.source, index.position(0), message)
  }
  await cursor.seek(dataStart + (row - 1) * rowBytes + cell.offset)
  const bytes = await cursor.take(8, 'a reference to a long text')
  const { littleEndian } = cursor
  const isTwo = unsigned(bytes, 0, 2, littleEndian) === variable && unsigned(bytes, 2, 6, littleEndian) === row
  return isTwo ? 2 : layout.strlVariable
}

function unsigned(bytes: Uint8Array, at: number, length: number, littleEndian: boolean): number {
  let value = 0
  for (let index = 0; index < length; index++) {
    value = value * 256 + bytes[littleEndian ? at + length - 1 - index : at + index]
  }
  return value
}

/** Bytes of long texts, as stored, that end a batch. */
const BATCH_TEXT = 1 << 22
/** Bytes of texts kept at hand, because many rows may share one. */
const CACHE = 1 << 24

/** Fetches long texts from the file. Texts asked for in the order of the file are read in one go. */
export class StrlReader {
  readonly #index: StrlIndex
  readonly #cursor: ByteCursor
  readonly #littleEndian: boolean
  /** Bytes of the variable in a reference. */
  readonly #split: number
  readonly #cached = new Map<number, Uint8Array>()
  #cachedBytes = 0

  constructor(index: StrlIndex, split: number, source: ByteSource, littleEndian: boolean, signal?: AbortSignal) {
    this.#index = index
    this.#cursor = new ByteCursor(source, 0, signal)
    this.#littleEndian = littleEndian
    this.#split = split
  }

  /**
   * How many of the rows can go into one batch: as many as keep its long texts from filling memory.
   *
   * @param bytes whole rows, at least one
   * @param offsets where in a row the references stand
   */
  fittingRows(bytes: Uint8Array, rowBytes: number, offsets: readonly number[]): number {
    if (offsets.length === 0) return bytes.length / rowBytes
    let total = 0
    for (let at = 0; at < bytes.length; at += rowBytes) {
      for (const offset of offsets) {
        const text = this.#index.find(this.#variable(bytes, at + offset), this.#row(bytes, at + offset))
        if (text >= 0) total += this.#index.size(text)
      }
      if (total > BATCH_TEXT && at > 0) return at / rowBytes
    }
    return bytes.length / rowBytes
  }

  /**
   * The text that a row's eight bytes refer to.
   *
   * @param offset where in the file the reference stands, for an error
   */
  async read(bytes: Uint8Array, at: number, offset: number): Promise<Uint8Array> {
    const variable = this.#variable(bytes, at)
    const row = this.#row(bytes, at)
    if (variable === 0 && row === 0) return EMPTY
    const text = this.#index.find(variable, row)
    if (text < 0) {
      const message = `the long text of variable ${variable}, row ${row} is referred to here, but is not in the file`
      throw damageError(this.#cursor.source, offset, message)
    }
    const cached = this.#cached.get(text)
    if (cached !== undefined) return cached
    const gap = this.#index.position(text) - this.#cursor.position
    if (gap < 0 || gap > NEAR) await this.#cursor.seek(this.#index.position(text))
    else await this.#cursor.skip(gap, 'a long text')
    const read = (await this.#cursor.take(this.#index.size(text), 'a long text')).slice()
    this.#cache(text, read)
    return read
  }

  async close(): Promise<void> {
    await this.#cursor.close()
  }

  #variable(bytes: Uint8Array, at: number): number {
    return unsigned(bytes, at, this.#split, this.#littleEndian)
  }

  #row(bytes: Uint8Array, at: number): number {
    return unsigned(bytes, at + this.#split, 8 - this.#split, this.#littleEndian)
  }

  #cache(text: number, bytes: Uint8Array): void {
    if (bytes.length > CACHE / 4) return
    this.#cached.set(text, bytes)
    this.#cachedBytes += bytes.length + 64
    for (const [oldest, { length }] of this.#cached) {
      if (this.#cachedBytes <= CACHE) break
      this.#cached.delete(oldest)
      this.#cachedBytes -= length + 64
    }
  }
}

const EMPTY = new Uint8Array(0)
/** Gaps up to here are read over; further away, the source is asked for a new stream. */
const NEAR = 1 << 20
