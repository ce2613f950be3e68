/** Bytes put together piece by piece. */
export class ByteList {
  readonly #pieces: Buffer[] = []
  readonly #littleEndian: boolean
  length = 0

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian
  }

  bytes(bytes: Uint8Array | string): this {
    const piece = Buffer.from(bytes)
    this.#pieces.push(piece)
    this.length += piece.length
    return this
  }

  /** The text, filled up with `fill` to `width` bytes. */
  padded(text: Uint8Array | string, width: number, fill: number): this {
    const piece = Buffer.alloc(width, fill)
    Buffer.from(text).copy(piece)
    return this.bytes(piece)
  }

  uint8(value: number): this {
    return this.bytes(Buffer.of(value & 0xff))
  }

  uint16(value: number): this {
    const piece = Buffer.alloc(2)
    if (this.#littleEndian) piece.writeUInt16LE(value & 0xffff)
    else piece.writeUInt16BE(value & 0xffff)
    return this.bytes(piece)
  }

  int32(...values: number[]): this {
    for (const value of values) {
      const piece = Buffer.alloc(4)
      if (this.#littleEndian) piece.writeInt32LE(value | 0)
      else piece.writeInt32BE(value | 0)
      this.bytes(piece)
    }
    return this
  }

  int64(...values: number[]): this {
    for (const value of values) {
      const piece = Buffer.alloc(8)
      if (this.#littleEndian) piece.writeBigInt64LE(BigInt(value))
      else piece.writeBigInt64BE(BigInt(value))
      this.bytes(piece)
    }
    return this
  }

  float32(value: number): this {
    const piece = Buffer.alloc(4)
    if (this.#littleEndian) piece.writeFloatLE(value)
    else piece.writeFloatBE(value)
    return this.bytes(piece)
  }

  float64(...values: number[]): this {
    for (const value of values) {
      const piece = Buffer.alloc(8)
      if (this.#littleEndian) piece.writeDoubleLE(value)
      else piece.writeDoubleBE(value)
      this.bytes(piece)
    }
    return this
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#pieces)
  }
}
