import { Readable } from 'node:stream'
import jsonlParser from 'stream-json/jsonl/parser.js'
import streamArray from 'stream-json/streamers/stream-array.js'
import { skipBytes } from './container/skip-bytes.js'
import type { ByteSource } from './survey-columns/byte-source.js'
import { SurveyError } from './survey-error.js'
import { TextRecords } from './text-records.js'

/** Rows from whose keys the columns are told. */
const rowsSampled = 100
/** Rows that are handed on together. */
const rowsTogether = 64
/** A row that takes more than this is taken for damage. */
const longestRow = 1 << 26

/**
 * Rows of JSON - an array of objects, or one object a line - as delimited text. The columns are the keys of the first
 * rows; a key that comes up later ends in a SurveyError, and so does a value that is an object or an array itself.
 */
export function jsonRowsSource(inner: ByteSource, form: 'json' | 'jsonl'): ByteSource {
  return {
    name: inner.name,
    size: Number.POSITIVE_INFINITY,
    sequential: true,
    stream: (start, signal) => skipBytes(textOfRows(inner, form, signal), start),
  }
}

async function* textOfRows(
  inner: ByteSource,
  form: 'json' | 'jsonl',
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { name } = inner
  const records = new TextRecords()
  const sample: Record<string, unknown>[] = []
  let columns: Columns | undefined
  let row = 0
  for await (const value of rowsOf(inner, form, signal)) {
    row++
    if (columns === undefined) {
      sample.push(value)
      if (sample.length < rowsSampled) continue
      columns = columnsOf(sample)
      records.addHeader(columns.names)
      for (const [index, early] of sample.entries()) addRow(records, early, columns, name, index + 1)
    } else addRow(records, value, columns, name, row)
    if (row % rowsTogether === 0) yield records.take()
  }
  if (columns === undefined) {
    columns = columnsOf(sample)
    if (columns.names.length === 0) throw new SurveyError('the JSON holds no rows', { place: { file: name } })
    records.addHeader(columns.names)
    for (const [index, early] of sample.entries()) addRow(records, early, columns, name, index + 1)
  }
  yield records.take()
}

/** The columns' names in order, and the place of each. */
interface Columns {
  names: string[]
  columns: Map<string, number>
}

function columnsOf(rows: Record<string, unknown>[]): Columns {
  const columns = new Map<string, number>()
  for (const row of rows) for (const key of Object.keys(row)) if (!columns.has(key)) columns.set(key, columns.size)
  return { names: [...columns.keys()], columns }
}

function addRow(
  records: TextRecords,
  row: Record<string, unknown>,
  { names, columns }: Columns,
  file: string,
  line: number,
): void {
  const cells = new Array<string | undefined>(names.length)
  let next = 0
  // A list of pairs, or a look-up of every key, would cost more than the rest together.
  for (const key in row) {
    const value = row[key]
    const column = names[next] === key ? next : columns.get(key)
    if (column === undefined) {
      throw new SurveyError(
        `the first ${rowsSampled} rows lack the key ${JSON.stringify(key)}; give them all the keys, with null where there is no value`,
        { place: { file, line } },
      )
    }
    next = column + 1
    if (value === null || value === undefined) continue
    if (typeof value === 'object') {
      throw new SurveyError('an object or an array stands where a cell is expected; flatten the rows', {
        place: { file, line, column: key },
      })
    }
    cells[column] = String(value)
  }
  records.addRecord(cells, names.length)
}

async function* rowsOf(
  inner: ByteSource,
  form: 'json' | 'jsonl',
  signal?: AbortSignal,
): AsyncGenerator<Record<string, unknown>> {
  const { name } = inner
  let sinceRow = 0
  let row = 0
  async function* bytes(): AsyncGenerator<Buffer> {
    let first = true
    for await (const chunk of inner.stream(0, signal)) {
      sinceRow += chunk.length
      if (sinceRow > longestRow) {
        throw new SurveyError(`a row takes more than ${longestRow} bytes; expected one respondent each`, {
          place: { file: name, line: row + 1 },
        })
      }
      const marked = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf
      first = false
      // The source hands out one buffer again and again, but the stream holds several chunks.
      yield Buffer.from(chunk.subarray(marked ? 3 : 0))
    }
  }
  const parser =
    form === 'json' ? streamArray.withParserAsStream({ packValues: true, streamValues: false }) : jsonlParser.asStream()
  const input = Readable.from(bytes(), { objectMode: false })
  input.on('error', (error) => parser.destroy(error))
  try {
    for await (const item of input.pipe(parser)) {
      row++
      sinceRow = 0
      const value: unknown = item?.value
      if (!isRow(value)) {
        throw new SurveyError('this is no object; expected one object a respondent, its keys the columns', {
          place: { file: name, line: row },
        })
      }
      yield value
    }
  } catch (cause) {
    if (cause instanceof SurveyError || (cause instanceof Error && cause.name === 'AbortError')) throw cause
    if (signal?.aborted) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    const expected = form === 'json' ? 'an array of objects' : 'one object a line'
    throw new SurveyError(
      `the JSON is cut short or damaged somewhere after row ${row} (${reason}); expected ${expected}`,
      {
        place: { file: name },
        cause,
      },
    )
  } finally {
    input.destroy()
    parser.destroy()
  }
}

function isRow(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
