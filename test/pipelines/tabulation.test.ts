import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadDefinition } from '#src/definitions/loader.js'
import { distributions } from '#src/pipelines/distributions.js'
import { builtInRecipes } from '#src/pipelines/recipe.js'
import { synthesize } from '#src/pipelines/synth.js'

describe('countAnswers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-tabulation-'))
  const survey = join(folder, 'survey.csv')
  before(async () => {
    await synthesize({ wave: '7', layout: 'cross-national', seed: 5, respondents: 20_000, out: survey })
    assert.ok(statSync(survey).size > 1 << 25, 'a file that two threads share')
  })
  after(() => rmSync(folder, { recursive: true }))

  it('counts a long file the same on one thread and on two, to the last byte', async () => {
    const files = ['distributions.parquet', 'summary.parquet', 'manifest.json']
    const contents = []
    for (const threads of [1, 2, 2]) {
      const out = join(folder, String(contents.length))
      await distributions({
        input: survey,
        out,
        definition: loadDefinition('7'),
        recipe: builtInRecipes.default,
        by: ['country', 'age_group'],
        formats: ['parquet'],
        minCell: 1,
        missingInDenominator: ['dont-know'],
        threads,
      })
      contents.push(files.map((name) => readFileSync(join(out, name)).toString('base64')))
    }
    assert.deepEqual(contents[1], contents[0])
    assert.deepEqual(contents[2], contents[0])
  })
})
