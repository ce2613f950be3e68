/**
 * Snappy's block format (google/snappy, format_description.txt): a varint of the length, then literals and
 * copies. Written for this project because compression is most of the work of writing Parquet: it looks at four
 * bytes at a time and allocates nothing but its result. The oracle of its tests is hyparquet's decompressor.
 */

/** Matches are looked for within pieces of this length, so that every offset fits in two bytes. */
const pieceLength = 1 << 16
const mostHashBits = 14
const leastHashBits = 8
/** A match is not begun so near the end of a piece that four bytes could not be read there. */
const margin = 15
const hashTable = new Uint16Array(1 << mostHashBits)

let output = new Uint8Array(1 << 16)

export function snappyCompress(input: Uint8Array): Uint8Array {
  // The format's own bound: a literal costs at most a sixth more, and a few bytes.
  const bound = 32 + input.length + Math.ceil(input.length / 6)
  if (output.length < bound) output = new Uint8Array(bound)
  let position = 0
  let length = input.length
  while (length > 0x7f) {
    output[position++] = (length & 0x7f) | 0x80
    length >>>= 7
  }
  output[position++] = length
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength)
  for (let start = 0; start < input.length; start += pieceLength) {
    position = compressPiece(input, view, start, Math.min(start + pieceLength, input.length), output, position)
  }
  return output.slice(0, position)
}

function compressPiece(
  input: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  target: Uint8Array,
  targetStart: number,
): number {
  const table = hashTable
  let position = targetStart
  let literal = start
  const last = end - margin
  if (start < last) {
    // A small piece gets a small table: clearing a large one would cost more than the piece.
    const hashBits = Math.min(mostHashBits, Math.max(leastHashBits, 32 - Math.clz32(end - start - 1)))
    const shift = 32 - hashBits
    table.fill(0, 0, 1 << hashBits)
    let at = start + 1
    let skip = 32
    while (at < last) {
      // Bytes that match nothing are passed over faster the longer it goes on so.
      const word = view.getUint32(at, true)
      const slot = Math.imul(word, 0x1e35a7bd) >>> shift
      const candidate = start + table[slot]
      table[slot] = at - start
      if (candidate >= at || view.getUint32(candidate, true) !== word) {
        at += skip >>> 5
        skip++
        continue
      }
      if (at > literal) position = writeLiteral(input, literal, at, target, position)
      const offset = at - candidate
      let matched = at + 4
      let source = candidate + 4
      while (matched + 4 <= end && view.getUint32(matched, true) === view.getUint32(source, true)) {
        matched += 4
        source += 4
      }
      while (matched < end && input[matched] === input[source]) {
        matched++
        source++
      }
      position = writeCopy(target, position, offset, matched - at)
      at = matched
      literal = matched
      skip = 32
      if (at < last) {
        const before = view.getUint32(at - 1, true)
        table[Math.imul(before, 0x1e35a7bd) >>> shift] = at - 1 - start
      }
    }
  }
  return literal < end ? writeLiteral(input, literal, end, target, position) : position
}

function writeLiteral(input: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  const length = end - start
  let position = at
  const stored = length - 1
  if (stored < 60) target[position++] = stored << 2
  else if (stored < 0x100) {
    target[position++] = 60 << 2
    target[position++] = stored
  } else {
    target[position++] = 61 << 2
    target[position++] = stored
    target[position++] = stored >>> 8
  }
  if (length > 64) {
    target.set(input.subarray(start, end), position)
    return position + length
  }
  for (let index = start; index < end; index++) target[position++] = input[index]
  return position
}

function writeCopy(target: Uint8Array, at: number, offset: number, length: number): number {
  let position = at
  let left = length
  while (left >= 68) {
    target[position++] = (63 << 2) | 2
    target[position++] = offset
    target[position++] = offset >>> 8
    left -= 64
  }
  if (left > 64) {
    target[position++] = (59 << 2) | 2
    target[position++] = offset
    target[position++] = offset >>> 8
    left -= 60
  }
  if (left < 12 && offset < 2048) {
    target[position++] = 1 | ((left - 4) << 2) | ((offset >>> 8) << 5)
    target[position++] = offset
  } else {
    target[position++] = ((left - 1) << 2) | 2
    target[position++] = offset
    target[position++] = offset >>> 8
  }
  return position
}
