import { ByteWriter } from '../byte-writer.js'

/** Type numbers of Thrift's compact protocol (Apache Thrift, "Thrift Compact protocol encoding"). */
const types = { integer: 5, long: 6, binary: 8, list: 9, struct: 12 } as const

/**
 * Writes the structs that Parquet describes itself with in Thrift's compact protocol. Fields are written in rising order
 * of their ids; numbers are whole and not negative, as all of Parquet's are here.
 */
export class ThriftWriter {
  /** Id of the last field of each struct that is open, the outermost first. */
  private readonly fields = [0]

  constructor(private readonly out = new ByteWriter(1 << 16)) {}

  /** An i32. */
  integer(field: number, value: number): void {
    this.header(field, types.integer)
    this.out.appendVarint(value * 2)
  }

  /** An i64, below 2^53. */
  long(field: number, value: number): void {
    this.header(field, types.long)
    this.out.appendLongVarint(value * 2)
  }

  binary(field: number, bytes: Uint8Array): void {
    this.header(field, types.binary)
    this.out.appendVarint(bytes.length)
    this.out.append(bytes)
  }

  text(field: number, text: string): void {
    this.binary(field, Buffer.from(text))
  }

  integers(field: number, values: readonly number[]): void {
    this.list(field, types.integer, values.length)
    for (const value of values) this.out.appendVarint(value * 2)
  }

  texts(field: number, texts: readonly string[]): void {
    this.list(field, types.binary, texts.length)
    for (const text of texts) {
      const bytes = Buffer.from(text)
      this.out.appendVarint(bytes.length)
      this.out.append(bytes)
    }
  }

  struct(field: number, write: () => void): void {
    this.header(field, types.struct)
    this.body(write)
  }

  structs<T>(field: number, items: readonly T[], write: (item: T) => void): void {
    this.list(field, types.struct, items.length)
    for (const item of items) this.body(() => write(item))
  }

  /** Ends the outermost struct. */
  end(): void {
    this.out.appendByte(0)
  }

  private body(write: () => void): void {
    this.fields.push(0)
    write()
    this.fields.pop()
    this.out.appendByte(0)
  }

  private list(field: number, type: number, length: number): void {
    this.header(field, types.list)
    if (length < 15) this.out.appendByte((length << 4) | type)
    else {
      this.out.appendByte(0xf0 | type)
      this.out.appendVarint(length)
    }
  }

  private header(field: number, type: number): void {
    const last = this.fields.length - 1
    this.out.appendByte(((field - this.fields[last]) << 4) | type)
    this.fields[last] = field
  }
}
