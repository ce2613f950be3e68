import { open } from 'node:fs/promises'
import type { Block } from '../batch/block.js'
import type { TextMemory } from '../formats/text-memory.js'
import type { ReadSurveyOptions } from './read-survey.js'
import { SurveyIndexer } from './survey-indexer.js'
import { chunkBytes, readChunk } from './take-records.js'

/**
 * The blocks of a plain survey file as they are found: the file is read but once, into the memory of the scanner. For a chain
 * of this thread that has this memory to itself, and is done with a block before it asks for the next. They do not say what
 * only the whole file shows: which ids repeat, and the reference's splits.
 */
export async function* foundBlocks(
  options: ReadSurveyOptions,
  memory: TextMemory,
  signal?: AbortSignal,
): AsyncGenerator<Block> {
  const indexer = new SurveyIndexer(options, memory)
  const file = await open(options.path, 'r')
  try {
    // The bytes of the block under way, of which those up to `whole` are whole records.
    let size = chunkBytes * 4
    let buffer = indexer.room(size)
    let held = 0
    let whole = 0
    let offset = options.dataStart
    let found = 0
    for (let isLast = false; !isLast; ) {
      indexer.index.checkLength(held - whole)
      if (size - held < chunkBytes + 2) {
        size *= 2
        buffer = indexer.room(size)
      }
      const bytesRead = await readChunk(file, buffer, held, offset, signal)
      offset += bytesRead
      held += bytesRead
      isLast = bytesRead === 0
      whole = indexer.take(buffer, whole, held, isLast)
      if (isLast) indexer.close()
      const bufferOffset = offset - held
      for (const block of indexer.index.blocksFrom(found)) {
        found++
        const start = block.offset - bufferOffset
        const end = start + block.length
        // What reads a block puts line feeds behind it.
        const behind = Buffer.from(buffer.subarray(end, end + 2))
        yield { ...block, bytes: buffer.subarray(start, end + 2) }
        // Views of the memory may be gone.
        buffer = indexer.room(size)
        buffer.set(behind, end)
      }
      const done = indexer.index.openOffset - bufferOffset
      buffer.copyWithin(0, done, held)
      held -= done
      whole -= done
    }
  } finally {
    await file.close()
  }
}
