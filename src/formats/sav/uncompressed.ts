import type { BatchBuilder } from '../survey-columns/batch-builder.js'
import { type ByteCursor, damageError } from '../survey-columns/byte-cursor.js'
import type { ColumnBatch } from '../survey-columns.js'
import { type RowLayout, SKIPPED, textOffset } from './row-layout.js'

/** Bytes of rows taken at a time: they stay in the processor's cache while the columns are picked out. */
const BLOCK = 1 << 18

/**
 * Rows without compression: eight bytes an element (PSPP developer's guide, System File Format,
 * "Data Record").
 *
 * @param rows how many the file declares, if it does; otherwise its end tells
 */
export async function* readUncompressed(
  cursor: ByteCursor,
  rows: number | undefined,
  layout: RowLayout,
  builder: BatchBuilder,
  systemMissing: number,
): AsyncGenerator<ColumnBatch, void, undefined> {
  const rowBytes = 8 * layout.targets.length
  const blockRows = Math.max(1, Math.floor(BLOCK / rowBytes))
  let left = rows ?? Number.POSITIVE_INFINITY
  while (left > 0 && (await cursor.holds(1))) {
    // Without a declared number, as many rows as have come; at least one, which must be whole.
    const come = rows === undefined ? Math.max(1, Math.floor(cursor.buffered / rowBytes)) : left
    const count = Math.min(blockRows, come, builder.capacity - builder.rows)
    const bytes = await cursor.take(count * rowBytes, 'rows')
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    builder.begin()
    readNumbers(view, count, layout.targets, builder, cursor.littleEndian, systemMissing)
    if (layout.hasText) readTexts(bytes, count, layout)
    builder.rows += count
    left -= count
    if (builder.full) yield builder.finish()
  }
  if (builder.rows > 0) yield builder.finish()
  if (rows === undefined) return
  if (left > 0) await cursor.take(rowBytes, 'rows')
  if (await cursor.holds(rowBytes)) {
    const message = `data goes on after the ${rows} rows that the file declares; it is damaged`
    throw damageError(cursor.source, cursor.position, message)
  }
}

function readNumbers(
  view: DataView,
  count: number,
  targets: Int32Array,
  builder: BatchBuilder,
  littleEndian: boolean,
  systemMissing: number,
): void {
  const { numbers, rows } = builder
  const rowBytes = 8 * targets.length
  for (let element = 0; element < targets.length; element++) {
    if (targets[element] < 0) continue
    const first = targets[element] + rows
    for (let row = 0, at = 8 * element; row < count; row++, at += rowBytes) {
      const value = view.getFloat64(at, littleEndian)
      // False for NaN too.
      if (value > -Number.MAX_VALUE && value !== systemMissing) numbers[first + row] = value
      else builder.setMissing(first + row, 0)
    }
  }
}

function readTexts(bytes: Uint8Array, count: number, layout: RowLayout): void {
  const { targets, text } = layout
  let at = 0
  for (let row = 0; row < count; row++) {
    for (let element = 0; element < targets.length; element++, at += 8) {
      const target = targets[element]
      if (target >= SKIPPED) continue
      const to = textOffset(target)
      for (let index = 0; index < 8; index++) text[to + index] = bytes[at + index]
    }
    layout.appendTexts()
  }
}
