import { exportedFunction, pageBytes, webAssembly } from './web-assembly.js'

/** Matches are looked for within pieces of this length, so that every offset fits in two bytes. */
const pieceLength = 1 << 16
const mostHashBits = 14
const leastHashBits = 8

/** The input comes behind the hash table. */
const inputAt = 2 << mostHashBits
/** Bytes behind the input and the output that may be read or written. */
const slack = 16

const memory = new WebAssembly.Memory({ initial: 1 })
let bytes = new Uint8Array(memory.buffer)
let compressPiece: ((...numbers: number[]) => number) | undefined

/**
 * Snappy's block format (google/snappy, format_description.txt): a varint of the length, then literals and
 * copies. Written for this project because compression is most of the work of writing Parquet. What finds the copies is
 * `compress-snappy.wat`, which is compiled when the project is built; the oracle of its tests is hyparquet's decompressor.
 *
 * What it gives is good until the next call.
 */
export function snappyCompress(input: Uint8Array): Uint8Array {
  compressPiece ??= exportedFunction(
    webAssembly(new URL('./compress-snappy.wasm', import.meta.url), memory),
    'compressPiece',
  )
  const outputAt = inputAt + input.length + slack
  // The format's own bound: a literal costs at most a sixth more, and a few bytes.
  reserve(outputAt + 32 + input.length + Math.ceil(input.length / 6) + slack)
  bytes.set(input, inputAt)
  let position = outputAt
  let length = input.length
  while (length > 0x7f) {
    bytes[position++] = (length & 0x7f) | 0x80
    length >>>= 7
  }
  bytes[position++] = length
  for (let start = 0; start < input.length; start += pieceLength) {
    const end = Math.min(start + pieceLength, input.length)
    // A small piece gets a small table: clearing a large one would cost more than the piece.
    const hashBits = Math.min(mostHashBits, Math.max(leastHashBits, 32 - Math.clz32(end - start - 1)))
    position = compressPiece(inputAt + start, inputAt + end, position, hashBits)
  }
  return bytes.subarray(outputAt, position)
}

function reserve(size: number): void {
  const missing = size - bytes.length
  if (missing <= 0) return
  memory.grow(Math.ceil(missing / pageBytes))
  bytes = new Uint8Array(memory.buffer)
}
