import { readNumbers } from './dta/cells.js'
import { type DtaDictionary, type DtaVariable, readDictionary } from './dta/dictionary.js'
import { findReferenceSplit, readStrlIndex, type StrlIndex, StrlReader } from './dta/strls.js'
import { type LabelSet, labelKey, readValueLabels } from './dta/value-labels.js'
import { BatchBuilder } from './survey-columns/batch-builder.js'
import { ByteCursor } from './survey-columns/byte-cursor.js'
import { type ByteSource, fileSource } from './survey-columns/byte-source.js'
import { TextEncoding } from './survey-columns/text-encoding.js'
import type { ColumnBatch, ReadOptions, SurveyTable, SurveyVariable } from './survey-columns.js'
import { SurveyError } from './survey-error.js'

export { isDta } from './form-signatures.js'

/** Bytes of rows taken at a time: they stay in the processor's cache while the columns are picked out. */
const BLOCK = 1 << 18

/** What the reading of the rows needs to know. */
interface DtaData {
  readonly source: ByteSource
  readonly dictionary: DtaDictionary
  readonly littleEndian: boolean
  readonly encoding: TextEncoding
  readonly variables: readonly SurveyVariable[]
  readonly strls: StrlIndex
  /** Bytes of the variable in a reference to a long text. */
  readonly strlSplit: number
}

/**
 * Opens a Stata file of format 113 to 119: reads the dictionary, the value labels behind the rows, and
 * where the long texts (strL) stand. The formats are described in Stata's help files dta_113 to
 * dta_119; comments in `dta/` name their sections.
 *
 * Formats before 118 do not tell their encoding: UTF-8 if the labels read as such, else Windows-1252.
 *
 * @param from a file's path, or where else its bytes come from
 * @param options.encoding the encoding of the file's texts, if it is none of these
 * @throws SurveyError where the file is damaged, cut short, or of a format that is not read
 */
export async function openDta(from: string | ByteSource, options: { encoding?: string } = {}): Promise<SurveyTable> {
  const source = typeof from === 'string' ? await fileSource(from) : from
  const cursor = new ByteCursor(source, 0)
  try {
    const dictionary = await readDictionary(cursor)
    const { layout, rows, rowBytes } = dictionary
    await cursor.skip(rows * rowBytes, 'the rows')
    const strls = await readStrlIndex(cursor, layout)
    const labelSets = await readValueLabels(cursor, layout)

    const encoding = chooseEncoding(dictionary, labelSets, source, options.encoding)
    const variables = buildVariables(dictionary.variables, labelSets, encoding)
    const { littleEndian } = cursor
    const strlSplit = await findReferenceSplit(cursor, dictionary, strls)
    const data = { source, dictionary, littleEndian, encoding, variables, strls, strlSplit }
    return {
      form: 'dta',
      version: String(layout.format),
      encoding: encoding.name,
      label: encoding.decode(dictionary.label),
      rows,
      variables,
      weight: undefined,
      read: (readOptions) => readRows(data, readOptions),
    }
  } finally {
    await cursor.close()
  }
}

function chooseEncoding(
  { layout, variables, label }: DtaDictionary,
  labelSets: readonly LabelSet[],
  source: ByteSource,
  option: string | undefined,
): TextEncoding {
  const name = option ?? layout.encoding
  if (name === undefined) {
    const labels = labelSets.flatMap((set) => set.labels.map((entry) => entry.label))
    return TextEncoding.guess([label, ...variables.map((variable) => variable.label), ...labels])
  }
  const encoding = TextEncoding.named(name)
  if (encoding !== undefined) return encoding
  const message = `the encoding ${JSON.stringify(name)} is not known; give one by its usual name`
  throw new SurveyError(message, { kind: 'usage', place: { file: source.name } })
}

