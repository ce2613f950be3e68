import { ByteWriter } from '../formats/byte-writer.js'
import { hashBytes } from '../random/hash.js'
import type { ExampleCursor, Operation } from './template-program.js'

/** Neighbouring columns are joined while they have no more than this many different pieces between them, ... */
const mostJoined = 2048

/** ... of no more than this many bytes: a processor's cache holds them all. */
const mostJoinedBytes = 128 << 10

/** Different pieces take no more than this many bytes in all. */
const mostBytes = 64 << 20

/** Bytes that are copied at a time. */
const stride = 32

/**
 * What operations write for each of many keys (respondents, or questions with an answer), for lines whose neighbours are
 * of different ones. Keys have much in common (a country, a level of education), so what they have in common is kept
 * once: a key is a few numbers of pieces, and all pieces together fit into a processor's cache. To look up each key's
 * own 500 bytes would wait for memory on every line.
 */
export class PieceTable {
  private readonly source: DataView
  /** All pieces may be copied as numbers. */
  private readonly isNumeric: boolean
  /** What is written to, and a view of it. */
  private target = new Uint8Array(0)
  private targetView = new DataView(this.target.buffer)

  private constructor(
    /** All pieces, one behind the other, and room for one more stride. */
    readonly bytes: Uint8Array<ArrayBuffer>,
    /** Where each piece begins, and behind them where the last one ends. */
    private readonly starts: Uint32Array,
    /** keys x `width`: numbers of pieces. */
    private readonly ids: Uint32Array,
    /** Pieces of each key. */
    readonly width: number,
  ) {
    this.source = new DataView(bytes.buffer)
    this.isNumeric = !holdsNaN(bytes)
  }

  /** Writes all keys once (`point` sets the cursor to one); undefined where their pieces take too much room. */
  static of(operations: readonly Operation[], keys: number, point: (key: number) => ExampleCursor) {
    const groups = grouped(operations)
    const columns = groups.map(() => new PieceColumn(keys))
    for (let key = 0; key < keys; key++) {
      const at = point(key)
      let size = 0
      for (let group = 0; group < groups.length; group++) {
        const column = columns[group]
        column.begin()
        for (const operation of groups[group]) operation.write(column.bytes, at)
        column.end(key)
        size += column.bytes.length
      }
      if (size > mostBytes) return undefined
    }
    const joined = joinColumns(columns)
    const width = joined.length
    const ids = new Uint32Array(keys * width)
    const starts: number[] = []
    const bytes = new ByteWriter(joined.reduce((sum, column) => sum + column.bytes.length, stride))
    for (const [index, column] of joined.entries()) {
      const first = starts.length
      for (let key = 0; key < keys; key++) ids[key * width + index] = first + column.ids[key]
      for (let id = 0; id < column.count; id++) {
        starts.push(bytes.length)
        bytes.append(column.piece(id))
      }
    }
    starts.push(bytes.length)
    return new PieceTable(bytes.bytes, Uint32Array.from(starts), ids, width)
  }

  append(out: ByteWriter, key: number): void {
    const { ids, starts, width } = this
    const last = (key + 1) * width
    for (let place = key * width; place < last; place++) {
      const id = ids[place]
      this.copy(out, starts[id], starts[id + 1])
    }
  }

  /** Where each key's pieces are, and how long: keys x `width` x (address, length), for `bytes` at an address. */
  spans(address: number): Uint32Array {
    const { ids, starts } = this
    const spans = new Uint32Array(ids.length * 2)
    for (let place = 0; place < ids.length; place++) {
      const start = starts[ids[place]]
      spans[place * 2] = address + start
      spans[place * 2 + 1] = starts[ids[place] + 1] - start
    }
    return spans
  }

  /**
   * Copies a stride at a time, beyond the piece's end if need be: what comes next writes over that. For pieces of this
   * length it is faster than a call; and numbers of eight bytes are the longest that the engine copies without a call.
   */
  private copy(out: ByteWriter, start: number, end: number): void {
    const length = end - start
    out.reserve(length + stride)
    if (out.bytes !== this.target) this.turnTo(out.bytes)
    if (this.isNumeric) {
      const { source, targetView } = this
      let to = out.length
      for (let from = start; from < end; from += stride, to += stride) {
        targetView.setFloat64(to, source.getFloat64(from, true), true)
        targetView.setFloat64(to + 8, source.getFloat64(from + 8, true), true)
        targetView.setFloat64(to + 16, source.getFloat64(from + 16, true), true)
        targetView.setFloat64(to + 24, source.getFloat64(from + 24, true), true)
      }
    } else out.bytes.set(this.bytes.subarray(start, end), out.length)
    out.length += length
  }

