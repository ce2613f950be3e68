import type { Worker } from 'node:worker_threads'

/** Fulfilled when a worker has loaded its modules, or come to its end: its first message says that it is ready. */
export function firstSign(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['message', 'error', 'exit']) worker.once(event, () => resolve())
  })
}
