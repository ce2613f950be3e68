import { ByteWriter } from '../byte-writer.js'
import type { IndexedNumbers, NumberBounds } from './column-values.js'
import type { ColumnDictionary } from './row-group.js'

/** A column's values as indices into a dictionary of those that occur, in order of first appearance; -1 for null. */
export interface IndexedColumn {
  dictionary: ColumnDictionary
  indices: Int32Array
  nulls: number
}

/** Plain encoding of texts: each after its length in four bytes (Apache Parquet format, Encodings). */
export function plainTexts(texts: readonly string[]): Uint8Array {
  const writer = new ByteWriter(64)
  for (const text of texts) {
    const lengthAt = writer.length
    writer.appendUint32(0)
    writer.appendText(text)
    const length = writer.length - lengthAt - 4
    new DataView(writer.bytes.buffer).setUint32(lengthAt, length, true)
  }
  return writer.take()
}

export function textDictionary(texts: readonly string[]): ColumnDictionary {
  let least = texts[0]
  let greatest = texts[0]
  for (const text of texts) {
    if (compareBytes(text, least) < 0) least = text
    if (compareBytes(text, greatest) > 0) greatest = text
  }
  return {
    bytes: plainTexts(texts),
    size: texts.length,
    ...(least === undefined || greatest === undefined ? {} : { least, greatest }),
  }
}

export function integerDictionary(values: readonly number[]): ColumnDictionary {
  const bytes = new Uint8Array(values.length * 4)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of values.entries()) view.setInt32(index * 4, value, true)
  return { bytes, size: values.length, ...bounds(values) }
}

/** The numbers' own bytes: what they come from, WebAssembly, has them in the order of a file, the lowest first. */
export function numberDictionary({
  distinct,
  bounds: own,
}: Pick<IndexedNumbers, 'distinct' | 'bounds'>): ColumnDictionary {
  const bytes = new Uint8Array(distinct.buffer, distinct.byteOffset, distinct.byteLength)
  return { bytes, size: distinct.length, ...own }
}

function bounds(values: readonly number[]): NumberBounds {
  if (values.length === 0) return {}
  let minimum = values[0]
  let maximum = values[0]
  for (let index = 1; index < values.length; index++) {
    minimum = Math.min(minimum, values[index])
    maximum = Math.max(maximum, values[index])
  }
  return { minimum, maximum }
}

/** Order of the UTF-8 bytes, as Parquet orders texts; it differs from JavaScript's beyond the basic plane. */
export function compareBytes(left: string, right: string): number {
  if (left === right) return 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the test is for text that is all ASCII
  if (/^[\x00-\x7f]*$/.test(left) && /^[\x00-\x7f]*$/.test(right)) return left < right ? -1 : 1
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
