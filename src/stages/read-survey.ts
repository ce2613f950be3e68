import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Block } from '../batch/block.js'
import type { Dialect } from '../formats/dialect.js'
import type { SurveyInput } from '../formats/survey-input.js'
import { ChoosingIndexer } from './choosing-indexer.js'
import { indexInput, inputBlocks } from './read-input.js'
import type { Choice } from './record-choice.js'
import { SurveyIndexer } from './survey-indexer.js'
import { takeRecords } from './take-records.js'

export interface ReadSurveyOptions {
  path: string
  /** What the records must be got out of first; absent where the file is delimited text as it is. */
  input?: SurveyInput
  /** Name of the file in messages. */
  file: string
  encoding: Dialect['encoding']
  delimiter: string
  /** Where the first record starts, and its line. */
  dataStart: number
  dataLine: number
  /** Which field of a record holds the interview id, from 0. */
  idField: number
  /** The fields that are read at all, in file order: those of an SPSS or Stata file are read by column. */
  columns: number[]
  /**
   * A block is closed by the record that brings it to this many records, so that the same survey in another form is cut
   * alike; or to this many bytes, so that long records do not make it grow.
   */
  blockRows: number
  blockBytes: number
  /** Respondents with these interview ids are left out. */
  excludedIds: string[]
  /** Splits by the reference's shuffle, which depends on how many respondents there are. */
  shuffle?: { seed: number; ratios: [number, number, number] }
}

/** What one pass over a survey file finds out before any of it is parsed. */
export interface SurveyIndex {
  blocks: Block[]
  respondents: number
  excluded: number
  /** Ids that several respondents share. */
  repeatedIds: { id: string; respondents: number }[]
  bytes: number
  sha256: string
  /** What it is the index of. */
  read: ReadSurveyOptions
}

/**
 * Cuts a survey file into blocks at record boundaries, by content alone, and finds the ids that repeat.
 * Every record is found, but only its id is looked at, and what `choice` hangs on: where that is given, which only plain
 * text takes, the blocks say which of their records are chosen.
 *
 * Where nothing is written that names the file's SHA-256, `isHashed` false saves the time that it takes; it is then ''.
 */
export async function indexSurvey(
  options: ReadSurveyOptions,
  signal?: AbortSignal,
  isHashed = true,
  choice?: Choice,
): Promise<SurveyIndex> {
  if (options.input !== undefined) return indexInput(options.input, options, signal)
  const taker = choice === undefined ? new SurveyIndexer(options) : new ChoosingIndexer(options, choice)
  const hash = isHashed ? createHash('sha256') : undefined
  let bytes = 0
  const onRead = (chunk: Buffer) => {
    hash?.update(chunk)
    bytes += chunk.length
  }
  for await (const _ of takeRecords(options, taker, signal, onRead));
  return { ...taker.index.finish(), bytes, sha256: hash?.digest('hex') ?? '', read: options }
}

/**
 * The blocks of a survey file, as the chain takes them: of plain delimited text they are those of the index, and workers
 * read their bytes; those of any other file bring their content along, read here in a second pass.
 */
export function surveyBlocks(index: SurveyIndex, signal?: AbortSignal): Iterable<Block> | AsyncIterable<Block> {
  const { input } = index.read
  return input === undefined ? takeBlocks(index.blocks) : inputBlocks(input, index, signal)
}

/** The same as an object-mode stream, for pipelines put together by hand. */
export function readSurvey(index: SurveyIndex): Readable {
  return Readable.from(surveyBlocks(index), { highWaterMark: 1 })
}

/** Each block with the bytes that were kept of it, which are there once: where they are gone, it is read again. */
function* takeBlocks(blocks: readonly Block[]): Generator<Block> {
  for (const block of blocks) {
    const taken = { ...block }
    delete block.bytes
    yield taken
  }
}
