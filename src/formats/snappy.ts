import { exportedFunction, webAssembly } from './web-assembly.js'
import { WorkMemory } from './work-memory.js'

/** Matches are looked for within pieces of this length, so that every offset fits in two bytes. */
const pieceLength = 1 << 16
const mostHashBits = 14
const leastHashBits = 8

const memory = new WorkMemory()
const compressPiece = exportedFunction(
  webAssembly(new URL('./compress-snappy.wasm', import.meta.url), memory.memory),
  'compressPiece',
)

/**
 * Snappy's block format (google/snappy, format_description.txt): a varint of the length, then literals and
 * copies. Written for this project because compression is most of the work of writing Parquet. What finds the copies is
 * `compress-snappy.wat`, which is compiled when the project is built; the oracle of its tests is hyparquet's decompressor.
 *
 * What it gives is good until the next call.
 */
export function snappyCompress(input: Uint8Array): Uint8Array {
  memory.clear()
  const tableAt = memory.room(2 << mostHashBits)
  const inputAt = memory.hold(input)
  // The format's own bound: a literal costs at most a sixth more, and a few bytes.
  const bound = 32 + input.length + Math.ceil(input.length / 6)
  const outputAt = memory.room(bound)
  const output = memory.bytes(outputAt, bound)
  let position = 0
  let length = input.length
  while (length > 0x7f) {
    output[position++] = (length & 0x7f) | 0x80
    length >>>= 7
  }
  output[position++] = length
  for (let start = 0; start < input.length; start += pieceLength) {
    const end = Math.min(start + pieceLength, input.length)
    // A small piece gets a small table: clearing a large one would cost more than the piece.
    const hashBits = Math.min(mostHashBits, Math.max(leastHashBits, 32 - Math.clz32(end - start - 1)))
    position = compressPiece(tableAt, inputAt + start, inputAt + end, outputAt + position, hashBits) - outputAt
  }
  return output.subarray(0, position)
}
