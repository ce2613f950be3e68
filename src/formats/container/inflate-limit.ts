import { SurveyError } from '../survey-error.js'

/** How far a compressed file may unfold before it is taken for one made to fill memory or time. */
export interface InflateLimit {
  /** Most bytes that it may unfold to; where a user gives it, it stands in for the ratio too. */
  maxBytes?: number
}

/** Most bytes that a compressed file unfolds to unless a user allows more: some forty times the largest release. */
const usualMaxBytes = 2 ** 33

/** Survey files shrink to a tenth or a thirtieth; deflate at its utmost reaches 1 in 1032. */
const mostRatio = 250
/** Up to this many bytes the ratio does not matter. */
const harmlessBytes = 2 ** 26

/** Passes chunks on until they are more than the limit allows for `compressedBytes`; then throws a SurveyError. */
export async function* limitInflation(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  compressedBytes: number,
  { maxBytes }: InflateLimit,
): AsyncGenerator<Uint8Array> {
  const most = mostInflated(compressedBytes, maxBytes)
  let total = 0
  for await (const chunk of chunks) {
    total += chunk.length
    if (total > most) throw inflationError(name, most, compressedBytes, maxBytes)
    yield chunk
  }
}

/** The same for a size that is declared before anything is read. */
export function checkInflatedSize(
  name: string,
  inflated: number,
  compressedBytes: number,
  { maxBytes }: InflateLimit,
): void {
  const most = mostInflated(compressedBytes, maxBytes)
  if (inflated > most) throw inflationError(name, most, compressedBytes, maxBytes)
}

function mostInflated(compressedBytes: number, maxBytes: number | undefined): number {
  return maxBytes ?? Math.min(usualMaxBytes, Math.max(harmlessBytes, compressedBytes * mostRatio))
}

function inflationError(name: string, most: number, compressedBytes: number, maxBytes: number | undefined) {
  const found = `its ${compressedBytes} compressed bytes unfold to more than ${most}`
  const reason = maxBytes === undefined ? ', as no survey file does' : ''
  return new SurveyError(`${found}${reason}; if the file is right, allow more with --max-bytes`, {
    place: { file: name },
  })
}
