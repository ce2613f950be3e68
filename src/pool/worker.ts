import { workerData } from 'node:worker_threads'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { movedBuffers } from './moved-buffers.js'
import { sentError } from './survey-failure.js'

/** What a worker builds its chain from: the address of a module that exports `buildChain`, and the plan for it. */
export interface WorkerSetup {
  chainModule: string
  plan: unknown
}

type Chain = (batch: unknown) => object

/** Built while the worker starts, not when its first batch comes; a failure waits for that batch, and reaches who asked. */
const built = buildChain(workerData)
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

async function buildChain({ chainModule, plan }: WorkerSetup): Promise<Chain> {
  const module = await import(chainModule)
  return module.buildChain(plan)
}