function buildVariables(
  variables: readonly DtaVariable[],
  labelSets: readonly LabelSet[],
  encoding: TextEncoding,
): SurveyVariable[] {
  const sets = new Map<string, ReadonlyMap<number | string, string>>()
  for (const { name, labels } of labelSets) {
    const byKey = new Map<number | string, string>()
    for (const { value, label } of labels) {
      // Exports cut codes such as 0.33 and 0.66 to 0 and so label 0 more than once; the first is its own.
      const key = labelKey(value)
      if (!byKey.has(key)) byKey.set(key, encoding.decode(label))
    }
    sets.set(encoding.decode(name), byKey)
  }
  return variables.map(({ name, label, displayFormat, labelSet, cell }) => {
    const isText = cell.type === 'text' || cell.type === 'strL'
    const storage = cell.type === 'double' ? 'double' : cell.type === 'float' ? 'single' : 'integer'
    return {
      name: encoding.decode(name),
      label: encoding.decode(label),
      type: isText ? 'text' : 'number',
      storage: isText ? 'text' : storage,
      width: cell.type === 'strL' ? Number.POSITIVE_INFINITY : isText ? cell.width : 0,
      valueLabels: sets.get(encoding.decode(labelSet)) ?? new Map(),
      missing: { values: [] },
      format: encoding.decode(displayFormat),
    }
  })
}

async function* readRows(data: DtaData, options: ReadOptions): AsyncGenerator<ColumnBatch, void, undefined> {
  const { source, dictionary, littleEndian, encoding, strls, strlSplit } = data
  const { rows, rowBytes, dataStart } = dictionary
  const builder = new BatchBuilder(data.variables, options, encoding, rows)
  const wanted = options.columns.map((index) => dictionary.variables[index])
  const strlOffsets = wanted.filter(({ cell }) => cell.type === 'strL').map(({ offset }) => offset)
  const longTexts = new StrlReader(strls, strlSplit, source, littleEndian, options.signal)
  const cursor = new ByteCursor(source, dataStart, options.signal)
  const blockRows = Math.max(1, Math.floor(BLOCK / Math.max(1, rowBytes)))
  try {
    for (let done = 0; done < rows; ) {
      options.signal?.throwIfAborted()
      const most = Math.min(blockRows, rows - done, builder.capacity - builder.rows)
      const offset = cursor.position
      let bytes = await cursor.peek(most * rowBytes, 'rows')
      const count = longTexts.fittingRows(bytes, rowBytes, strlOffsets)
      bytes = bytes.subarray(0, count * rowBytes)
      builder.begin()
      readColumns(bytes, count, data, wanted, builder)
      if (strlOffsets.length > 0) await readLongTexts(bytes, offset, count, rowBytes, wanted, builder, longTexts)
      await cursor.skip(count * rowBytes, 'rows')
      builder.rows += count
      done += count
      if (builder.full) yield builder.finish()
    }
    if (builder.rows > 0) yield builder.finish()
  } finally {
    await cursor.close()
    await longTexts.close()
  }
}

/** All columns of a block but those of long texts. */
function readColumns(
  bytes: Uint8Array,
  rows: number,
  { dictionary, littleEndian }: DtaData,
  wanted: readonly DtaVariable[],
  builder: BatchBuilder,
): void {
  const { rowBytes } = dictionary
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const block = { view, rows, rowBytes, littleEndian }
  wanted.forEach(({ cell, offset }, column) => {
    const texts = builder.texts[column]
    if (texts === undefined) {
      readNumbers(cell.type, block, offset, builder, builder.starts[column] + builder.rows)
    } else if (cell.type === 'text') {
      for (let row = 0, start = offset; row < rows; row++, start += rowBytes) {
        let end = start
        while (end < start + cell.width && bytes[end] !== 0) end++
        texts.append(bytes, start, end)
      }
    }
  })
}

/** Row by row over the columns of long texts, as their texts stand in the file. */
async function readLongTexts(
  bytes: Uint8Array,
  offset: number,
  rows: number,
  rowBytes: number,
  wanted: readonly DtaVariable[],
  builder: BatchBuilder,
  longTexts: StrlReader,
): Promise<void> {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < wanted.length; column++) {
      if (wanted[column].cell.type !== 'strL') continue
      const at = row * rowBytes + wanted[column].offset
      const text = await longTexts.read(bytes, at, offset + at)
      builder.texts[column]?.append(text, 0, text.length)
    }
  }
}
