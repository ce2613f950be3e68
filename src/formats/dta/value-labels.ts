import { type ByteCursor, damageError } from '../survey-columns/byte-cursor.js'
import { expectTag, nextIs, upToZero } from './dictionary.js'
import type { DtaLayout } from './layout.js'

/** A named set of value labels; texts in the file's encoding. */
export interface LabelSet {
  readonly name: Uint8Array
  readonly labels: readonly { readonly value: number; readonly label: Uint8Array }[]
}

/** Longs from here on are missing values: the plain one, then .a to .z (dta, section "Representation of numbers"). */
const FIRST_MISSING = 2147483621
/** Bytes of padding between a set's name and its table. */
const PADDING = 3

/**
 * Reads the value labels, which stand behind the rows (dta, section "Value labels"; before format 117
 * without tags up to the file's end).
 *
 * @param cursor at `<value_labels>`, or behind the rows
 */
export async function readValueLabels(cursor: ByteCursor, layout: DtaLayout): Promise<LabelSet[]> {
  const sets: LabelSet[] = []
  if (!layout.tagged) {
    while (await cursor.holds(1)) sets.push(await readSet(cursor, layout))
    return sets
  }
  await expectTag(cursor, '<value_labels>')
  while (await nextIs(cursor, '<lbl>')) {
    sets.push(await readSet(cursor, layout))
    await expectTag(cursor, '</lbl>')
  }
  await expectTag(cursor, '</value_labels></stata_dta>')
  return sets
}

async function readSet(cursor: ByteCursor, layout: DtaLayout): Promise<LabelSet> {
  const { littleEndian, source } = cursor
  const what = 'value labels'
  const size = await cursor.uint32(what)
  const name = upToZero(await cursor.take(layout.name, what)).slice()
  await cursor.skip(PADDING, what)
  const start = cursor.position
  const table = (await cursor.take(size, what)).slice()
  const view = new DataView(table.buffer)
  const count = size < 8 ? -1 : view.getUint32(0, littleEndian)
  const textSize = size < 8 ? 0 : view.getUint32(4, littleEndian)
  // The table: both counts, where each label's text begins, each label's value, the texts.
  if (8 + 8 * count + textSize !== size) {
    throw damageError(source, start, `value labels: ${count} labels in ${textSize} bytes do not make ${size} bytes`)
  }
  const texts = table.subarray(8 + 8 * count)
  const labels: { value: number; label: Uint8Array }[] = []
  let total = 0
  for (let index = 0; index < count; index++) {
    const offset = view.getUint32(8 + 4 * index, littleEndian)
    const value = view.getInt32(8 + 4 * count + 4 * index, littleEndian)
    if (offset >= textSize) {
      const message = `value labels: the text of ${value} begins at ${offset} of ${textSize} bytes`
      throw damageError(source, start + 8 + 4 * index, message)
    }
    const label = upToZero(texts.subarray(offset))
    total += label.length
    labels.push({ value, label })
  }
  // Labels may share a text, but a table whose labels take many times its own size is made up.
  if (total > 64 * (textSize + 1024)) throw damageError(source, start, 'value labels: their texts overlap')
  return { name, labels }
}

/** What a label of a value stands under in `SurveyVariable.valueLabels`. */
export function labelKey(value: number): number | string {
  if (value < FIRST_MISSING) return value
  return value === FIRST_MISSING ? '.' : `.${String.fromCharCode(0x60 + value - FIRST_MISSING)}`
}
