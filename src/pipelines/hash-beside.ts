import { hashFile } from '../pool/hash-file.js'
import type { SideThread } from '../pool/side-thread.js'
import type { ReadSurveyOptions } from '../stages/read-survey.js'

/**
 * SHA-256 of a survey file as it comes from the thread beside a run: of a plain file it takes longer than the index, and is
 * needed last. Undefined where there is no such thread, or the file is of another form, whose reading makes the hash.
 */
export function hashBeside(
  { path, input }: ReadSurveyOptions,
  side: SideThread | undefined,
): Promise<string> | undefined {
  if (side === undefined || input !== undefined) return undefined
  const hashing = hashFile(path, side)
  // Whoever waits for it is told.
  hashing.catch(() => {})
  return hashing
}
