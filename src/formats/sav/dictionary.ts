import { type ByteCursor, damageError } from '../survey-columns/byte-cursor.js'

/**
 * The dictionary of a system file as its records hold it: texts still in the file's encoding, which
 * may be named only at the dictionary's end (PSPP developer's guide, System File Format).
 */
export interface SavDictionary {
  /** Eight-byte elements in a row: one for a number, as many as it takes for a text. */
  readonly elements: number
  readonly variables: readonly VariableRecord[]
  readonly labelSets: readonly LabelSet[]
  readonly extensions: readonly ExtensionRecord[]
  /** Where the rows begin. */
  readonly dataStart: number
}

/** "Variable Record", the dummy records behind it left out. */
export interface VariableRecord {
  /** Where in the file the record begins. */
  readonly offset: number
  /** Index from 0 of its first element in a row; the guide's dictionary index less one. */
  readonly element: number
  /** 0 for a number, else bytes of text, at most 255. */
  readonly width: number
  readonly name: Uint8Array
  readonly label: Uint8Array
  /** Decimals, width and type of the print format, from the lowest byte up. */
  readonly format: number
  /** 1 to 3: so many values; -2: a range; -3: a range and a value. */
  readonly missingCount: number
  /** Eight bytes a missing value. */
  readonly missing: Uint8Array
}

/** "Value Labels Records": the labels, and the variables they are for. */
export interface LabelSet {
  readonly offset: number
  readonly labels: readonly { readonly value: Uint8Array; readonly label: Uint8Array }[]
  /** Index of the first element of each variable. */
  readonly elements: readonly number[]
}

/** An extension record of a subtype that is used here. */
export interface ExtensionRecord {
  readonly subtype: number
  readonly offset: number
  /** Bytes an item of the record's data. */
  readonly size: number
  readonly data: Uint8Array
}

/** Record types. */
const VARIABLE = 2
const VALUE_LABELS = 3
const LABELLED_VARIABLES = 4
const DOCUMENT = 6
const EXTENSION = 7
const END = 999

/** Subtypes of extension records that are used; all others are skipped, as the format wants it. */
export const EXTENSIONS = {
  integerInfo: 3,
  floatInfo: 4,
  display: 11,
  longNames: 13,
  veryLongStrings: 14,
  numberOfCases: 16,
  encoding: 20,
  longStringLabels: 21,
  longStringMissing: 22,
} as const
const USED = new Set<number>(Object.values(EXTENSIONS))

const NONE = new Uint8Array(0)

/** Reads from behind the header to the end of the dictionary. */
export async function readDictionary(cursor: ByteCursor): Promise<SavDictionary> {
  const { source } = cursor
  const variables: VariableRecord[] = []
  const labelSets: LabelSet[] = []
  const extensions: ExtensionRecord[] = []
  let elements = 0
  for (;;) {
    const offset = cursor.position
    const type = await peekType(cursor)
    if (type === VARIABLE) {
      const variable = await readVariable(cursor, elements)
      variables.push(variable)
      elements += Math.max(1, Math.ceil(variable.width / 8))
      continue
    }
    await cursor.skip(4, 'a dictionary record')
    if (type === VALUE_LABELS) {
      labelSets.push(await readLabelSet(cursor, offset))
    } else if (type === DOCUMENT) {
      const lines = await cursor.uint32('the document record')
      await cursor.skip(80 * lines, 'the document record')
    } else if (type === EXTENSION) {
      const extension = await readExtension(cursor, offset)
      if (extension !== undefined) extensions.push(extension)
    } else if (type === END) {
      await cursor.skip(4, "the dictionary's end")
      return { elements, variables, labelSets, extensions, dataStart: cursor.position }
    } else {
      throw damageError(source, offset, `expected a dictionary record (type 2, 3, 6, 7 or 999), found type ${type}`)
    }
  }
}

/** The type of the record that comes next. */
async function peekType(cursor: ByteCursor): Promise<number> {
  const bytes = await cursor.peek(4, 'a dictionary record')
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, cursor.littleEndian)
}

