import type { TextColumn } from '../formats/text-column.js'

/** The texts of some rows, one behind the other. */
export function chosenTexts({ bytes, offsets }: TextColumn, chosen: Int32Array): TextColumn {
  const own = new Uint32Array(chosen.length + 1)
  for (const [index, row] of chosen.entries()) own[index + 1] = own[index] + offsets[row + 1] - offsets[row]
  const target = new Uint8Array(own[chosen.length])
  for (const [index, row] of chosen.entries()) target.set(bytes.subarray(offsets[row], offsets[row + 1]), own[index])
  return { bytes: target, offsets: own }
}

/** The rows of some respondents, of a table of so many columns. */
export function chosenRows<T extends Int32Array | Float64Array | Uint8Array>(
  source: T,
  target: T,
  chosen: Int32Array,
  width: number,
): T {
  for (const [index, row] of chosen.entries()) {
    for (let at = 0; at < width; at++) target[index * width + at] = source[row * width + at]
  }
  return target
}
