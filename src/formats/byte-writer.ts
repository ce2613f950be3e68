const encoder = new TextEncoder()

/**
 * A growable run of bytes. The hot encoders call `reserve` once for a stretch whose greatest length
 * they know and then write to `bytes` directly; everything else uses the `append` methods.
 */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer>
  length = 0

  constructor(capacity = 4096) {
    this.bytes = new Uint8Array(capacity)
  }

  /** Makes room for `count` more bytes; `bytes` may be another array afterwards. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  appendByte(byte: number): void {
    if (this.length === this.bytes.length) this.reserve(1)
    this.bytes[this.length++] = byte
  }

  append(source: Uint8Array): void {
    this.reserve(source.length)
    this.bytes.set(source, this.length)
    this.length += source.length
  }

  appendText(text: string): void {
    this.reserve(text.length * 3)
    this.length += encoder.encodeInto(text, this.bytes.subarray(this.length)).written
  }

  appendUint32(value: number): void {
    this.reserve(4)
    const { bytes, length } = this
    bytes[length] = value
    bytes[length + 1] = value >>> 8
    bytes[length + 2] = value >>> 16
    bytes[length + 3] = value >>> 24
    this.length = length + 4
  }

  /** Unsigned LEB128, as Parquet and Snappy write lengths; `value` below 2^32. */
  appendVarint(value: number): void {
    this.reserve(5)
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.bytes[this.length++] = rest
  }

  /** The same for a value below 2^54 that is even or below 2^53. */
  appendLongVarint(value: number): void {
    let rest = value
    for (; rest > 0xffff_ffff; rest = Math.floor(rest / 128)) this.appendByte((rest % 128) | 0x80)
    this.appendVarint(rest)
  }

  /** Decimal digits of a whole number below 2^53. */
  appendInteger(value: number): void {
    this.reserve(20)
    this.length = writeInteger(this.bytes, this.length, value)
  }

  clear(): void {
    this.length = 0
  }

  /** The bytes written so far, as a view that the next write may change. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length)
  }

  /** A copy of the bytes written so far, in a buffer of exactly that length (which can be transferred). */
  take(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length)
  }
}

/** Writes a whole number's decimal digits at `position`; gives the position after them. */
export function writeInteger(bytes: Uint8Array, position: number, value: number): number {
  let rest = value
  if (rest < 0) {
    bytes[position++] = 0x2d
    rest = -rest
  }
  if (rest < 10) {
    bytes[position] = 0x30 + rest
    return position + 1
  }
  let digits = 1
  for (let bound = 10; bound <= rest; bound *= 10) digits++
  for (let index = position + digits - 1; index >= position; index--) {
    const next = Math.floor(rest / 10)
    bytes[index] = 0x30 + (rest - next * 10)
    rest = next
  }
  return position + digits
}
