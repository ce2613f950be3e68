import { SurveyError } from '../formats/survey-error.js'

/** Exit codes: what went wrong, for scripts. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** Thrown where the user interrupts a run; nothing is printed of it but that. */
export class Interruption extends Error {
  override name = 'Interruption'
}

/**
 * Prints a failure as one line on stderr, with its stack trace only where that is asked for; gives the exit
 * code.
 */
export function reportFailure(error: unknown, debug: boolean): number {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof Interruption) {
    process.stderr.write(`wvs: ${message}\n`)
    return exitCodes.interrupted
  }
  const known = error instanceof SurveyError
  const hint = known || debug ? '' : ' (unexpected; --debug shows where)'
  process.stderr.write(`wvs: ${message.replace(/\s*\n\s*/g, ' ')}${hint}\n`)
  if (debug && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  return known && error.kind === 'usage' ? exitCodes.usage : exitCodes.failed
}
