import { workerData } from 'node:worker_threads'
import { move, transferableSymbol, valueSymbol } from 'piscina'
import { SurveyError } from '../formats/survey-error.js'

/** What a worker builds its chain from: the address of a module that exports `buildChain`, and the plan for it. */
export interface WorkerSetup {
  chainModule: string
  plan: unknown
}

/** A SurveyError on its way to the main thread: of an error itself only message and stack come through. */
export interface SurveyFailure {
  surveyError: string
  kind: SurveyError['kind']
}

type Chain = (batch: unknown) => object

/**
 * The chain is built while the worker starts, not when its first batch comes. A failure waits for that
 * batch, so that it reaches whoever asked and not the process.
 */
const chain = await buildChain(workerData).catch((error: unknown) => () => {
  throw error
})

/** Runs one batch through the chain; the buffers of the result are moved to the main thread, not copied. */
export default function run(batch: unknown): object {
  const result = runChain(batch)
  const transferable = { [transferableSymbol]: collectBuffers(result, new Set()), [valueSymbol]: result }
  return move(transferable)
}

function runChain(batch: unknown): object {
  try {
    return chain(batch)
  } catch (error) {
    if (!(error instanceof SurveyError)) throw error
    const failure: SurveyFailure = { surveyError: error.message, kind: error.kind }
    throw failure
  }
}

async function buildChain({ chainModule, plan }: WorkerSetup): Promise<Chain> {
  const module = await import(chainModule)
  return module.buildChain(plan)
}

/** Every buffer that a result holds, each once. */
function collectBuffers(value: unknown, found: Set<ArrayBuffer>): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer)
  } else if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') collectBuffers(item, found)
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) collectBuffers(item, found)
  }
  return [...found]
}
