import { Worker } from 'node:worker_threads'

/** Cases of one form, numbered from 0. */
export interface MutationRun {
  form: string
  seed: number
  count: number
}

/**
 * Runs the cases on a thread of its own: node:test follows every promise of the main thread, which makes reading tens of
 * thousands of small files several times slower. Fails where one of them neither reads nor ends in one line, or where all
 * or none of them read.
 */
export function runMutations(run: MutationRun): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./mutation-worker.js', import.meta.url), { workerData: run })
    worker.on('error', reject)
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the worker ended with ${code}`))))
  })
}
