import { damageError } from '../survey-columns/byte-cursor.js'
import { codePageEncoding } from '../survey-columns/text-encoding.js'
import { EXTENSIONS, type ExtensionRecord } from './dictionary.js'

/**
 * What the extension records say (PSPP developer's guide, System File Format, a section for each).
 * Names stay bytes in the file's encoding, as Latin-1 strings where they are keys.
 */

/** "Character Encoding Record", failing that the character code of the "Machine Integer Info Record". */
export function encodingName(extensions: readonly ExtensionRecord[], littleEndian: boolean): string | undefined {
  const named = extensions.find(({ subtype }) => subtype === EXTENSIONS.encoding)
  if (named !== undefined) {
    const end = named.data.findLastIndex((byte) => byte !== 0 && byte !== 0x20) + 1
    return latin1(named.data.subarray(0, end))
  }
  const info = extensions.find(({ subtype, data }) => subtype === EXTENSIONS.integerInfo && data.length >= 32)
  if (info === undefined) return undefined
  // Codes 2 and 3, "ASCII", were written whatever the encoding and so say nothing.
  return codePageEncoding(dataView(info.data).getInt32(28, littleEndian))
}

/** The numbers that stand for system-missing and the ends of open ranges. */
export interface SpecialNumbers {
  readonly systemMissing: number
  readonly highest: number
  readonly lowest: number
}

/** "Machine Floating-Point Info Record", failing that the usual values. */
export function specialNumbers(extensions: readonly ExtensionRecord[], littleEndian: boolean): SpecialNumbers {
  const info = extensions.find(({ subtype, data }) => subtype === EXTENSIONS.floatInfo && data.length >= 24)
  if (info !== undefined) {
    const view = dataView(info.data)
    const [systemMissing, highest, lowest] = [0, 8, 16].map((at) => view.getFloat64(at, littleEndian))
    // Anything that could be an answer is no such value, but damage.
    if (systemMissing < -1e300 && highest > 1e300 && lowest < -1e300) return { systemMissing, highest, lowest }
  }
  return { systemMissing: -Number.MAX_VALUE, highest: Number.MAX_VALUE, lowest: -Number.MAX_VALUE }
}

/** "Long Variable Names Record": the name in full by the short name, in capitals, that the variable record has. */
export function longNames(extensions: readonly ExtensionRecord[]): Map<string, Uint8Array> {
  const names = new Map<string, Uint8Array>()
  for (const { data } of extensions.filter(({ subtype }) => subtype === EXTENSIONS.longNames)) {
    for (const pair of split(data, 0x09)) {
      const equals = pair.indexOf(0x3d)
      if (equals > 0) names.set(latin1(pair.subarray(0, equals)).toUpperCase(), trimmed(pair.subarray(equals + 1)))
    }
  }
  return names
}

/** "Very Long String Record": the width in bytes by short name in capitals. */
export function veryLongWidths(extensions: readonly ExtensionRecord[], source: { name: string }): Map<string, number> {
  const widths = new Map<string, number>()
  for (const { data, offset } of extensions.filter(({ subtype }) => subtype === EXTENSIONS.veryLongStrings)) {
    for (const pair of split(data, 0x09)) {
      if (trimmed(pair).length === 0) continue
      const [, name, digits] = /^([^=]+)=0*(\d{1,6})\0*$/.exec(latin1(pair)) ?? []
      if (name === undefined) {
        throw damageError(
          source,
          offset,
          `very long strings: expected NAME=WIDTH, found ${JSON.stringify(latin1(pair))}`,
        )
      }
      widths.set(name.toUpperCase(), Number(digits))
    }
  }
  return widths
}

/** "Extended Number of Cases Record", for files of more rows than 32 bits count. */
export function extendedRows(extensions: readonly ExtensionRecord[], littleEndian: boolean): number | undefined {
  const record = extensions.find(({ subtype, data }) => subtype === EXTENSIONS.numberOfCases && data.length >= 16)
  if (record === undefined) return undefined
  const rows = Number(dataView(record.data).getBigInt64(8, littleEndian))
  return Number.isSafeInteger(rows) && rows >= 0 ? rows : undefined
}

/**
 * "Variable Display Parameter Record": the measurement levels, in the order of the variables.
 *
 * @param variables how many variables the file has: it tells whether a set of parameters is two or three numbers
 */
