import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Block } from '../batch/block.js'
import { SurveyError } from '../formats/survey-error.js'
import { isTable, openInput, openTable, type SurveyInput } from '../formats/survey-input.js'
import type { ReadSurveyOptions, SurveyIndex } from './read-survey.js'
import { tableBlocks, tableIds } from './read-table.js'
import type { RecordIndex } from './record-index.js'
import { SurveyIndexer } from './survey-indexer.js'

/** Bytes held at first; grows up to the longest record. */
const bufferBytes = 1 << 21

/** Indexes a survey that is no plain delimited text: one reading of it from its start. */
export async function indexInput(
  input: SurveyInput,
  options: ReadSurveyOptions,
  signal?: AbortSignal,
): Promise<SurveyIndex> {
  const indexer = new SurveyIndexer(options)
  const [{ bytes, sha256 }] = await Promise.all([
    hashFile(options.path, signal),
    isTable(input.form)
      ? indexTable(input, options, indexer.index, signal)
      : indexText(input, options, indexer, signal),
  ])
  return { ...indexer.index.finish(), bytes, sha256, read: options }
}

/** The blocks of such a survey with their content, in a second reading. */
export function inputBlocks(input: SurveyInput, index: SurveyIndex, signal?: AbortSignal): AsyncGenerator<Block> {
  return isTable(input.form) ? tableBlocks(input, index, signal) : textBlocks(input, index, signal)
}

async function hashFile(path: string, signal?: AbortSignal): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, {
    highWaterMark: 1 << 20,
    ...(signal === undefined ? {} : { signal }),
  })) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

async function indexText(
  input: SurveyInput,
  { file, dataStart }: ReadSurveyOptions,
  indexer: SurveyIndexer,
  signal?: AbortSignal,
): Promise<void> {
  const source = await openInput(input, file)
  let buffer = Buffer.alloc(bufferBytes)
  let held = 0
  for await (const chunk of source.stream(dataStart, signal)) {
    if (held + chunk.length > buffer.length) {
      indexer.index.checkLength(held)
      buffer = Buffer.concat([buffer.subarray(0, held)], Math.max(held + chunk.length, buffer.length * 2))
    }
    buffer.set(chunk, held)
    held += chunk.length
    const used = indexer.take(buffer, 0, held, false)
    buffer.copyWithin(0, used, held)
    held -= used
  }
  indexer.take(buffer, 0, held, true)
}

async function* textBlocks(input: SurveyInput, { blocks, read }: SurveyIndex, signal?: AbortSignal) {
  const source = await openInput(input, read.file)
  const chunks = source.stream(read.dataStart, signal)[Symbol.asyncIterator]()
  let chunk: Uint8Array = new Uint8Array(0)
  /** Where `chunk` stands in the text. */
  let offset = read.dataStart
  try {
    for (const block of blocks) {
      const bytes = new Uint8Array(block.length + 2)
      const end = block.offset + block.length
      for (let at = block.offset; at < end; ) {
        if (at >= offset + chunk.length) {
          offset += chunk.length
          const next = await chunks.next()
          if (next.done === true) throw changed(read.file)
          chunk = next.value
          continue
        }
        const part = chunk.subarray(at - offset, end - offset)
        bytes.set(part, at - block.offset)
        at += part.length
      }
      yield { ...block, bytes }
    }
  } finally {
    await chunks.return?.()
  }
}

async function indexTable(
  input: SurveyInput,
  { file, idField }: ReadSurveyOptions,
  index: RecordIndex,
  signal?: AbortSignal,
): Promise<void> {
  const table = await openTable(input, file)
  // There the offset of a record is its number.
  for await (const id of tableIds(table, idField, signal)) {
    index.add(index.keyOfId(id))
    index.pass(1, 1)
  }
}

function changed(file: string): SurveyError {
  return new SurveyError('the file became shorter while it was read', { place: { file } })
}
