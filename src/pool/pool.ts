import { setMaxListeners } from 'node:events'
import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { SurveyError } from '../formats/survey-error.js'
import type { SurveyFailure, WorkerSetup } from './worker.js'

export interface PoolOptions<In, Out> {
  /** Threads that work on batches. */
  threads: number
  /**
   * Builds the same chain for the calling thread, which is then one of the threads: for a run that leaves it little else to
   * do. It takes the batches for which no worker is free, or has started yet; with one thread there is no worker.
   */
  joinIn?: () => Promise<(batch: In) => Out>
  signal?: AbortSignal
}

/** Batches of a worker at a time: one in work and the others waiting, so that it does not stand idle. */
const perWorker = 2
/** The same where the calling thread takes part: it looks at what is done only between two batches of its own. */
const perWorkerBeside = 3

/** Batches that the calling thread may be done with before the result of one before them is there. */
const ownAhead = 6

/** The result of a batch, on its way. */
interface Underway<Out> {
  result: Promise<Out>
  isDone: boolean
}

/**
 * Threads that each hold one chain of stages. Batches go in as plain data, results come out in the
 * order of the batches, whatever the order in which the threads finish.
 */
export class StagePool<In, Out> {
  private readonly workers: number
  private readonly perWorker: number
  private readonly piscina: Piscina | undefined
  /** Each worker has loaded its modules, or come to its end. */
  private readonly started: Promise<unknown>
  private startedWorkers = 0
  /** Places that batches take up at the workers. */
  private taken = 0
  private own: Promise<(batch: In) => Out> | undefined

  constructor(
    setup: WorkerSetup,
    private readonly options: PoolOptions<In, Out>,
    /** The buffers of a batch that move to the worker and are no longer seen here; all others are copied. */
    private readonly content: (batch: In) => ArrayBuffer[] = () => [],
  ) {
    this.workers = options.joinIn === undefined ? options.threads : options.threads - 1
    this.perWorker = options.joinIn === undefined ? perWorker : perWorkerBeside
    // Each batch under way listens to the signal; Node warns of more than ten.
    if (options.signal !== undefined) setMaxListeners(0, options.signal)
    this.piscina = this.workers === 0 ? undefined : openPiscina(setup, this.workers)
    const { threads = [] } = this.piscina ?? {}
    this.started = Promise.all(threads.map((worker) => firstSign(worker).then(() => this.startedWorkers++)))
  }

  /** SHA-256 of a file in hexadecimal, made in a worker; undefined where there is none. */
  hashFile(path: string): Promise<string> | undefined {
    const { piscina, options } = this
    if (piscina === undefined) return undefined
    const { signal } = options
    return this.occupy(
      this.perWorker,
      piscina.run(path, { name: 'hashFile', ...(signal === undefined ? {} : { signal }) }),
    )
  }

  /** The results of a run of batches, in order. */
  async *map(batches: Iterable<In> | AsyncIterable<In>): AsyncGenerator<Out> {
    const { joinIn } = this.options
    const underway: Underway<Out>[] = []
    const window = this.workers * this.perWorker + (joinIn === undefined ? 0 : ownAhead)
    try {
      for await (const batch of batches) {
        if (underway.length === window) yield await take(underway)
        if (joinIn === undefined || this.isWorkerFree()) underway.push(settling(this.runThere(batch)))
        else {
          const own = settling(this.runHere(batch, joinIn))
          underway.push(own)
          await own.result.catch(() => {})
        }
        while (underway[0]?.isDone === true) yield await take(underway)
      }
      while (underway.length > 0) yield await take(underway)
    } finally {
      await Promise.allSettled(underway.map(({ result }) => result))
    }
  }

  private isWorkerFree(): boolean {
    return this.taken < this.startedWorkers * this.perWorker
  }

  private runThere(batch: In): Promise<Out> {
    const { piscina } = this
    if (piscina === undefined) throw new Error('there is no worker')
    const { signal } = this.options
    const transferList = this.content(batch)
    const options = signal === undefined ? { transferList } : { signal, transferList }
    return this.occupy(1, piscina.run(batch, options).catch(rethrow))
  }

  private async runHere(batch: In, joinIn: () => Promise<(batch: In) => Out>): Promise<Out> {
    this.own ??= joinIn()
    const chain = await this.own
    // Time for what has come in from the workers, and for an abort.
    await turn()
    this.options.signal?.throwIfAborted()
    return chain(batch)
  }

  /** Keeps places at the workers until something is done. */
  private async occupy<T>(places: number, work: Promise<T>): Promise<T> {
    this.taken += places
    try {
      return await work
    } finally {
      this.taken -= places
    }
  }

  async close(): Promise<void> {
    // Node 20 can crash when a thread is ended while it loads its modules.
    await this.started
    await this.piscina?.destroy()
  }
}

function openPiscina(setup: WorkerSetup, workers: number): Piscina {
  return new Piscina({
    filename: new URL('./worker.js', import.meta.url).href,
    workerData: setup,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
    recordTiming: false,
    workerHistogram: false,
  })
}

/** A rejection is met when its turn comes; until then it must not count as unhandled. */
function settling<Out>(result: Promise<Out>): Underway<Out> {
  const underway = { result, isDone: false }
  const settle = () => {
    underway.isDone = true
  }
  result.then(settle, settle)
  return underway
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

async function take<Out>(queue: Underway<Out>[]): Promise<Out> {
  const first = queue.shift()
  if (first === undefined) throw new Error('nothing is under way')
  return first.result
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
