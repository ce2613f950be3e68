import { test } from 'node:test'
import { runMutations } from '../mutation/mutation-run.js'

for (const [seed, form] of ['sav', 'zsav'].entries()) {
  test(`10,000 damaged .${form} files read or fail with one line`, { timeout: 120_000 }, async () => {
    await runMutations({ form, seed, count: 10_000 })
  })
}