export function measures(
  extensions: readonly ExtensionRecord[],
  variables: number,
  littleEndian: boolean,
): ('nominal' | 'ordinal' | 'scale' | undefined)[] {
  const record = extensions.find(({ subtype }) => subtype === EXTENSIONS.display)
  const numbers = record === undefined ? 0 : Math.floor(record.data.length / 4)
  if (record === undefined || variables === 0 || (numbers !== 2 * variables && numbers !== 3 * variables)) return []
  const view = dataView(record.data)
  const levels = [undefined, 'nominal', 'ordinal', 'scale'] as const
  return Array.from(
    { length: variables },
    (_, index) => levels[view.getInt32((index * 4 * numbers) / variables, littleEndian)],
  )
}

/** Labels or missing values of one variable wider than eight bytes; the name is the long one. */
export interface LongStringValues {
  readonly offset: number
  readonly name: Uint8Array
  readonly values: readonly { readonly value: Uint8Array; readonly label: Uint8Array }[]
}

/** "Long String Value Labels Record". */
export function longStringLabels(
  extensions: readonly ExtensionRecord[],
  littleEndian: boolean,
  source: { name: string },
): LongStringValues[] {
  const found: LongStringValues[] = []
  for (const record of extensions.filter(({ subtype }) => subtype === EXTENSIONS.longStringLabels)) {
    const pieces = new Pieces(record, littleEndian, source)
    while (!pieces.done) {
      const name = pieces.bytes(pieces.int32())
      pieces.int32() // the variable's width, known from its own record
      const values: { value: Uint8Array; label: Uint8Array }[] = []
      for (let left = pieces.int32(); left > 0; left--) {
        const value = pieces.bytes(pieces.int32())
        values.push({ value, label: pieces.bytes(pieces.int32()) })
      }
      found.push({ offset: record.offset, name, values })
    }
  }
  return found
}

/** "Long String Missing Values Record". */
export function longStringMissing(
  extensions: readonly ExtensionRecord[],
  littleEndian: boolean,
  source: { name: string },
): LongStringValues[] {
  const found: LongStringValues[] = []
  for (const record of extensions.filter(({ subtype }) => subtype === EXTENSIONS.longStringMissing)) {
    const pieces = new Pieces(record, littleEndian, source)
    while (!pieces.done) {
      const name = pieces.bytes(pieces.int32())
      const count = pieces.bytes(1)[0]
      const length = pieces.int32()
      const values: { value: Uint8Array; label: Uint8Array }[] = []
      for (let index = 0; index < count; index++) {
        // Old versions of PSPP repeated the length before each value but the first.
        if (index > 0 && pieces.peekInt32() === length) pieces.int32()
        values.push({ value: pieces.bytes(length), label: new Uint8Array(0) })
      }
      found.push({ offset: record.offset, name, values })
    }
  }
  return found
}

/** Without the blanks and zero bytes at the end. */
export function trimmed(bytes: Uint8Array): Uint8Array {
  let end = bytes.length
  while (end > 0 && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0)) end--
  return bytes.subarray(0, end)
}

/** One character a byte, so that names compare as bytes. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function dataView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function* split(bytes: Uint8Array, separator: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(separator, start)
    const end = found < 0 ? bytes.length : found
    yield bytes.subarray(start, end)
    start = end + 1
  }
}

/** Walks through an extension record, each length checked against the record's end. */
class Pieces {
  readonly #record: ExtensionRecord
  readonly #view: DataView
  readonly #littleEndian: boolean
  readonly #source: { name: string }
  #at = 0

  constructor(record: ExtensionRecord, littleEndian: boolean, source: { name: string }) {
    this.#record = record
    this.#view = dataView(record.data)
    this.#littleEndian = littleEndian
    this.#source = source
  }

  get done(): boolean {
    return this.#at >= this.#record.data.length
  }

  bytes(length: number): Uint8Array {
    const { data, offset, subtype } = this.#record
    if (length < 0 || length > data.length - this.#at) {
      const message = `a piece of ${length} bytes does not fit into extension record ${subtype}`
      throw damageError(this.#source, offset + 16 + this.#at, message)
    }
    this.#at += length
    return data.subarray(this.#at - length, this.#at)
  }

  int32(): number {
    this.bytes(4)
    return this.#view.getInt32(this.#at - 4, this.#littleEndian)
  }

  peekInt32(): number | undefined {
    const { length } = this.#record.data
    return this.#at + 4 <= length ? this.#view.getInt32(this.#at, this.#littleEndian) : undefined
  }
}
