import { test } from 'node:test'
import { runMutations } from '../mutation/mutation-run.js'

for (const form of ['delimited', 'json', 'jsonl', 'definition']) {
  test(`500 damaged files of the form ${form} give examples or fail with one line`, {
    timeout: 240_000,
  }, async () => {
    await runMutations({ form, seed: 8, count: 500 })
  })
}
