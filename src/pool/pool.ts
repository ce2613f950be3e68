import { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import type { BatchWorkers } from './batch-workers.js'
import { ChainWorkers } from './chain-workers.js'
import { SideChain } from './side-chain.js'
import type { SideThread } from './side-thread.js'
import type { WorkerSetup } from './worker-setup.js'

export interface PoolOptions<In, Out> {
  /** Threads that work on batches. */
  threads: number
  /**
   * Builds the same chain for the calling thread, which is then one of the threads: for a run that leaves it little else to
   * do. It takes the batches for which no worker is free. Workers start only when it has worked for `patience` by itself;
   * with one thread there are none.
   */
  joinIn?: () => Promise<(batch: In) => Out>
  /** With `joinIn`: the one other thread, which is sent `batch` of a batch. It takes part when it is done with all else. */
  side?: { thread: SideThread; batch: (batch: In) => In }
  /** In milliseconds; by default some three times as long as a worker takes to start. */
  patience?: number
  signal?: AbortSignal
}

const perWorker = 2
/** The calling thread looks at what is done only between two batches of its own. */
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
  private readonly workers: BatchWorkers<In, Out> | undefined
  /** Batches under way at a time. */
  private readonly window: number
  private ownChain: Promise<(batch: In) => Out> | undefined
  /** Milliseconds that the calling thread has worked on batches. */
  private worked = 0

  constructor(
    setup: WorkerSetup,
    private readonly options: PoolOptions<In, Out>,
    /** The buffers of a batch that move to the worker and are no longer seen here; all others are copied. */
    content: (batch: In) => ArrayBuffer[] = () => [],
  ) {
    const { threads, joinIn, side, signal } = options
    if (side !== undefined && joinIn !== undefined) {
      this.window = perWorkerBeside + ownAhead
      this.workers = new SideChain(setup, side.thread, { most: perWorkerBeside, sent: side.batch })
      this.workers.start()
      return
    }
    const own =
      joinIn === undefined ? { workers: threads, perWorker } : { workers: threads - 1, perWorker: perWorkerBeside }
    this.window = own.workers * own.perWorker + (joinIn === undefined ? 0 : ownAhead)
    this.workers = own.workers === 0 ? undefined : new ChainWorkers(setup, { ...own, signal, content })
    if (joinIn === undefined) this.workers?.start()
  }

  /** The results of a run of batches, in order. */
  async *map(batches: Iterable<In> | AsyncIterable<In>): AsyncGenerator<Out> {
    const { workers, options } = this
    const { joinIn } = options
    const underway: Underway<Out>[] = []
    try {
      for await (const batch of batches) {
        if (underway.length === this.window) yield await take(underway)
        if (workers !== undefined && (joinIn === undefined || workers.areFree))
          underway.push(settling(workers.run(batch)))
        else if (joinIn !== undefined) {
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

  private async runHere(batch: In, joinIn: () => Promise<(batch: In) => Out>): Promise<Out> {
    const { signal, patience = 1000 } = this.options
    this.ownChain ??= joinIn()
    const chain = await this.ownChain
    // Time for what has come in from the workers, and for an abort.
    await turn()
    signal?.throwIfAborted()
    if (this.worked >= patience) this.workers?.start()
    const start = performance.now()
    const result = chain(batch)
    this.worked += performance.now() - start
    return result
  }

  async close(): Promise<void> {
    await this.workers?.close()
  }
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
