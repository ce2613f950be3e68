import { Transform } from 'node:stream'
import type { TextMemory } from '../formats/text-memory.js'

/**
 * A stage is a function from one batch to the next. It does not know whether it runs as a Node stream or
 * in a chain inside a worker thread, and keeps nothing from one batch that the next one depends on.
 */
export interface Stage<In, Out> {
  readonly name: string
  apply(batch: In): Out
}

/** What a stage may know of where it runs. */
export interface StageContext {
  /**
   * A batch is done with before the next one begins, so that a stage may hand out the same arrays again:
   * true in a chain, false in streams, which hold several batches at a time.
   */
  reuse: boolean
  /** The scanner's, for a chain that is given texts in it; that of the thread where absent. */
  memory?: TextMemory
}

/** Lifts a stage into an object-mode stream, for pipelines put together by hand. */
export function stream<In, Out>(stage: Stage<In, Out>): Transform {
  return new Transform({
    objectMode: true,
    highWaterMark: 1,
    transform(batch: In, _encoding, done) {
      try {
        done(null, stage.apply(batch))
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)))
      }
    },
  })
}
