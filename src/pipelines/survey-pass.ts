import { type Block, contentBuffers } from '../batch/block.js'
import type { TextMemory } from '../formats/text-memory.js'
import { StagePool } from '../pool/pool.js'
import type { SideThread } from '../pool/side-thread.js'
import { type SurveyIndex, surveyBlocks } from '../stages/read-survey.js'
import type { PassPlan } from '../stages/survey-pass.js'

/**
 * Runs a pass over the blocks of a survey file in worker threads; gives the results in the order of the blocks,
 * whatever the number of threads.
 */
export async function* surveyPass<Result>(
  plan: PassPlan,
  index: SurveyIndex,
  threads: number,
  signal?: AbortSignal,
): AsyncGenerator<Result> {
  const pool = startPass<Result>(plan, threads, signal)
  try {
    yield* pool.map(surveyBlocks(index, signal))
  } finally {
    await pool.close()
  }
}

/**
 * The threads of a pass, for those that start them before the blocks are known; whoever calls closes them. `memory` is the
 * scanner's in the calling thread. Where `side` is given, the other thread is that, and reads the bytes of its blocks itself.
 */
export function startPass<Result>(
  plan: PassPlan,
  threads: number,
  signal?: AbortSignal,
  memory?: TextMemory,
  side?: SideThread,
): StagePool<Block, Result> {
  const chainModule = new URL('../stages/survey-pass.js', import.meta.url).href
  const joinIn = async () => {
    const { buildChain } = await import('../stages/survey-pass.js')
    return buildChain<Result>(plan, memory)
  }
  const options = {
    threads,
    joinIn,
    ...(side === undefined ? {} : { side: { thread: side, batch: withoutBytes } }),
    ...(signal === undefined ? {} : { signal }),
  }
  return new StagePool<Block, Result>({ chainModule, plan }, options, contentBuffers)
}

function withoutBytes({ bytes: _, ...block }: Block): Block {
  return block
}
