import { type Chain, loadChain, type WorkerSetup } from './worker-setup.js'

/** What a side thread is sent for a run of batches: the chain first, then batch by batch. */
export type ChainWork = { setup: WorkerSetup } | { batch: unknown }

let chain: Chain | undefined

/** Gives the chain's result of a batch. */
export async function work(sent: ChainWork): Promise<object | undefined> {
  if ('setup' in sent) {
    chain = await loadChain(sent.setup)
    return undefined
  }
  if (chain === undefined) throw new Error('a batch came before its chain')
  return chain(sent.batch)
}