async function readVariable(cursor: ByteCursor, element: number): Promise<VariableRecord> {
  const variable = await readVariableRecord(cursor, element)
  const { width, offset } = variable
  if (width < 0 || width > 255) {
    throw damageError(cursor.source, offset + 4, `expected a variable's width, 0 to 255, found ${width}`)
  }
  // Each further eight bytes of a text have a record of their own, with nothing of use in it.
  for (let left = Math.ceil(width / 8) - 1; left > 0; left--) {
    const at = cursor.position
    const dummy = (await peekType(cursor)) === VARIABLE ? await readVariableRecord(cursor, element) : undefined
    if (dummy?.width !== -1) {
      throw damageError(cursor.source, at, `expected ${left} more variable records of width -1 for a text`)
    }
  }
  return variable
}

async function readVariableRecord(cursor: ByteCursor, element: number): Promise<VariableRecord> {
  const offset = cursor.position
  // Type, width, whether a label follows, number of missing values, print and write format, name.
  const fixed = await cursor.take(32, 'a variable record')
  const view = new DataView(fixed.buffer, fixed.byteOffset, fixed.length)
  const { littleEndian } = cursor
  const width = view.getInt32(4, littleEndian)
  const hasLabel = view.getInt32(8, littleEndian)
  const missingCount = view.getInt32(12, littleEndian)
  const format = view.getInt32(16, littleEndian)
  const name = fixed.slice(24)
  let label = NONE
  if (hasLabel === 1) {
    const length = await cursor.uint32('a variable label')
    label = (await cursor.take(padded(length, 4), 'a variable label')).slice(0, length)
  } else if (hasLabel !== 0) {
    throw damageError(cursor.source, offset + 8, `expected 0 or 1 (a variable label follows), found ${hasLabel}`)
  }
  if (missingCount < -3 || missingCount > 3 || missingCount === -1) {
    throw damageError(cursor.source, offset + 12, `expected the number of missing values, found ${missingCount}`)
  }
  const missing = missingCount === 0 ? NONE : (await cursor.take(8 * Math.abs(missingCount), 'missing values')).slice()
  return { offset, element, width, name, label, format, missingCount, missing }
}

async function readLabelSet(cursor: ByteCursor, offset: number): Promise<LabelSet> {
  const what = 'a value labels record'
  const count = await cursor.uint32(what)
  // Each takes 16 bytes at least.
  if (16 * count > cursor.remaining) {
    throw damageError(cursor.source, offset + 4, `${count} value labels are more than the file has room for`)
  }
  const labels: { value: Uint8Array; label: Uint8Array }[] = []
  for (let index = 0; index < count; index++) {
    const value = (await cursor.take(8, what)).slice()
    const length = await cursor.uint8(what)
    const label = (await cursor.take(padded(length + 1, 8) - 1, what)).slice(0, length)
    labels.push({ value, label })
  }

  const at = cursor.position
  const type = await cursor.int32(what)
  if (type !== LABELLED_VARIABLES) {
    throw damageError(
      cursor.source,
      at,
      `expected the variables of the value labels (record type 4), found type ${type}`,
    )
  }
  const variables = await cursor.uint32(what)
  if (4 * variables > cursor.remaining) {
    throw damageError(cursor.source, at + 4, `${variables} labelled variables are more than the file has room for`)
  }
  const elements: number[] = []
  for (let index = 0; index < variables; index++) elements.push((await cursor.int32(what)) - 1)
  return { offset, labels, elements }
}

async function readExtension(cursor: ByteCursor, offset: number): Promise<ExtensionRecord | undefined> {
  const subtype = await cursor.int32('an extension record')
  const what = `extension record ${subtype}`
  const size = await cursor.uint32(what)
  const count = await cursor.uint32(what)
  if (!USED.has(subtype)) {
    await cursor.skip(size * count, what)
    return undefined
  }
  return { subtype, offset, size, data: (await cursor.take(size * count, what)).slice() }
}

function padded(length: number, unit: number): number {
  return Math.ceil(length / unit) * unit
}
