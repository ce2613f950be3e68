import { setMaxListeners } from 'node:events'
import { Duplex } from 'node:stream'
import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { SurveyError } from '../formats/survey-error.js'
import type { SurveyFailure, WorkerSetup } from './worker.js'

export interface PoolOptions {
  threads: number
  signal?: AbortSignal
}

/**
 * Worker threads that each hold one chain of stages. Batches go in as plain data, results come out in the
 * order of the batches, whatever the order in which the workers finish.
 */
export class StagePool<In, Out> {
  private readonly piscina: Piscina
  /** Each worker has loaded its modules, or come to its end. */
  private readonly started: Promise<unknown>
  /** Batches under way at a time: one in work and one waiting for each thread, so that no thread stands idle. */
  private readonly window: number

  constructor(
    setup: WorkerSetup,
    private readonly options: PoolOptions,
    /** The buffers of a batch that move to the worker and are no longer seen here; all others are copied. */
    private readonly content: (batch: In) => ArrayBuffer[] = () => [],
  ) {
    this.window = options.threads * 2
    // Each batch under way listens to the signal; Node warns of more than ten.
    if (options.signal !== undefined) setMaxListeners(0, options.signal)
    this.piscina = new Piscina({
      filename: new URL('./worker.js', import.meta.url).href,
      workerData: setup,
      minThreads: options.threads,
      maxThreads: options.threads,
      concurrentTasksPerWorker: 1,
      recordTiming: false,
      workerHistogram: false,
    })
    this.started = Promise.all(this.piscina.threads.map(firstSign))
  }

  /** SHA-256 of a file in hexadecimal, made in a worker. */
  async hashFile(path: string): Promise<string> {
    const { signal } = this.options
    return this.piscina.run(path, { name: 'hashFile', ...(signal === undefined ? {} : { signal }) })
  }

  /** The results of a run of batches, in order. */
  async *map(batches: Iterable<In> | AsyncIterable<In>): AsyncGenerator<Out> {
    const underway: Promise<Out>[] = []
    try {
      for await (const batch of batches) {
        if (underway.length === this.window) yield await take(underway)
        const result = this.run(batch)
        // A rejection is met when its turn comes; until then it must not count as unhandled.
        result.catch(() => {})
        underway.push(result)
      }
      while (underway.length > 0) yield await take(underway)
    } finally {
      await Promise.allSettled(underway)
    }
  }

  private run(batch: In): Promise<Out> {
    const { signal } = this.options
    const transferList = this.content(batch)
    const options = signal === undefined ? { transferList } : { signal, transferList }
    return this.piscina.run(batch, options).catch(rethrow)
  }

  async close(): Promise<void> {
    // Node 20 can crash when a thread is ended while it loads its modules.
    await this.started
    await this.piscina.destroy()
  }
}

/** A worker's first message comes when it is ready for batches. */
function firstSign(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['message', 'error', 'exit']) worker.once(event, () => resolve())
  })
}

/** Makes a worker's SurveyError one again. */
function rethrow(error: unknown): never {
  if (!isSurveyFailure(error)) throw error
  throw new SurveyError(error.surveyError, { kind: error.kind })
}

function isSurveyFailure(error: unknown): error is SurveyFailure {
  return typeof error === 'object' && error !== null && 'surveyError' in error
}

async function take<T>(queue: Promise<T>[]): Promise<T> {
  const first = queue.shift()
  if (first === undefined) throw new Error('nothing is under way')
  return first
}

/** Lifts a pool into an object-mode stream from batches to results, in order; it closes the pool at its end. */
export function poolStream<In, Out>(pool: StagePool<In, Out>): Duplex {
  return Duplex.from(async function* (batches: AsyncIterable<In>) {
    try {
      yield* pool.map(batches)
    } finally {
      await pool.close()
    }
  })
}
