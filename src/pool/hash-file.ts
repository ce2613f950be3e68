import { Worker } from 'node:worker_threads'

/**
 * SHA-256 of a file in hexadecimal, made in a thread of its own, which takes as long as many runs do. Rejects with what
 * went wrong, or with the reason of an abort.
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  signal?.throwIfAborted()
  const worker = new Worker(new URL('./hash-worker.js', import.meta.url), { workerData: path })
  try {
    return await new Promise<string>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  } finally {
    await worker.terminate()
  }
}
