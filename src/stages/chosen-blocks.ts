import type { Block } from '../batch/block.js'
import type { TextMemory } from '../formats/text-memory.js'
import { ChoosingIndexer } from './choosing-indexer.js'
import type { ReadSurveyOptions } from './read-survey.js'
import type { Choice } from './record-choice.js'
import { takeRecords } from './take-records.js'

/**
 * The blocks of a plain survey file as they are found, with the bytes of their chosen records, which stand in the memory of
 * the scanner. For a chain that is as that of `foundBlocks`; as there, they do not say what only the whole file shows.
 */
export async function* chosenBlocks(
  options: ReadSurveyOptions,
  choice: Choice,
  memory: TextMemory,
  signal?: AbortSignal,
): AsyncGenerator<Block> {
  const indexer = new ChoosingIndexer(options, choice, memory)
  let found = 0
  for await (const _ of takeRecords(options, indexer, signal)) {
    const { closed, lastBlock } = indexer.index
    // No more than one block is closed at a time.
    if (closed === found || lastBlock === undefined) continue
    found = closed
    yield { ...lastBlock }
  }
}
