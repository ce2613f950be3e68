import { hashFile } from '../pool/hash-file.js'
import type { SideThread } from '../pool/side-thread.js'
import type { ReadSurveyOptions } from '../stages/read-survey.js'

/** Whether there is a thread that can make the hash: only that of a plain file, since reading other forms makes it. */
export function canHashBeside({ input }: ReadSurveyOptions, side: SideThread | undefined): side is SideThread {
  return side !== undefined && input === undefined
}

/**
 * SHA-256 of a survey file as it comes from the thread beside a run: of a plain file it takes longer than the index, and is
 * needed last. Undefined where that can not be.
 */
export function hashBeside(read: ReadSurveyOptions, side: SideThread | undefined): Promise<string> | undefined {
  if (!canHashBeside(read, side)) return undefined
  const hashing = hashFile(read.path, side)
  // Whoever waits for it is told.
  hashing.catch(() => {})
  return hashing
}
