import { BytecodeDecoder, type Stop } from './sav/bytecode.js'
import { readDictionary } from './sav/dictionary.js'
import { extendedRows } from './sav/extensions.js'
import { readHeader, type SavHeader } from './sav/header.js'
import { RowLayout } from './sav/row-layout.js'
import { readUncompressed } from './sav/uncompressed.js'
import { buildVariables, decodeText, type SavVariables } from './sav/variables.js'
import { inflateBlocks, readBlocks, type ZlibBlock } from './sav/zsav.js'
import { BatchBuilder } from './survey-columns/batch-builder.js'
import { ByteCursor, damageError } from './survey-columns/byte-cursor.js'
import { type ByteSource, fileSource } from './survey-columns/byte-source.js'
import type { ColumnBatch, ReadOptions, SurveyTable } from './survey-columns.js'
import { SurveyError } from './survey-error.js'

export { isSav } from './form-signatures.js'

/** Bytes handed to the decoder at a time. */
const CHUNK = 1 << 20

/** What the reading of the rows needs to know. */
interface SavData extends SavVariables {
  readonly source: ByteSource
  readonly header: SavHeader
  readonly littleEndian: boolean
  /** Elements in a row. */
  readonly elements: number
  readonly dataStart: number
  /** Of a .zsav file. */
  readonly blocks: readonly ZlibBlock[]
  /** Rows that the file declares. */
  readonly rows: number | undefined
  /** Rows that its bytes have room for. */
  readonly mostRows: number
}

/**
 * Opens an SPSS system file, .sav or .zsav, by its content: reads the dictionary and, of a .zsav file,
 * the index of its blocks. The format is described in the PSPP developer's guide, chapter "System File
 * Format"; comments in `sav/` name its sections.
 *
 * @param from a file's path, or where else its bytes come from
 * @param options.encoding the encoding of the file's texts if it names none or a wrong one
 * @throws SurveyError where the file is damaged, cut short, or of a kind that is not read
 */
export async function openSav(from: string | ByteSource, options: { encoding?: string } = {}): Promise<SurveyTable> {
  const source = typeof from === 'string' ? await fileSource(from) : from
  const cursor = new ByteCursor(source, 0)
  try {
    const header = await readHeader(cursor)
    const { littleEndian } = cursor
    const dictionary = await readDictionary(cursor)
    const { elements, dataStart } = dictionary
    const built = buildVariables(dictionary, littleEndian, source, options.encoding)
    const blocks = header.compression === 'zlib' ? await readBlocks(cursor) : []
    const declared = header.rows ?? extendedRows(dictionary.extensions, littleEndian)
    const rows = elements === 0 ? 0 : declared
    const bytes =
      header.compression === 'zlib'
        ? blocks.reduce((sum, { inflatedSize }) => sum + inflatedSize, 0)
        : source.size - dataStart
    // An element takes eight bytes or, compressed, at least its command byte.
    const rowBytes = header.compression === 'none' ? 8 * elements : elements
    const mostRows = elements === 0 ? 0 : Math.floor(bytes / rowBytes)
    if (rows !== undefined && rows > mostRows) {
      const message = `the file declares ${rows} rows, but has room for ${mostRows} at most; it is cut short or damaged`
      throw damageError(source, 80, `${message}: fetch or export it again`)
    }
    const data = { ...built, source, header, littleEndian, elements, dataStart, blocks, rows, mostRows }
    return {
      form: header.compression === 'zlib' ? 'zsav' : 'sav',
      version: header.version,
      encoding: built.encoding.name,
      label: decodeText(built.encoding, header.label),
      rows,
      variables: built.placed.map(({ variable }) => variable),
      weight: findWeight(data),
      read: (readOptions) => readRows(data, readOptions),
    }
  } finally {
    await cursor.close()
  }
}

function findWeight({ header, placed, source }: SavData): number | undefined {
  if (header.weightIndex === 0) return undefined
  const index = placed.findIndex(
    ({ variable, segments }) => variable.type === 'number' && segments[0].element === header.weightIndex - 1,
  )
  if (index >= 0) return index
  throw damageError(source, 76, `expected the place of a number variable to weight by, found ${header.weightIndex}`)
}

async function* readRows(data: SavData, options: ReadOptions): AsyncGenerator<ColumnBatch, void, undefined> {
  const { source, header, littleEndian, elements, dataStart, encoding, special, placed } = data
  const variables = placed.map(({ variable }) => variable)
  const builder = new BatchBuilder(variables, options, encoding, data.rows ?? data.mostRows)
  if (elements === 0) return
  const layout = new RowLayout(placed, options.columns, elements, builder)
  const cursor = new ByteCursor(source, dataStart, options.signal)
  cursor.littleEndian = littleEndian
  try {
    if (header.compression === 'none') {
      yield* readUncompressed(cursor, data.rows, layout, builder, special.systemMissing)
      return
    }

    const decoder = new BytecodeDecoder(
      {
        elements,
        bias: header.bias,
        littleEndian,
        systemMissing: special.systemMissing,
        rows: data.rows,
        damage: (row, element, offset, message) => rowError(data, row, element, offset, message),
      },
      layout,
    )
    const chunks = header.compression === 'zlib' ? inflateBlocks(source, data.blocks, options.signal) : chunksOf(cursor)
    for await (const chunk of chunks) {
      options.signal?.throwIfAborted()
      decoder.feed(chunk)
      if ((yield* decodeBatches(decoder, builder)) === 'end') return
    }
    decoder.feed(undefined)
    yield* decodeBatches(decoder, builder)
  } finally {
    await cursor.close()
  }
}

function* decodeBatches(decoder: BytecodeDecoder, builder: BatchBuilder): Generator<ColumnBatch, Stop, undefined> {
  for (;;) {
    builder.begin()
    const stop = decoder.decode(builder)
    if (stop !== 'hungry' && builder.rows > 0) yield builder.finish()
    if (stop !== 'full') return stop
  }
}

async function* chunksOf(cursor: ByteCursor): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const chunk = await cursor.takeSome(CHUNK)
    if (chunk === undefined) return
    yield chunk
  }
}

function rowError(data: SavData, row: number, element: number, offset: number, message: string): SurveyError {
  const { placed, source, header, dataStart } = data
  const at = placed.find(({ segments }) =>
    segments.some((segment) => element >= segment.element && element < segment.element + segment.elements),
  )
  const place = `row ${row + 1}, variable ${JSON.stringify(at?.variable.name)}: ${message}`
  if (header.compression === 'bytecode') return damageError(source, dataStart + offset, place)
  return new SurveyError(`byte ${offset} of the inflated data, ${place}`, { place: { file: source.name } })
}
