import { Worker } from 'node:worker_threads'
import { firstSign } from './first-sign.js'
import { receivedError } from './survey-failure.js'

/** A piece of work for a side thread: what a module's `work` makes of some plain data. */
export interface SentWork {
  number: number
  module: string
  data: unknown
}

/** What became of it. */
export type FinishedWork = { number: number } & ({ result: unknown } | { error: unknown })

interface OpenedThread {
  worker: Worker
  /** Fulfilled when it has loaded its modules. */
  isLoaded: Promise<void>
}

interface AwaitedWork {
  resolve: (result: unknown) => void
  reject: (reason: unknown) => void
}

/**
 * A thread beside the calling one, for whatever a run leaves to it: one piece of work after the other. It starts when it is
 * first needed, and sooner than a pool, which loads its library first.
 */
export class SideThread {
  private opened: OpenedThread | undefined
  private closing: Promise<void> | undefined
  private readonly awaited = new Map<number, AwaitedWork>()
  private sent = 0
  /** What goes for all work that is not done, once it is known. */
  private failure: { reason: unknown } | undefined

  private constructor(private readonly signal?: AbortSignal) {}

  /** Runs something with a side thread where there may be more threads than the calling one, and ends it. */
  static async during<Result>(
    { threads, signal }: { threads: number; signal?: AbortSignal | undefined },
    work: (side: SideThread | undefined) => Promise<Result>,
  ): Promise<Result> {
    if (threads === 1) return work(undefined)
    const side = new SideThread(signal)
    signal?.addEventListener('abort', side.abort)
    try {
      return await work(side)
    } finally {
      signal?.removeEventListener('abort', side.abort)
      side.end()
      await side.closing
    }
  }

  /** Pieces of work that are not done. */
  get waiting(): number {
    return this.awaited.size
  }

  /** Starts it before it is needed. */
  start(): void {
    this.open()
  }

  /**
   * Gives what the `work` of a module makes of the data, which are sent there. Rejects with what went wrong, or with the
   * reason of an abort.
   */
  async run<Result>(module: URL, data: unknown): Promise<Result> {
    this.signal?.throwIfAborted()
    if (this.failure !== undefined) throw this.failure.reason
    const { worker } = this.open()
    return new Promise<Result>((resolve, reject) => {
      const number = this.sent++
      this.awaited.set(number, { resolve: resolve as AwaitedWork['resolve'], reject })
      worker.postMessage({ number, module: module.href, data } satisfies SentWork)
    })
  }

  /** No more work comes: it ends while the calling thread goes on. */
  end(): void {
    this.closing ??= this.close()
    // Whoever ends with it is told.
    this.closing.catch(() => {})
  }

  private open(): OpenedThread {
    if (this.opened !== undefined) return this.opened
    const worker = new Worker(new URL('./side-worker.js', import.meta.url))
    this.opened = { worker, isLoaded: firstSign(worker) }
    worker.on('message', (finished: FinishedWork | 'loaded') => finished !== 'loaded' && this.finish(finished))
    worker.once('error', (error) => this.fail(error))
    worker.once('exit', () => this.fail(new Error('a thread ended before its work was done')))
    return this.opened
  }

  /** Ends the thread; what it has not done by then is not done. */
  private async close(): Promise<void> {
    // Node 20 can crash when a thread is ended while it loads its modules.
    await this.opened?.isLoaded
    await this.opened?.worker.terminate()
  }

  private readonly abort = () => this.fail(this.signal?.reason)

  private finish(finished: FinishedWork): void {
    const awaited = this.awaited.get(finished.number)
    this.awaited.delete(finished.number)
    if ('result' in finished) awaited?.resolve(finished.result)
    else awaited?.reject(receivedError(finished.error))
  }

  private fail(reason: unknown): void {
    this.failure ??= { reason }
    for (const { reject } of this.awaited.values()) reject(reason)
    this.awaited.clear()
  }
}