  private turnTo(target: Uint8Array<ArrayBuffer>): void {
    this.target = target
    this.targetView = new DataView(target.buffer, target.byteOffset, target.byteLength)
  }
}

/**
 * Whether eight bytes somewhere could be a number that is none (NaN), whose bits may change on the way. In UTF-8 no such
 * bytes stand side by side.
 */
function holdsNaN(bytes: Uint8Array): boolean {
  for (let at = 1; at < bytes.length; at++) if ((bytes[at] & 0x7f) === 0x7f && bytes[at - 1] >= 0xf0) return true
  return false
}

/** One part of all keys: a number for each key, the same where the bytes are the same. */
class PieceColumn {
  readonly ids: Uint32Array
  readonly bytes = new ByteWriter(1 << 12)
  /** Where each piece begins in `bytes`, and behind them where the last one ends. */
  private readonly starts = [0]
  /** Numbers of the pieces by their hash, or by the next number that was free. */
  private readonly known = new Map<number, number>()

  constructor(keys: number) {
    this.ids = new Uint32Array(keys)
  }

  /** How many different pieces there are. */
  get count(): number {
    return this.starts.length - 1
  }

  piece(id: number): Uint8Array {
    return this.bytes.bytes.subarray(this.starts[id], this.starts[id + 1])
  }

  begin(): void {
    this.bytes.length = this.starts[this.count]
  }

  /** Gives the key what was written to `bytes` since `begin`. */
  end(key: number): void {
    const { bytes, length } = this.bytes
    const start = this.starts[this.count]
    let slot = hashBytes(bytes, start, length, 0)
    let id = this.known.get(slot)
    while (id !== undefined && !this.equals(id, start, length)) id = this.known.get(++slot)
    if (id === undefined) {
      id = this.count
      this.known.set(slot, id)
      this.starts.push(length)
    } else this.bytes.length = start
    this.ids[key] = id
  }

  private equals(id: number, start: number, end: number): boolean {
    const { bytes } = this.bytes
    const own = this.starts[id]
    if (this.starts[id + 1] - own !== end - start) return false
    for (let at = start; at < end; at++) if (bytes[own + at - start] !== bytes[at]) return false
    return true
  }

  /** This column and the next as one; undefined where that makes too many pieces. */
  join(next: PieceColumn): PieceColumn | undefined {
    const joined = new PieceColumn(this.ids.length)
    const pairs = new Map<number, number>()
    for (let key = 0; key < this.ids.length; key++) {
      const left = this.ids[key]
      const right = next.ids[key]
      const pair = left * next.count + right
      let id = pairs.get(pair)
      if (id === undefined) {
        id = joined.count
        pairs.set(pair, id)
        joined.bytes.append(this.piece(left))
        joined.bytes.append(next.piece(right))
        joined.starts.push(joined.bytes.length)
        if (joined.count > mostJoined || joined.bytes.length > mostJoinedBytes) return undefined
      }
      joined.ids[key] = id
    }
    return joined
  }
}

function joinColumns(columns: readonly PieceColumn[]): PieceColumn[] {
  const joined: PieceColumn[] = []
  for (const column of columns) {
    const last = joined.at(-1)
    const both = last?.join(column)
    if (both === undefined) joined.push(column)
    else joined[joined.length - 1] = both
  }
  return joined
}

/** Operations that make a column together: constants go with what stands before them. */
function grouped(operations: readonly Operation[]): Operation[][] {
  const groups: Operation[][] = []
  for (const operation of operations.flatMap((each) => each.parts ?? [each])) {
    const last = groups.at(-1)
    if (last !== undefined && (operation.reads === 0 || last.every(({ reads }) => reads === 0))) last.push(operation)
    else groups.push([operation])
  }
  return groups
}
