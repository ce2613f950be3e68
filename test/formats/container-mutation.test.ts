import { test } from 'node:test'
import { runMutations } from '../mutation/mutation-run.js'

for (const [form, what] of [
  ['gzip', 'gzip files'],
  ['zip', 'archives and workbooks'],
  ['sheet', 'sheets in sound archives'],
]) {
  test(`10,000 damaged ${what} read or fail with one line`, { timeout: 240_000 }, async () => {
    await runMutations({ form, seed: 5, count: 10_000 })
  })
}
