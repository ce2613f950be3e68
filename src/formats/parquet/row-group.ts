import { ByteWriter } from '../byte-writer.js'
import type { Compressor } from '../compression.js'
import { plainNumbers } from './column-values.js'
import { encodings } from './file-metadata.js'
import { type PageHeader, writePageHeader } from './page-header.js'
import { indexWidth, writeLevels, writePacked, writeRun, writeRuns, writeSized } from './run-encoding.js'

/**
 * Values of `RowGroupBytes.numbers` for each column; offsets count from the start of the row group. That of the dictionary
 * is NaN where there is none.
 */
export const chunkFields = {
  dictionaryOffset: 0,
  dataOffset: 1,
  compressedSize: 2,
  uncompressedSize: 3,
  nulls: 4,
  /** Bounds of an integer or number column; NaN where all values are null. */
  minimum: 5,
  maximum: 6,
} as const
export const chunkFieldCount = 7

/** A row group's bytes and what a footer must say of it. */
export interface RowGroupBytes {
  rows: number
  bytes: Uint8Array<ArrayBuffer>
  numbers: Float64Array
  /** Least and greatest text of each column, one after the other; undefined for other columns. */
  bounds: (string | undefined)[]
}

/** The distinct values of one column in a row group, plainly encoded. */
export interface ColumnDictionary {
  bytes: Uint8Array
  size: number
  minimum?: number
  maximum?: number
  least?: string
  greatest?: string
}

/** What a footer says of the values of a column. */
type Bounds = Omit<ColumnDictionary, 'bytes' | 'size'>

/**
 * Writes the column chunks of one row group: for each a dictionary page and one data page (version 1, so
 * that old readers take it), whose indices are runs. The caller brings the dictionary and the runs, so that
 * the cost of a column is that of its runs, not of its rows. Numbers may also stand without a dictionary.
 */
export class RowGroupWriter {
  private readonly writer = new ByteWriter(1 << 16)
  private readonly page = new ByteWriter(1 << 16)
  private numbers = new Float64Array(0)
  private bounds: (string | undefined)[] = []
  private column = 0
  private present = new Int32Array(0)
  private rows = 0

  constructor(private readonly compress: Compressor) {}

  begin(columns: number, rows: number): void {
    this.writer.clear()
    this.numbers = new Float64Array(columns * chunkFieldCount).fill(Number.NaN)
    this.bounds = new Array(columns * 2).fill(undefined)
    this.column = 0
    this.rows = rows
  }

  /**
   * A column in which each entry of `values` (an index into the dictionary, below 0 for null) stands
   * for as many rows as `counts` says.
   */
  runs(dictionary: ColumnDictionary, values: Int32Array, counts: Int32Array, nullable: boolean): void {
    const { page } = this
    page.clear()
    const nulls = nullable ? this.levels(values, counts) : 0
    const width = indexWidth(dictionary.size)
    page.appendByte(width)
    writeRuns(page, values, counts, width)
    this.endColumn(dictionary, dictionary, nulls)
  }

  /** A column without nulls whose rows each have an index of their own. */
  packed(dictionary: ColumnDictionary, values: Uint8Array | Uint16Array | Int32Array): void {
    const { page } = this
    page.clear()
    const width = indexWidth(dictionary.size)
    page.appendByte(width)
    writePacked(page, values, values.length, width)
    this.endColumn(dictionary, dictionary, 0)
  }

  /** A nullable column whose rows each have an index of their own, below 0 for null; `nulls` of them are, where that is known. */
  packedNullable(dictionary: ColumnDictionary, values: Int32Array, nulls = countNulls(values)): void {
    const { page } = this
    page.clear()
    if (nulls === 0) this.noNulls(values.length)
    else this.levels(values, undefined)
    const width = indexWidth(dictionary.size)
    page.appendByte(width)
    writePacked(page, nulls === 0 ? values : this.withoutNulls(values), values.length - nulls, width)
    this.endColumn(dictionary, dictionary, nulls)
  }

  /** A nullable column of numbers, each as it is: for those that are nearly all distinct. NaN is null. */
  plainNullable(values: Float64Array): void {
    const { page } = this
    page.clear()
    const { bytes, bounds, nulls } = plainNumbers(values)
    if (nulls === 0) {
      this.noNulls(values.length)
      page.append(bytes)
    } else {
      // The levels, which come first, are made where the numbers are.
      const plain = bytes.slice()
      this.numberLevels(values)
      page.append(plain)
    }
    this.endColumn(undefined, bounds, nulls)
  }

  end(): RowGroupBytes {
    const { writer, numbers, bounds, rows } = this
    return { rows, bytes: writer.take(), numbers, bounds }
  }

  /** Writes a page's definition levels; gives the number of nulls. */
  private levels(values: Int32Array, counts: Int32Array | undefined): number {
    const { page } = this
    let nulls = 0
    writeSized(page, () => {
      nulls = writeLevels(page, values, counts)
    })
    return nulls
  }

  /** The same for rows none of which is null: one run. */
  private noNulls(rows: number): void {
    const { page } = this
    writeSized(page, () => writeRun(page, 1, rows))
  }

  private numberLevels(values: Float64Array): void {
    const levels = new Int32Array(values.length)
    for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row])) levels[row] = -1
    this.levels(levels, undefined)
  }

  /** The values that are no null, in an array that the next call uses again. */
  private withoutNulls(values: Int32Array): Int32Array {
    if (this.present.length < values.length) this.present = new Int32Array(values.length)
    const { present } = this
    let count = 0
    for (let index = 0; index < values.length; index++) {
      const value = values[index]
      if (value >= 0) present[count++] = value
    }
    return present
  }

  private endColumn(
    dictionary: ColumnDictionary | undefined,
    { minimum, maximum, least, greatest }: Bounds,
    nulls: number,
  ): void {
    const { writer, numbers, bounds, column, page } = this
    const at = column * chunkFieldCount
    const start = writer.length
    let uncompressed = 0
    if (dictionary !== undefined) {
      numbers[at + chunkFields.dictionaryOffset] = start
      uncompressed += this.writePage('dictionary', dictionary.bytes, dictionary.size, encodings.plainDictionary)
    }
    numbers[at + chunkFields.dataOffset] = writer.length
    const encoding = dictionary === undefined ? encodings.plain : encodings.plainDictionary
    uncompressed += this.writePage('data', page.view(), this.rows, encoding)
    numbers[at + chunkFields.compressedSize] = writer.length - start
    numbers[at + chunkFields.uncompressedSize] = uncompressed
    numbers[at + chunkFields.nulls] = nulls
    numbers[at + chunkFields.minimum] = minimum ?? Number.NaN
    numbers[at + chunkFields.maximum] = maximum ?? Number.NaN
    bounds[column * 2] = least
    bounds[column * 2 + 1] = greatest
    this.column++
  }

  /** Writes one page with its header; gives their size before compression. */
  private writePage(kind: PageHeader['kind'], content: Uint8Array, values: number, encoding: number): number {
    const { writer } = this
    const compressed = this.compress(content)
    const start = writer.length
    const sizes = { uncompressed: content.length, compressed: compressed.length }
    writePageHeader(writer, { kind, encoding, ...sizes, values })
    const header = writer.length - start
    writer.append(compressed)
    return header + content.length
  }
}

function countNulls(values: Int32Array): number {
  let nulls = 0
  for (let row = 0; row < values.length; row++) if (values[row] < 0) nulls++
  return nulls
}
