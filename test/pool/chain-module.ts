import { SurveyError } from '#src/formats/survey-error.js'

export interface TestPlan {
  /** The chain can not be built. */
  broken?: boolean
  file: string
}

export interface TestBatch {
  index: number
  /** How long the worker is busy with it, in milliseconds. */
  busy: number
  fails?: 'error' | 'survey-error' | 'usage'
}

export interface TestResult {
  index: number
  bytes: Uint8Array
  nested: { parts: Uint8Array[] }
}

/** A chain for the tests of the pool: it waits as long as the batch says, then fails or answers. */
export async function buildChain(plan: TestPlan): Promise<(batch: TestBatch) => TestResult> {
  if (plan.broken) throw new SurveyError('the chain can not be built')
  return ({ index, busy, fails }) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, busy)
    if (fails === 'error') throw new TypeError(`batch ${index} is broken`)
    if (fails === 'survey-error')
      throw new SurveyError('the file became shorter', { place: { file: plan.file, line: 7 } })
    if (fails === 'usage') throw new SurveyError('no such thing', { kind: 'usage' })
    const bytes = Uint8Array.of(index, index + 1)
    return { index, bytes, nested: { parts: [bytes.subarray(1), new Uint8Array(3).fill(index)] } }
  }
}
