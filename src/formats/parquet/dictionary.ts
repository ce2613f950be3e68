import { type TextColumn, textAt, textsAsColumn } from '../text-column.js'
import { type IndexedNumbers, type NumberBounds, plainTexts } from './column-values.js'
import type { ColumnDictionary } from './row-group.js'

/** A column's values as indices into a dictionary of those that occur, in order of first appearance; -1 for null. */
export interface IndexedColumn {
  dictionary: ColumnDictionary
  indices: Int32Array
  nulls: number
}

/** Of the texts of a list at some places, each of them once. */
export function textDictionary(texts: readonly string[], places: Int32Array): ColumnDictionary {
  return columnDictionary(textsAsColumn(texts), places, (place) => texts[place])
}

/** The same of the texts of some rows of a column. `textOf`: what tells the text of a row sooner than its bytes do. */
export function columnDictionary(
  texts: TextColumn,
  rows: Int32Array,
  textOf = (row: number) => textAt(texts, row),
): ColumnDictionary {
  const { bytes, least, greatest } = plainTexts(texts, rows)
  const bounds = rows.length === 0 ? {} : { least: textOf(least), greatest: textOf(greatest) }
  return { bytes, size: rows.length, ...bounds }
}

export function integerDictionary(values: Int32Array): ColumnDictionary {
  // The bytes of a typed array are in the order of a file, the lowest first, on every machine that Node runs on.
  const bytes = new Uint8Array(values.slice().buffer)
  return { bytes, size: values.length, ...bounds(values) }
}

/** The numbers' own bytes: what they come from, WebAssembly, has them in the order of a file, the lowest first. */
export function numberDictionary({
  distinct,
  bounds: own,
}: Pick<IndexedNumbers, 'distinct' | 'bounds'>): ColumnDictionary {
  const bytes = new Uint8Array(distinct.buffer, distinct.byteOffset, distinct.byteLength)
  return { bytes, size: distinct.length, ...own }
}

function bounds(values: Int32Array): NumberBounds {
  if (values.length === 0) return {}
  let minimum = values[0]
  let maximum = values[0]
  for (let index = 1; index < values.length; index++) {
    if (values[index] < minimum) minimum = values[index]
    else if (values[index] > maximum) maximum = values[index]
  }
  return { minimum, maximum }
}
