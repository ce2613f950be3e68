import type { ColumnBatch, ReadOptions, SurveyVariable } from '../survey-columns.js'
import type { TextColumn } from '../text-column.js'
import type { TextEncoding } from './text-encoding.js'

/** Bytes of a batch whose size the caller leaves open. */
const USUAL_BYTES = 1 << 23
/** A batch never sets aside more beforehand, whatever number of rows is asked for. */
const MOST_BYTES = 1 << 28
/** Bytes that a text is set aside to begin with, its offset included. */
const USUAL_TEXT = 16
/** With this much text a batch is full, however few rows it has. */
const MOST_TEXT = 1 << 23

const LITTLE_ENDIAN_HOST = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1
/** Upper half of a quiet NaN (IEEE 754); the lower half is free to tell kinds of missing apart. */
const NAN_HIGH_WORD = 0x7ff80000

/** The columns of a batch while a reader fills them, row by row or column by column. */
export class BatchBuilder {
  /** Most rows of a batch. */
  readonly capacity: number
  /** Complete rows so far. */
  rows = 0
  /** By wanted column: the index in `numbers` of its first row; -1 for text. */
  readonly starts: Int32Array
  /** The numbers of all columns; new after `finish` unless buffers are reused. */
  numbers: Float64Array
  /** By wanted column: where its texts go; undefined for numbers. */
  readonly texts: readonly (TextColumnBuilder | undefined)[]
  readonly #reuse: boolean
  /** Kept, for an array whose buffer went to another thread has none. */
  readonly #numbersLength: number
  #words: Uint32Array
  #firstRow = 0
  #stale = false

  /**
   * @param variables the table's variables
   * @param encoding the encoding of the file's texts
   * @param mostRows rows that the file can have at most, so that a small file gets small arrays
   */
  constructor(
    variables: readonly SurveyVariable[],
    { columns, rowsPerBatch, reuseBuffers = false }: ReadOptions,
    encoding: TextEncoding,
    mostRows: number,
  ) {
    const wanted = columns.map((index) => {
      const variable = variables[index]
      if (variable === undefined) throw new TypeError(`no column ${index} in a table of ${variables.length}`)
      return variable
    })
    if (new Set(columns).size < columns.length) throw new TypeError('a column is wanted twice')
    if (rowsPerBatch !== undefined && !(rowsPerBatch >= 1)) throw new TypeError(`rowsPerBatch: ${rowsPerBatch}`)
    const numberColumns = wanted.filter(({ type }) => type === 'number').length
    const rowBytes = 8 * numberColumns + USUAL_TEXT * (wanted.length - numberColumns)
    const fitting = (bytes: number) => Math.max(1, Math.floor(bytes / Math.max(1, rowBytes)))
    const usual = Math.min(8192, fitting(USUAL_BYTES))
    this.capacity = Math.floor(Math.min(rowsPerBatch ?? usual, fitting(MOST_BYTES), Math.max(1, mostRows)))
    // Columns start an odd number of 64-byte cache lines apart: a power of two would send a row's cells to one cache set.
    const stride = (Math.ceil(this.capacity / 8) | 1) * 8
    this.#reuse = reuseBuffers
    this.#numbersLength = numberColumns * stride
    this.numbers = new Float64Array(this.#numbersLength)
    this.#words = new Uint32Array(this.numbers.buffer)
    let next = 0
    this.starts = Int32Array.from(wanted, ({ type }) => (type === 'number' ? next++ * stride : -1))
    this.texts = wanted.map(({ type }) =>
      type === 'text' ? new TextColumnBuilder(this.capacity, encoding) : undefined,
    )
  }

  /** True if the next row belongs to the next batch. */
  get full(): boolean {
    if (this.rows >= this.capacity) return true
    let text = 0
    for (const column of this.texts) text += column?.length ?? 0
    return text >= MOST_TEXT
  }

  /**
   * Puts a missing value at an index of `numbers`.
   *
   * @param kind 0 for the plain missing value, 1 to 26 for Stata's .a to .z
   */
  setMissing(index: number, kind: number): void {
    this.#words[2 * index + (LITTLE_ENDIAN_HOST ? 1 : 0)] = NAN_HIGH_WORD
    this.#words[2 * index + (LITTLE_ENDIAN_HOST ? 0 : 1)] = kind
  }

  /** Makes the arrays ready for a batch's first row. To be called before `numbers` is read. */
  begin(): void {
    if (!this.#stale) return
    this.#stale = false
    if (!this.#reuse) {
      this.numbers = new Float64Array(this.#numbersLength)
      this.#words = new Uint32Array(this.numbers.buffer)
    }
    for (const column of this.texts) column?.begin(this.#reuse)
  }

  /** The rows so far as a batch; what comes next goes into the following one. */
  finish(): ColumnBatch {
    const { rows } = this
    const firstRow = this.#firstRow
    const numbers = Array.from(this.starts, (start) =>
      start < 0 ? undefined : this.numbers.subarray(start, start + rows),
    )
    const texts = this.texts.map((column) => column?.finish())
    this.#firstRow += rows
    this.rows = 0
    this.#stale = true
    return { rows, firstRow, numbers, texts }
  }
}

/** One column of texts: UTF-8 bytes end to end, and where each row's begin. */
export class TextColumnBuilder {
  #bytes: Uint8Array
  /** Of `#bytes`, kept for when they have gone to another thread. */
  #capacity: number
  #offsets: Uint32Array
  readonly #mostRows: number
  #length = 0
  #rows = 0
  readonly #encoding: TextEncoding

  constructor(capacity: number, encoding: TextEncoding) {
    this.#capacity = (USUAL_TEXT - 4) * capacity
    this.#mostRows = capacity
    this.#bytes = new Uint8Array(this.#capacity)
    this.#offsets = new Uint32Array(capacity + 1)
    this.#encoding = encoding
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  /** Appends a row's text, given in the file's own encoding as `source[start..end]`. */
  append(source: Uint8Array, start: number, end: number): void {
    const needed = this.#length + 3 * (end - start)
    if (needed > this.#capacity) {
      this.#capacity = Math.max(needed, 2 * this.#capacity)
      const larger = new Uint8Array(this.#capacity)
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#length = this.#encoding.transcode(source, start, end, this.#bytes, this.#length)
    this.#offsets[++this.#rows] = this.#length
  }

  begin(reuse: boolean): void {
    if (!reuse) {
      this.#bytes = new Uint8Array(this.#capacity)
      this.#offsets = new Uint32Array(this.#mostRows + 1)
    }
    this.#length = 0
    this.#rows = 0
  }

  finish(): TextColumn {
    return { bytes: this.#bytes.subarray(0, this.#length), offsets: this.#offsets.subarray(0, this.#rows + 1) }
  }
}
