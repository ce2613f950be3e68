import { ByteWriter } from '../byte-writer.js'
import type { ColumnDictionary } from './row-group.js'

/** A column's values as indices into a dictionary of those that occur, in order of first appearance; -1 for null. */
export interface IndexedColumn {
  dictionary: ColumnDictionary
  indices: Int32Array
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

export function numberDictionary(values: readonly number[]): ColumnDictionary {
  const bytes = new Uint8Array(values.length * 8)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of values.entries()) view.setFloat64(index * 8, value, true)
  return { bytes, size: values.length, ...bounds(values) }
}

/**
 * Gives each distinct number the index of its first appearance; NaN is null. Numbers are told apart by their bits, in a
 * hash table of their indices that is at most half full.
 */
export function indexNumbers(values: Float64Array): { distinct: number[]; indices: Int32Array } {
  const indices = new Int32Array(values.length)
  const mask = 2 ** (32 - Math.clz32(Math.max(1, values.length))) * 2 - 1
  /** One more than the index of the number in each place; 0 where there is none. */
  const table = new Int32Array(mask + 1)
  const distinct: number[] = []
  const number = new Float64Array(1)
  const bits = new Int32Array(number.buffer)
  for (let at = 0; at < values.length; at++) {
    const value = values[at]
    if (Number.isNaN(value)) {
      indices[at] = -1
      continue
    }
    // 0 and -0 are one number, as they are in a map.
    number[0] = value + 0
    // All bits must count for the low ones: round numbers end in many zeros.
    let place = bits[0] ^ Math.imul(bits[1] ^ (bits[1] >>> 16), 0x9e37_79b1)
    place = Math.imul(place ^ (place >>> 16), 0x85eb_ca6b)
    place = Math.imul(place ^ (place >>> 13), 0xc2b2_ae35)
    place = (place ^ (place >>> 16)) & mask
    while (table[place] !== 0 && distinct[table[place] - 1] !== value) place = (place + 1) & mask
    if (table[place] === 0) table[place] = distinct.push(value + 0)
    indices[at] = table[place] - 1
  }
  return { distinct, indices }
}

/** Integers from 0 up to this have their index in an array, the others in a map. */
const denseIntegers = 1 << 16
/** One more than the index of each small integer of the column at hand; all 0 between two columns. */
const denseIndices = new Int32Array(denseIntegers)

/** The same for integers, in place: each becomes its index, `nullValue` -1. Gives the distinct ones. */
export function indexIntegers(values: Int32Array, nullValue: number): number[] {
  const distinct: number[] = []
  const known = new Map<number, number>()
  for (let at = 0; at < values.length; at++) {
    const value = values[at]
    let index: number
    if (value >= 0 && value < denseIntegers) {
      index = denseIndices[value]
      if (index === 0) {
        index = distinct.push(value)
        denseIndices[value] = index
      }
    } else if (value === nullValue) index = 0
    else {
      index = known.get(value) ?? 0
      if (index === 0) {
        index = distinct.push(value)
        known.set(value, index)
      }
    }
    values[at] = index - 1
  }
  for (const value of distinct) if (value >= 0 && value < denseIntegers) denseIndices[value] = 0
  return distinct
}

function bounds(values: readonly number[]): { minimum?: number; maximum?: number } {
  if (values.length === 0) return {}
  let minimum = values[0]
  let maximum = values[0]
  for (const value of values) {
    if (value < minimum) minimum = value
    if (value > maximum) maximum = value
  }
  return { minimum, maximum }
}

/** Order of the UTF-8 bytes, as Parquet orders texts; it differs from JavaScript's beyond the basic plane. */
function compareBytes(left: string, right: string): number {
  if (left === right) return 0
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the test is for text that is all ASCII
  if (/^[\x00-\x7f]*$/.test(left) && /^[\x00-\x7f]*$/.test(right)) return left < right ? -1 : 1
  return Buffer.compare(Buffer.from(left), Buffer.from(right))
}
