/** What a worker builds its chain from: the address of a module that exports `buildChain`, and the plan for it. */
export interface WorkerSetup {
  chainModule: string
  plan: unknown
}

export type Chain = (batch: unknown) => object

export async function loadChain({ chainModule, plan }: WorkerSetup): Promise<Chain> {
  const module = await import(chainModule)
  return module.buildChain(plan)
}
