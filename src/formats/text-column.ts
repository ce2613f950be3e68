/** Texts one behind the other: row r's is `bytes` from `offsets[r]` to `offsets[r + 1]`, UTF-8. There is one offset more than rows. */
export interface TextColumn {
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
}

/** Text of one row. */
export function textAt({ bytes, offsets }: TextColumn, row: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offsets[row], offsets[row + 1] - offsets[row]).toString()
}

/** The column that lists of texts make, which are asked for again and again. */
const known = new WeakMap<readonly string[], TextColumn>()

/** A list of texts, which does not change any more, as a column. */
export function textsAsColumn(texts: readonly string[]): TextColumn {
  let column = known.get(texts)
  if (column === undefined) {
    column = { bytes: Buffer.from(texts.join('')), offsets: byteOffsets(texts) }
    // Half of a character of two halves, which only a damaged text has, has met the other half.
    if (column.bytes.length !== column.offsets[texts.length])
      column = textsAsColumn(texts.map((text) => text.toWellFormed()))
    known.set(texts, column)
  }
  return column
}

function byteOffsets(texts: readonly string[]): Uint32Array {
  const offsets = new Uint32Array(texts.length + 1)
  for (let row = 0; row < texts.length; row++) offsets[row + 1] = offsets[row] + Buffer.byteLength(texts[row])
  return offsets
}
