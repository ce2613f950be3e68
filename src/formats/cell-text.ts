const quote = 0x22

/**
 * Text of the cell whose content is `bytes` from `start` to `end`. A quoted cell's content stands between its
 * quotes, so that the byte before it is one; a doubled quote inside it means one.
 */
export function cellText(bytes: Uint8Array, start: number, end: number, decode: (bytes: Uint8Array) => string): string {
  const text = decode(bytes.subarray(start, end))
  return bytes[start - 1] === quote ? text.replaceAll('""', '"') : text
}
