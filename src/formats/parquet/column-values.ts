import type { TextColumn } from '../text-column.js'
import { exportedFunction, exportedGlobal, webAssembly } from '../web-assembly.js'
import { WorkMemory } from '../work-memory.js'

/** What is run: `column-values.wat`, compiled when the project is built. Loaded when it is first needed: many commands write nothing. */
interface ValueFunctions {
  memory: WorkMemory
  indexNumbers: (...numbers: number[]) => number
  indexIntegers: (...numbers: number[]) => number
  pack: (...numbers: number[]) => number
  plain: (...numbers: number[]) => number
  bounds: (...numbers: number[]) => number
  writeRuns: (...numbers: number[]) => number
  writeLevels: (...numbers: number[]) => number
  plainTexts: (...numbers: number[]) => number
  stopped: WebAssembly.Global
  nulls: WebAssembly.Global
  minimum: WebAssembly.Global
  maximum: WebAssembly.Global
  least: WebAssembly.Global
  greatest: WebAssembly.Global
}

let loaded: ValueFunctions | undefined

function valueFunctions(): ValueFunctions {
  if (loaded === undefined) {
    const memory = new WorkMemory()
    const exports = webAssembly(new URL('./column-values.wasm', import.meta.url), memory.memory)
    loaded = {
      memory,
      indexNumbers: exportedFunction(exports, 'indexNumbers'),
      indexIntegers: exportedFunction(exports, 'indexIntegers'),
      pack: exportedFunction(exports, 'pack'),
      plain: exportedFunction(exports, 'plain'),
      bounds: exportedFunction(exports, 'bounds'),
      writeRuns: exportedFunction(exports, 'writeRuns'),
      writeLevels: exportedFunction(exports, 'writeLevels'),
      plainTexts: exportedFunction(exports, 'plainTexts'),
      stopped: exportedGlobal(exports, 'stopped'),
      nulls: exportedGlobal(exports, 'nulls'),
      minimum: exportedGlobal(exports, 'minimum'),
      maximum: exportedGlobal(exports, 'maximum'),
      least: exportedGlobal(exports, 'least'),
      greatest: exportedGlobal(exports, 'greatest'),
    }
  }
  return loaded
}

/** A hash table begins with 2 to the power of so many places, which a processor's first cache holds. */
const firstBits = 12
/** It grows by so many bits. */
const moreBits = 3

/** The header of a run has so many bytes at most. */
const headerBytes = 5

/** The least and the greatest of some numbers; none where there are none. */
export interface NumberBounds {
  minimum?: number
  maximum?: number
}

/** What was found in a column of numbers. */
export interface IndexedNumbers {
  /** In order of first appearance. */
  distinct: Float64Array
  bounds: NumberBounds
  /** For each value its index among the distinct ones; NaN is null, -1. */
  indices: Int32Array
  nulls: number
}

export function indexNumbers(values: Float64Array): IndexedNumbers {
  const { indexNumbers: run, bounds } = valueFunctions()
  const { distinctAt, count, indices, nulls } = index(values, run)
  bounds(distinctAt, distinctAt + count * 8)
  return {
    distinct: new Float64Array(indices.buffer, distinctAt, count).slice(),
    bounds: lastBounds(count),
    indices: indices.slice(),
    nulls,
  }
}

/** The same for integers, in place: each becomes its index, `nullValue` -1. Gives the distinct ones, and how many are null. */
export function indexIntegers(values: Int32Array, nullValue: number): { distinct: Int32Array; nulls: number } {
  const { indexIntegers: run } = valueFunctions()
  const { distinctAt, count, indices, nulls } = index(values, (...numbers) => run(...numbers, nullValue))
  values.set(indices)
  return { distinct: new Int32Array(indices.buffer, distinctAt, count).slice(), nulls }
}

/** The numbers' own bytes, without those that are NaN; good until the next call of any of these functions. */
export function plainNumbers(values: Float64Array): { bytes: Uint8Array; bounds: NumberBounds; nulls: number } {
  const { memory, plain } = valueFunctions()
  const { length, byteLength } = values
  memory.clear()
  const at = memory.hold(values)
  const written = plain(at, at + byteLength, at) - at
  return { bytes: memory.bytes(at, written), bounds: lastBounds(written), nulls: length - written / 8 }
}

function lastBounds(count: number): NumberBounds {
  const { minimum, maximum } = valueFunctions()
  return count === 0 ? {} : { minimum: minimum.value, maximum: maximum.value }
}

