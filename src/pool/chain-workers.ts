import { setMaxListeners } from 'node:events'
import type { Piscina } from 'piscina'
import type { BatchWorkers } from './batch-workers.js'
import { firstSign } from './first-sign.js'
import { receivedError } from './survey-failure.js'
import type { WorkerSetup } from './worker-setup.js'

export interface ChainWorkersOptions<In> {
  workers: number
  /** Batches of a worker at a time: one in work and the others waiting, so that it does not stand idle. */
  perWorker: number
  signal: AbortSignal | undefined
  /** The buffers of a batch that move to the worker and are no longer seen here; all others are copied. */
  content: (batch: In) => ArrayBuffer[]
}

/** Worker threads that each hold one chain of stages. They start when they are first needed, or told to. */
export class ChainWorkers<In, Out> implements BatchWorkers<In, Out> {
  private opened: Promise<Piscina> | undefined
  /** Each worker has loaded its modules, or come to its end. */
  private started: Promise<unknown> = Promise.resolve()
  private startedWorkers = 0
  /** Batches that the workers have. */
  private taken = 0

  constructor(
    private readonly setup: WorkerSetup,
    private readonly options: ChainWorkersOptions<In>,
  ) {
    // Each batch under way listens to the signal; Node warns of more than ten.
    if (options.signal !== undefined) setMaxListeners(0, options.signal)
  }

  start(): void {
    // Who gives them a batch meets what went wrong.
    this.open().catch(() => {})
  }

  get areFree(): boolean {
    return this.taken < this.startedWorkers * this.options.perWorker
  }

  async run(batch: In): Promise<Out> {
    const { signal, content } = this.options
    this.taken++
    try {
      const piscina = await this.open()
      const transferList = content(batch)
      return await piscina.run(batch, signal === undefined ? { transferList } : { signal, transferList })
    } catch (error) {
      throw receivedError(error)
    } finally {
      this.taken--
    }
  }

  async close(): Promise<void> {
    const piscina = await this.opened
    // Node 20 can crash when a thread is ended while it loads its modules.
    await this.started
    await piscina?.destroy()
  }

  private open(): Promise<Piscina> {
    this.opened ??= openPiscina(this.setup, this.options.workers).then((piscina) => {
      this.started = Promise.all(piscina.threads.map((worker) => firstSign(worker).then(() => this.startedWorkers++)))
      return piscina
    })
    return this.opened
  }
}

/** Loaded only where there are workers: a run that is soon done goes without them. */
async function openPiscina(workerData: WorkerSetup, workers: number): Promise<Piscina> {
  const { Piscina } = await import('piscina')
  return new Piscina({
    filename: new URL('./worker.js', import.meta.url).href,
    workerData,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: 1,
    recordTiming: false,
    workerHistogram: false,
  })
}
