import { runThread } from './run-thread.js'

/** SHA-256 of a file in hexadecimal, made in a thread of its own, since it takes as long as many runs do. */
export function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  return runThread(new URL('./hash-worker.js', import.meta.url), { data: path, signal })
}