function index(values: Float64Array | Int32Array, run: (...numbers: number[]) => number) {
  const { memory, stopped, nulls } = valueFunctions()
  const { length, byteLength, BYTES_PER_ELEMENT: width } = values
  // At most half full, were all values distinct.
  const mostBits = 33 - Math.clz32(Math.max(1, length))
  memory.clear()
  const valuesAt = memory.hold(values)
  const distinctAt = memory.room(byteLength)
  const indicesAt = memory.room(length * 4)
  const againAt = memory.room(length * 4)
  const tableAt = memory.room(4 << mostBits)
  let count = 0
  let at = valuesAt
  nulls.value = 0
  for (let bits = Math.min(firstBits, mostBits); ; bits = Math.min(bits + moreBits, mostBits)) {
    memory.bytes(tableAt, 4 << bits).fill(0)
    // The distinct ones are put into the new table as they were into the one before.
    run(distinctAt, distinctAt + count * width, tableAt, bits, distinctAt, 0, againAt)
    count = run(at, valuesAt + byteLength, tableAt, bits, distinctAt, count, indicesAt + ((at - valuesAt) / width) * 4)
    at = Number(stopped.value)
    if (at === valuesAt + byteLength) break
  }
  return { distinctAt, count, indices: new Int32Array(memory.memory.buffer, indicesAt, length), nulls: nulls.value }
}

/**
 * Packs the first `count` values, none below 0, into `width` bits each, the first in the lowest bits; padded with zeros to a
 * multiple of eight values. What it gives is good until the next call of any of these functions.
 */
export function pack(values: Uint8Array | Uint16Array | Int32Array, count: number, width: number): Uint8Array {
  const { memory, pack: packBits } = valueFunctions()
  memory.clear()
  const length = Math.ceil(count / 8) * width
  const valuesAt = memory.room(count * 4)
  const packedAt = memory.room(length)
  const packed = memory.bytes(packedAt, length)
  packed.fill(0, Math.max(0, length - width))
  new Int32Array(memory.memory.buffer, valuesAt, count).set(values.subarray(0, count))
  packBits(valuesAt, valuesAt + count * 4, width, packedAt)
  return packed
}

/**
 * The runs of Parquet's hybrid encoding (see `run-encoding.ts`) of `values[i]` for `counts[i]` rows, with `valueBytes` bytes
 * for each value. What it gives is good until the next call of any of these functions.
 */
export function runsOf(values: Int32Array, counts: Int32Array, valueBytes: number): Uint8Array {
  const { memory, writeRuns } = valueFunctions()
  memory.clear()
  const valuesAt = memory.hold(values)
  const countsAt = memory.hold(counts)
  const runsAt = memory.room(values.length * (headerBytes + valueBytes))
  const end = writeRuns(valuesAt, countsAt, values.length, valueBytes, runsAt)
  return memory.bytes(runsAt, end - runsAt)
}

/** The same of the definition levels of values, of which those below 0 are null; of a row each where there are no counts. */
export function levelsOf(values: Int32Array, counts: Int32Array | undefined): { bytes: Uint8Array; nulls: number } {
  const { memory, writeLevels, nulls } = valueFunctions()
  memory.clear()
  const valuesAt = memory.hold(values)
  const countsAt = counts === undefined ? 0 : memory.hold(counts)
  const levelsAt = memory.room(values.length * (headerBytes + 1))
  nulls.value = 0
  const end = writeLevels(valuesAt, countsAt, values.length, levelsAt)
  return { bytes: memory.bytes(levelsAt, end - levelsAt), nulls: nulls.value }
}

/** Plain encoding of the texts of some rows, each of them once, with the rows of the least and the greatest of them in the order of their bytes. */
export function plainTexts(
  { bytes, offsets }: TextColumn,
  rows: Int32Array,
): { bytes: Uint8Array; least: number; greatest: number } {
  const { memory, plainTexts: run, least, greatest } = valueFunctions()
  memory.clear()
  const rowsAt = memory.hold(rows)
  const offsetsAt = memory.hold(offsets)
  const bytesAt = memory.hold(bytes)
  const plainAt = memory.room(rows.length * 4 + bytes.length)
  const end = run(rowsAt, rows.length, offsetsAt, bytesAt, plainAt)
  return { bytes: memory.bytes(plainAt, end - plainAt).slice(), least: least.value, greatest: greatest.value }
}
