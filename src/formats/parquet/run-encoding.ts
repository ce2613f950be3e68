import type { ByteWriter } from '../byte-writer.js'
import { pack } from './value-index.js'

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
  const valueBytes = (width + 7) >>> 3
  writer.reserve(values.length * (5 + valueBytes))
  const { bytes } = writer
  let position = writer.length
  let value = -1
  let count = 0
  for (let index = 0; index <= values.length; index++) {
    const next = index < values.length ? values[index] : -2
    if (next === value || next === -1) {
      count += next === -1 ? 0 : counts[index]
      continue
    }
    if (count > 0) {
      // The header is the count doubled.
      let header = count * 2
      while (header > 0x7f) {
        bytes[position++] = (header & 0x7f) | 0x80
        header >>>= 7
      }
      bytes[position++] = header
      bytes[position++] = value
      for (let byte = 1; byte < valueBytes; byte++) bytes[position++] = value >>> (8 * byte)
    }
    value = next
    count = next < 0 ? 0 : counts[index]
  }
  writer.length = position
}

/**
 * Writes the definition levels of a flat column as runs: 0 where `values[i]` is null (below 0), for `counts[i]`
 * rows, else 1. Gives the number of nulls.
 */
export function writeLevels(writer: ByteWriter, values: Int32Array, counts: Int32Array | undefined): number {
  let nulls = 0
  let level = 1
  let count = 0
  for (let index = 0; index < values.length; index++) {
    const rows = counts === undefined ? 1 : counts[index]
    const next = values[index] < 0 ? 0 : 1
    if (next === 0) nulls += rows
    if (next !== level) {
      if (count > 0) writeRun(writer, level, count)
      level = next
      count = 0
    }
    count += rows
  }
  if (count > 0) writeRun(writer, level, count)
  return nulls
}

function writeRun(writer: ByteWriter, value: number, count: number): void {
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
