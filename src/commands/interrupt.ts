import { Interruption } from './failure.js'

/**
 * Runs a job that Ctrl-C (or SIGTERM) ends cleanly: the first signal asks the job to stop, and it clears away
 * what is not whole; a second one ends the process at once.
 */
export async function interruptible<T>(job: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort(new Interruption(`interrupted (${name}); nothing was left half-written`))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    return await job(controller.signal)
  } catch (error) {
    // Whatever a stage says of being stopped, the reason is the signal.
    throw controller.signal.aborted ? controller.signal.reason : error
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}
