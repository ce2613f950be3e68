import { test } from 'node:test'
import { runMutations } from '../mutation/mutation-run.js'

for (const format of [113, 114, 115, 117, 118, 119]) {
  test(`2,000 damaged .dta files of format ${format} read or fail with one line`, { timeout: 120_000 }, async () => {
    await runMutations({ form: `dta-${format}`, seed: format, count: 2_000 })
  })
}
