import assert from 'node:assert/strict'
import { workerData } from 'node:worker_threads'
import { MutationCases } from './mutation-case.js'
import type { MutationRun } from './mutation-run.js'

const { form, seed, count }: MutationRun = workerData
const cases = new MutationCases(form, seed)
await cases.readSound()
let readable = 0
for (let number = 0; number < count; number++) if (await cases.run(number)) readable++
// A changed cell or label reads; most other changes are found out.
assert.ok(readable > count / 1000 && readable < count, `${readable} of ${count} read`)
