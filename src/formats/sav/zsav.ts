import { promisify } from 'node:util'
import { inflate } from 'node:zlib'
import { ByteCursor, damageError } from '../survey-columns/byte-cursor.js'
import type { ByteSource } from '../survey-columns/byte-source.js'
import type { SurveyError } from '../survey-error.js'

/** A block of ZLIB data: the offset of its bytes in the file, their number, and how many they inflate to. */
export interface ZlibBlock {
  readonly offset: number
  readonly size: number
  readonly inflatedSize: number
}

const HEADER_SIZE = 24
const TRAILER_SIZE = 24
const DESCRIPTOR_SIZE = 24
/** Blocks of real files inflate to 0x3ff000 bytes; this is more than any writer would choose. */
const LARGEST_BLOCK = 1 << 26
/** Deflate cannot do better than 1032 to 1 (zlib's technical details). */
const BEST_RATIO = 1032

const inflateBlock = promisify(inflate)

/**
 * Reads the header and the trailer around the ZLIB blocks (PSPP developer's guide, System File
 * Format, "Data Record") and checks that they agree with each other and with the file's size.
 *
 * @param cursor where the rows begin
 */
export async function readBlocks(cursor: ByteCursor): Promise<ZlibBlock[]> {
  const { source, position: start } = cursor
  await cursor.skip(8, 'the ZLIB data header')
  const trailerOffset = await cursor.uint64('the ZLIB data header')
  const trailerSize = await cursor.uint64('the ZLIB data header')
  const count = (trailerSize - TRAILER_SIZE) / DESCRIPTOR_SIZE
  const end = trailerOffset + trailerSize
  if (!(trailerOffset >= start + HEADER_SIZE && Number.isInteger(count) && count >= 0 && end <= source.size)) {
    throw damageError(
      source,
      start + 8,
      `the index of the ZLIB blocks should take bytes ${trailerOffset} to ${end} of the file, which has ` +
        `${source.size}; it is cut short or damaged: fetch or export it again`,
    )
  }

  await cursor.skip(trailerOffset - cursor.position, 'ZLIB data')
  const what = 'the index of the ZLIB blocks'
  await cursor.skip(20, what)
  const declared = await cursor.uint32(what)
  if (declared !== count) {
    throw damageError(
      source,
      trailerOffset + 20,
      `expected ${count} ZLIB blocks by the index's size, found ${declared}`,
    )
  }
  const blocks: ZlibBlock[] = []
  let offset = start + HEADER_SIZE
  let inflatedOffset = start
  for (let index = 0; index < count; index++) {
    const at = cursor.position
    const where = [await cursor.uint64(what), await cursor.uint64(what)]
    const inflatedSize = await cursor.uint32(what)
    const size = await cursor.uint32(what)
    if (
      where[0] !== inflatedOffset ||
      where[1] !== offset ||
      inflatedSize > LARGEST_BLOCK ||
      inflatedSize > BEST_RATIO * size
    ) {
      throw damageError(source, at, `expected ZLIB block ${index + 1} at byte ${offset}, found other numbers`)
    }
    blocks.push({ offset, size, inflatedSize })
    offset += size
    inflatedOffset += inflatedSize
  }
  if (offset !== trailerOffset) {
    throw damageError(source, trailerOffset, `expected ZLIB blocks up to this byte, found them end at ${offset}`)
  }
  return blocks
}

/** The inflated blocks in order. While one is being used, the next is inflated on another thread. */
export async function* inflateBlocks(
  source: ByteSource,
  blocks: readonly ZlibBlock[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (blocks.length === 0) return
  const cursor = new ByteCursor(source, blocks[0].offset, signal)
  try {
    let coming: Promise<Uint8Array> | undefined
    for (const block of blocks) {
      const bytes = (await cursor.take(block.size, 'a ZLIB block')).slice()
      const inflated = inflateChecked(source, block, bytes)
      // Whoever awaits it gets the error; until then, and if nobody does, it must not end the process.
      inflated.catch(() => {})
      if (coming !== undefined) yield await coming
      coming = inflated
    }
    if (coming !== undefined) yield await coming
  } finally {
    await cursor.close()
  }
}

async function inflateChecked(source: ByteSource, block: ZlibBlock, bytes: Uint8Array): Promise<Uint8Array> {
  const { inflatedSize } = block
  const room = Math.max(64, inflatedSize)
  let inflated: Uint8Array
  try {
    inflated = await inflateBlock(bytes, { chunkSize: room, maxOutputLength: room })
  } catch (cause) {
    throw blockError(source, block, cause instanceof Error ? cause.message : String(cause), cause)
  }
  if (inflated.length === inflatedSize) return inflated
  throw blockError(source, block, `it inflates to ${inflated.length} bytes, not to ${inflatedSize}`)
}

function blockError(source: ByteSource, { offset }: ZlibBlock, reason: string, cause?: unknown): SurveyError {
  return damageError(
    source,
    offset,
    `the ZLIB block here is damaged (${reason}): fetch or export the file again`,
    cause,
  )
}
