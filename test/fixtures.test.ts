import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { type SynthesisOptions, synthesizeBytes } from '#src/pipelines/synth.js'

describe('fixtures', () => {
  const files: [name: string, options: SynthesisOptions][] = [
    ['wave7-synthetic.csv', { layout: 'cross-national', respondents: 600, seed: 0 }],
    ['wave7-synthetic-country.csv', { layout: 'country', respondents: 150, seed: 0 }],
    ['wave7-synthetic-country-float.csv', { layout: 'country-float', respondents: 150, seed: 0 }],
  ]
  for (const [name, options] of files) {
    it(`${name} is what the toolkit writes today; else run scripts/fixtures.mjs`, async () => {
      const fixture = await readFile(new URL(`../fixtures/${name}`, import.meta.url))
      assert.ok(fixture.equals(Buffer.concat([...synthesizeBytes(options)])))
    })
  }
})
