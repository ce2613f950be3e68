import type { BatchWorkers } from './batch-workers.js'
import type { ChainWork } from './chain-work.js'
import type { SideThread } from './side-thread.js'
import type { WorkerSetup } from './worker-setup.js'

export interface SideChainOptions<In> {
  /** Batches that the thread has at a time. */
  most: number
  /** What is sent of a batch. */
  sent: (batch: In) => In
}

/** A chain of stages in a side thread, which takes batches when the thread is done with all else. */
export class SideChain<In, Out> implements BatchWorkers<In, Out> {
  private opened: Promise<void> | undefined
  private isOpen = false
  /** Batches that the thread has. */
  private taken = 0

  constructor(
    private readonly setup: WorkerSetup,
    private readonly side: SideThread,
    private readonly options: SideChainOptions<In>,
  ) {}

  start(): void {
    this.opened ??= this.send({ setup: this.setup }).then(() => {
      this.isOpen = true
    })
    // The calling thread builds the same chain, and meets what went wrong.
    this.opened.catch(() => {})
  }

  get areFree(): boolean {
    const { isOpen, taken, side, options } = this
    return isOpen && taken < options.most && side.waiting === taken
  }

  async run(batch: In): Promise<Out> {
    this.taken++
    try {
      return (await this.send({ batch: this.options.sent(batch) })) as Out
    } finally {
      this.taken--
    }
  }

  private send(work: ChainWork): Promise<unknown> {
    return this.side.run(new URL('./chain-work.js', import.meta.url), work)
  }

  /** The thread goes on with what else there is. */
  async close(): Promise<void> {}
}
