import { dtaOpening } from '../form-signatures.js'
import { type ByteCursor, damageError } from '../survey-columns/byte-cursor.js'
import { SurveyError } from '../survey-error.js'
import { type Cell, cellOf, type DtaLayout, LAYOUTS } from './layout.js'

/** What a .dta file says before its rows; texts still in the file's encoding. */
export interface DtaDictionary {
  readonly layout: DtaLayout
  readonly label: Uint8Array
  readonly variables: readonly DtaVariable[]
  readonly rows: number
  /** Bytes of a row. */
  readonly rowBytes: number
  /** Where the rows begin. */
  readonly dataStart: number
}

export interface DtaVariable {
  readonly name: Uint8Array
  readonly label: Uint8Array
  readonly displayFormat: Uint8Array
  /** Name of its set of value labels; empty if it has none. */
  readonly labelSet: Uint8Array
  readonly cell: Cell
  /** Where in a row its cell begins. */
  readonly offset: number
}

/** Kinds of byte order in the header of formats before 117. */
const BIG_ENDIAN = 1
const LITTLE_ENDIAN = 2
/** Entries of eight bytes in the map of the file's parts. */
const MAP_ENTRIES = 14

/** Reads up to the rows and leaves the cursor there, its byte order set. */
export async function readDictionary(cursor: ByteCursor): Promise<DtaDictionary> {
  const [first] = await cursor.peek(1, 'the file header')
  return first === dtaOpening.charCodeAt(0) ? readTagged(cursor) : readUntagged(cursor)
}

/** Formats 113 to 115 (dta_115, sections 5.1 to 5.4). */
async function readUntagged(cursor: ByteCursor): Promise<DtaDictionary> {
  const layout = findLayout(cursor, await cursor.uint8('the file header'), false)
  const order = await cursor.uint8('the file header')
  if (order !== BIG_ENDIAN && order !== LITTLE_ENDIAN) {
    throw damageError(cursor.source, 1, `expected the byte order, 1 or 2, found ${order}`)
  }
  cursor.littleEndian = order === LITTLE_ENDIAN
  const type = await cursor.uint8('the file header')
  if (type !== 1) throw damageError(cursor.source, 2, `expected the file type 1, found ${type}`)
  await cursor.skip(1, 'the file header')
  const count = await cursor.uint16('the file header')
  const rows = await cursor.uint32('the file header')
  const label = (await cursor.take(81, 'the file header')).slice()
  await cursor.skip(18, 'the file header')

  const parts = await readParts(cursor, layout, count, async (_, read) => read())
  // Expansion fields: a type, a length, and what is meant for Stata alone; both are zero at the end.
  for (;;) {
    const kind = await cursor.uint8('an expansion field')
    const length = await cursor.uint32('an expansion field')
    if (kind === 0 && length === 0) break
    await cursor.skip(length, 'an expansion field')
  }
  return complete(cursor, layout, label, rows, parts)
}

/** Formats 117 to 119 (dta_117, dta and dta_119, sections 5.1 to 5.9). */
async function readTagged(cursor: ByteCursor): Promise<DtaDictionary> {
  await expectTag(cursor, dtaOpening)
  const release = latin1(await cursor.take(3, 'the release'))
  const layout = findLayout(cursor, /^\d{3}$/.test(release) ? Number(release) : 0, true)
  await expectTag(cursor, '</release><byteorder>')
  const order = latin1(await cursor.take(3, 'the byte order'))
  if (order !== 'LSF' && order !== 'MSF') {
    throw damageError(cursor.source, cursor.position - 3, `expected LSF or MSF, found ${JSON.stringify(order)}`)
  }
  cursor.littleEndian = order === 'LSF'
  await expectTag(cursor, '</byteorder><K>')
  const what = 'the file header'
  const count = layout.variableCount === 2 ? await cursor.uint16(what) : await cursor.uint32(what)
  await expectTag(cursor, '</K><N>')
  const rows = layout.rowCount === 4 ? await cursor.uint32(what) : await cursor.uint64(what)
  await expectTag(cursor, '</N><label>')
  const labelLength = layout.labelLength === 1 ? await cursor.uint8(what) : await cursor.uint16(what)
  const label = (await cursor.take(labelLength, what)).slice()
  await expectTag(cursor, '</label><timestamp>')
  await cursor.skip(await cursor.uint8(what), what)
  await expectTag(cursor, '</timestamp></header><map>')
  // Tags and lengths lead through the file, so where its parts begin need not be looked up.
  await cursor.skip(8 * MAP_ENTRIES, 'the map')
  await expectTag(cursor, '</map>')

  const parts = await readParts(cursor, layout, count, async (tag, read) => {
    await expectTag(cursor, `<${tag}>`)
    const bytes = await read()
    await expectTag(cursor, `</${tag}>`)
    return bytes
  })
  await expectTag(cursor, '<characteristics>')
  while (await nextIs(cursor, '<ch>')) {
    await cursor.skip(await cursor.uint32('a characteristic'), 'a characteristic')
    await expectTag(cursor, '</ch>')
  }
  await expectTag(cursor, '</characteristics><data>')
  return complete(cursor, layout, label, rows, parts)
}

