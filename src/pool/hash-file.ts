import type { SideThread } from './side-thread.js'

/** SHA-256 of a file in hexadecimal, made by another thread, since it takes as long as many runs do. */
export function hashFile(path: string, thread: SideThread): Promise<string> {
  return thread.run(new URL('./hash-work.js', import.meta.url), path)
}
