import { workerData } from 'node:worker_threads'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { movedBuffers } from './moved-buffers.js'
import { sentError } from './survey-failure.js'
import { loadChain } from './worker-setup.js'

/** Built while the worker starts, not when its first batch comes; a failure waits for that batch, and reaches who asked. */
const built = loadChain(workerData)
built.catch(() => {})

/** Runs one batch through the chain; the buffers of the result are moved to the main thread, not copied. */
export default async function run(batch: unknown): Promise<object> {
  const result = await runChain(batch)
  const transferable = { [transferableSymbol]: movedBuffers(result), [valueSymbol]: result }
  return move(transferable)
}

async function runChain(batch: unknown): Promise<object> {
  try {
    const chain = await built
    return chain(batch)
  } catch (error) {
    throw sentError(error)
  }
}