/** One array over all variables for each thing that is said of them. */
interface Parts {
  readonly cells: readonly Cell[]
  readonly names: readonly Uint8Array[]
  readonly displayFormats: readonly Uint8Array[]
  readonly labelSets: readonly Uint8Array[]
  readonly labels: readonly Uint8Array[]
}

/**
 * The parts that all formats have in this order.
 *
 * @param within reads what stands between the tags of that name, where the format has tags
 */
async function readParts(
  cursor: ByteCursor,
  layout: DtaLayout,
  count: number,
  within: (tag: string, read: () => Promise<Uint8Array>) => Promise<Uint8Array>,
): Promise<Parts> {
  const { littleEndian } = cursor
  const texts = async (tag: string, width: number): Promise<Uint8Array[]> => {
    const bytes = await within(tag, async () => (await cursor.take(count * width, `<${tag}>`)).slice())
    return Array.from({ length: count }, (_, index) => upToZero(bytes.subarray(index * width, (index + 1) * width)))
  }
  const typeBytes = layout.tagged ? 2 : 1
  const start = cursor.position
  const types = await within('variable_types', async () =>
    (await cursor.take(count * typeBytes, 'the variable types')).slice(),
  )
  const view = new DataView(types.buffer, types.byteOffset, types.length)
  const cells = Array.from({ length: count }, (_, index) => {
    const code = layout.tagged ? view.getUint16(2 * index, littleEndian) : types[index]
    const cell = cellOf(code, layout)
    if (cell === undefined)
      throw damageError(cursor.source, start, `variable ${index + 1} has the unknown type ${code}`)
    return cell
  })
  const names = await texts('varnames', layout.name)
  await within('sortlist', async () => {
    await cursor.skip((count + 1) * layout.variableCount, 'the sort order')
    return new Uint8Array(0)
  })
  const displayFormats = await texts('formats', layout.displayFormat)
  const labelSets = await texts('value_label_names', layout.name)
  const labels = await texts('variable_labels', layout.variableLabel)
  return { cells, names, displayFormats, labelSets, labels }
}

function complete(
  cursor: ByteCursor,
  layout: DtaLayout,
  label: Uint8Array,
  rows: number,
  { cells, names, displayFormats, labelSets, labels }: Parts,
): DtaDictionary {
  const { source, position: dataStart } = cursor
  let rowBytes = 0
  const variables = cells.map((cell, index): DtaVariable => {
    const offset = rowBytes
    rowBytes += cell.width
    return {
      name: names[index],
      label: labels[index],
      displayFormat: displayFormats[index],
      labelSet: labelSets[index],
      cell,
      offset,
    }
  })
  if (!(rows * rowBytes <= cursor.remaining)) {
    const message =
      `the file declares ${rows} rows of ${rowBytes} bytes, but has ${cursor.remaining} bytes left here, ` +
      `which end in row ${Math.floor(cursor.remaining / rowBytes) + 1}`
    throw damageError(source, dataStart, `${message}; it is cut short or damaged: fetch or export it again`)
  }
  return { layout, label: upToZero(label), variables, rows: rowBytes === 0 ? 0 : rows, rowBytes, dataStart }
}

function findLayout(cursor: ByteCursor, format: number, tagged: boolean): DtaLayout {
  const layout = LAYOUTS.find((candidate) => candidate.format === format && candidate.tagged === tagged)
  if (layout !== undefined) return layout
  const known = LAYOUTS.map((candidate) => candidate.format).join(', ')
  const message =
    format >= 102 && format <= 121
      ? `is a Stata file of format ${format}; the formats ${known} are read: save it with Stata's saveold command`
      : `expected a Stata file's format (one of ${known}), found ${format}`
  throw new SurveyError(message, { place: { file: cursor.source.name } })
}

/** Steps over a tag, or tags, that must stand here. */
export async function expectTag(cursor: ByteCursor, tag: string): Promise<void> {
  const offset = cursor.position
  const found = latin1(await cursor.take(tag.length, tag))
  if (found !== tag) throw damageError(cursor.source, offset, `expected ${tag}, found ${JSON.stringify(found)}`)
}

/** Steps over a tag if it stands here. */
export async function nextIs(cursor: ByteCursor, tag: string): Promise<boolean> {
  const found = await cursor.peek(tag.length, `a tag or ${tag}`)
  if (latin1(found) !== tag) return false
  await cursor.skip(tag.length, tag)
  return true
}

/** A zero-terminated field's text. */
export function upToZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
