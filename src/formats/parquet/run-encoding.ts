import type { ByteWriter } from '../byte-writer.js'
import { levelsOf, pack, runsOf } from './column-values.js'

/**
 * Parquet's hybrid of run-length and bit-packed runs (Apache Parquet format, Encodings: "Run Length
 * Encoding / Bit-Packing Hybrid"), in which dictionary indices and definition levels are written.
 */

/** Bits that hold every index of a dictionary with `size` entries. At least 1: not every reader takes 0. */
export function indexWidth(size: number): number {
  return Math.max(1, 32 - Math.clz32(Math.max(0, size - 1)))
}

/**
 * Writes run-length runs: `values[i]` for `counts[i]` rows, neighbours of the same value as one run; values below 0
 * (nulls) are passed over.
 */
export function writeRuns(writer: ByteWriter, values: Int32Array, counts: Int32Array, width: number): void {
  writer.append(runsOf(values, counts, (width + 7) >>> 3))
}

/**
 * Writes the definition levels of a flat column as runs: 0 where `values[i]` is null (below 0), for `counts[i]`
 * rows, else 1. Gives the number of nulls.
 */
export function writeLevels(writer: ByteWriter, values: Int32Array, counts: Int32Array | undefined): number {
  const { bytes, nulls } = levelsOf(values, counts)
  writer.append(bytes)
  return nulls
}

/** Writes something behind its length in four bytes, as levels stand in a page. */
export function writeSized(writer: ByteWriter, write: () => void): void {
  const start = writer.length
  writer.appendUint32(0)
  write()
  const end = writer.length
  writer.length = start
  writer.appendUint32(end - start - 4)
  writer.length = end
}

/** Writes one run of a value below 128. */
export function writeRun(writer: ByteWriter, value: number, count: number): void {
  writer.appendVarint(count * 2)
  writer.appendByte(value)
}

/** Writes `count` values as one bit-packed run, `width` bits each, padded with zeros to a multiple of eight values. */
export function writePacked(
  writer: ByteWriter,
  values: Uint8Array | Uint16Array | Int32Array,
  count: number,
  width: number,
): void {
  const groups = Math.ceil(count / 8)
  writer.appendVarint(groups * 2 + 1)
  if (width === 8 && values instanceof Uint8Array) {
    writer.append(values.subarray(0, count))
    for (let padding = count; padding < groups * 8; padding++) writer.appendByte(0)
  } else writer.append(pack(values, count, width))
}
