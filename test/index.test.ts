import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { after, before, describe, test } from 'node:test'
import * as wvs from '#src/index.js'

describe('stages composed by hand', () => {
  let folder: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wvs-library-'))
    await wvs.synthesize({ respondents: 400, seed: 5, out: join(folder, 'survey.csv') })
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('one thread, the pool and the command give the same bytes', async () => {
    const input = join(folder, 'survey.csv')
    const definition = wvs.loadDefinition('7')
    const survey = await wvs.openSurveyFile(input)
    const compiled = wvs.compilePlan(survey, definition, wvs.builtInRecipes.default)
    // Small blocks, so that there are many of them.
    const plan = { ...compiled, read: { ...compiled.read, blockBytes: 50_000 } }
    const index = await wvs.indexSurvey(plan.read)
    assert.ok(index.blocks.length > 10)
    const source = { survey, index, definition }

    const stages = await wvs.chainStages(plan.chain)
    const one = await wvs.writeDataset(join(folder, 'one'), plan, source)
    await pipeline([wvs.readSurvey(index), ...stages.map(wvs.stream), one])

    const pool = wvs.chainPool(plan.chain, 2)
    const all = await wvs.writeDataset(join(folder, 'all'), plan, source)
    await pipeline([wvs.readSurvey(index), wvs.poolStream(pool), all])

    const oneFiles = readTree(join(folder, 'one'))
    assert.ok(oneFiles.has('manifest.json') && oneFiles.has('examples/train-00000-of-00001.parquet'))
    assert.deepEqual(readTree(join(folder, 'all')), oneFiles)
  })

  test('many threads raise no warning', async () => {
    const warnings: Error[] = []
    const note = (warning: Error) => warnings.push(warning)
    process.on('warning', note)
    const definition = wvs.loadDefinition('7')
    const survey = await wvs.openSurveyFile(join(folder, 'survey.csv'))
    const compiled = wvs.compilePlan(survey, definition, wvs.builtInRecipes.default)
    const index = await wvs.indexSurvey({ ...compiled.read, blockBytes: 20_000 })
    const pool = wvs.chainPool(compiled.chain, 8, new AbortController().signal)
    let blocks = 0
    for await (const result of pool.map(index.blocks)) assert.equal(result.index, blocks++)
    await pool.close()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', note)
    assert.ok(blocks > 16)
    assert.deepEqual(warnings, [])
  })

  test('a failing stage leaves no file behind', async () => {
    const definition = wvs.loadDefinition('7')
    const survey = await wvs.openSurveyFile(join(folder, 'survey.csv'))
    const plan = wvs.compilePlan(survey, definition, wvs.builtInRecipes.default)
    const index = await wvs.indexSurvey(plan.read)
    const stages = await wvs.chainStages(plan.chain)
    const broken = { name: 'broken', apply: () => assert.fail('on purpose') }
    const out = join(folder, 'broken')
    const dataset = await wvs.writeDataset(out, plan, { survey, index, definition })
    await assert.rejects(
      pipeline([wvs.readSurvey(index), ...[...stages.slice(0, 2), broken].map(wvs.stream), dataset]),
      /on purpose/,
    )
    if (!dataset.closed) await new Promise((resolve) => dataset.once('close', resolve))
    assert.ok(!existsSync(out))
  })
})

function readTree(folder: string): Map<string, string> {
  const files = new Map<string, string>()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(folder.length + 1), readFileSync(path, 'base64'))
  }
  return files
}
