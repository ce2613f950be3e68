import type { ByteWriter } from '../byte-writer.js'

/**
 * Parquet's hybrid of run-length and bit-packed runs (Apache Parquet format, Encodings: "Run Length
 * Encoding / Bit-Packing Hybrid"), in which dictionary indices and definition levels are written.
 */

/** Bits that hold every index of a dictionary with `size` entries. At least 1: not every reader takes 0. */
export function indexWidth(size: number): number {
  return Math.max(1, 32 - Math.clz32(Math.max(0, size - 1)))
}

/** Writes run-length runs; neighbours of the same value become one. */
export class RunWriter {
  private value = 0
  private count = 0
  private readonly valueBytes: number

  constructor(
    private readonly writer: ByteWriter,
    width: number,
  ) {
    this.valueBytes = (width + 7) >>> 3
  }

  run(value: number, count: number): void {
    if (value === this.value) {
      this.count += count
      return
    }
    this.end()
    this.value = value
    this.count = count
  }

  /** Writes the last run; further runs start anew. */
  end(): void {
    if (this.count === 0) return
    const { writer } = this
    writer.reserve(9)
    const { bytes } = writer
    let position = writer.length
    // The header is the count doubled, which a shift to the left may take out of 31 bits.
    let header = this.count * 2
    while (header > 0x7f) {
      bytes[position++] = (header & 0x7f) | 0x80
      header = Math.floor(header / 128)
    }
    bytes[position++] = header
    for (let byte = 0; byte < this.valueBytes; byte++) bytes[position++] = this.value >>> (8 * byte)
    writer.length = position
    this.count = 0
  }
}

/** Writes `count` values as one bit-packed run, `width` bits each, padded with zeros to a multiple of eight values. */
export function writePacked(writer: ByteWriter, values: ArrayLike<number>, count: number, width: number): void {
  const groups = Math.ceil(count / 8)
  writer.appendVarint(groups * 2 + 1)
  writer.reserve(groups * width)
  const { bytes } = writer
  const start = writer.length
  const end = start + groups * width
  let position = start
  if (width === 8) {
    if (values instanceof Uint8Array) bytes.set(values.subarray(0, count), position)
    else for (let index = 0; index < count; index++) bytes[position + index] = values[index]
    position += count
  } else if (width === 4) {
    const even = count & ~1
    for (let index = 0; index < even; index += 2) bytes[position++] = values[index] | (values[index + 1] << 4)
    if (even < count) bytes[position++] = values[even]
  } else {
    let bits = 0
    let held = 0
    for (let index = 0; index < count; index++) {
      bits |= values[index] << held
      held += width
      while (held >= 8) {
        bytes[position++] = bits
        bits >>>= 8
        held -= 8
      }
    }
    if (held > 0) bytes[position++] = bits
  }
  bytes.fill(0, position, end)
  writer.length = end
}
