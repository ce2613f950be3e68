import { type TransferListItem, Worker } from 'node:worker_threads'

export interface ThreadOptions {
  /** Plain data, for the module's `workerData`; what `transfer` lists of it moves and is no longer seen here. */
  data: unknown
  transfer?: readonly TransferListItem[]
  signal?: AbortSignal | undefined
}

/**
 * Runs a module in a thread that does nothing else, and gives the first message that it posts. It starts sooner than a pool,
 * which loads its library first. Rejects with what went wrong, or with the reason of an abort.
 */
export async function runThread<Result>(module: URL, options: ThreadOptions): Promise<Result> {
  const { data, transfer = [], signal } = options
  signal?.throwIfAborted()
  const worker = new Worker(module, { workerData: data, transferList: [...transfer] })
  try {
    return await new Promise<Result>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.once('exit', () => reject(new Error(`the thread of ${module.pathname} ended without a result`)))
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  } finally {
    await worker.terminate()
  }
}
