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

/** Built while the worker starts, not when its first batch comes; a failure waits for that batch, and reaches who asked. */
const built = buildChain(workerData)
built.catch(() => {})

/** Runs one batch through the chain; the buffers of the result are moved to the main thread, not copied. */
export default async function run(batch: unknown): Promise<object> {
  const result = await runChain(batch)
  const transferable = { [transferableSymbol]: collectBuffers(result, new Set()), [valueSymbol]: result }
  return move(transferable)
}

async function runChain(batch: unknown): Promise<object> {
  try {
    const chain = await built
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
