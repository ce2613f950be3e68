/** Threads other than the calling one that each hold a chain of stages. */
export interface BatchWorkers<In, Out> {
  start(): void
  /** Whether those that have started can do with one more batch. */
  readonly areFree: boolean
  run(batch: In): Promise<Out>
  close(): Promise<void>
}
