import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { loadDefinition } from '#src/definitions/loader.js'
import { questionMetadataJson } from '#src/definitions/question-metadata.js'
import { readWithDuckdb, shardsOf } from '../oracle/readers.js'
import { deriveDataset, splits, wave7 } from '../oracle/survey-oracle.js'
import { assertSameTable } from '../oracle/table.js'
import { worldValuesBenchFile, worldValuesBenchTables } from '../project.js'
import { build, filesUnder, wvs } from './wvs.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-recipe-'))
after(() => rmSync(folder, { recursive: true }))
const raw = worldValuesBenchFile('raw.csv')
const survey = join(folder, 'raw.csv')
writeFileSync(survey, raw)

function assertReferenceTables(out: string): void {
  for (const name of worldValuesBenchTables()) {
    const expected = worldValuesBenchFile(`expected/${name}`)
    const actual = readFileSync(join(out, name))
    if (actual.equals(expected)) continue
    const [lines, wanted] = [actual, expected].map((bytes) => bytes.toString().split('\n'))
    const line = wanted.findIndex((text, index) => text !== lines[index])
    assert.fail(`${name}, line ${line + 1} is\n${lines[line]}\nexpected\n${wanted[line]}`)
  }
}

describe('the recipe worldvaluesbench', () => {
  test('there are eight tables to compare', () => {
    assert.equal(worldValuesBenchTables().length, 8)
  })

  for (const threads of [1, 2, 4]) {
    test(`gives the tables of the reference pipeline byte for byte, threads ${threads}`, async () => {
      const out = join(folder, `threads-${threads}`)
      const manifest = await build(survey, out, '--recipe', 'worldvaluesbench', '--threads', String(threads))
      assertReferenceTables(out)
      const written = filesUnder(out).filter((name) => name !== 'manifest.json')
      assert.deepEqual(manifest.files.map(({ path }) => path).sort(), written)
      assert.equal(manifest.counts.excluded, 44)
    })
  }

  test('writes the exploded examples and records beside them', async () => {
    const out = join(folder, 'with-tables')
    const flags = ['--recipe', 'worldvaluesbench', '--tables', 'records,examples', '--questions', 'Q1..Q5']
    await build(survey, out, ...flags)
    assertReferenceTables(out)
    const dialect = { delimiter: ',', decimalComma: false, encoding: 'utf-8', fields: 613 } as const
    const expected = deriveDataset(raw, dialect, {
      missing: 'label',
      labels: 'codebook',
      split: 'shuffle',
      dropIds: ['858069901'],
      questions: Array.from({ length: 5 }, (_, index) => `Q${index + 1}`),
    })
    for (const table of ['records', 'examples'] as const) {
      for (const split of splits) {
        const actual = await readWithDuckdb(shardsOf(out, table, split, 'parquet'))
        assertSameTable(actual, expected[table][split], `${table} ${split}`)
      }
    }
  })

  test("takes the reference's own definition files, and gives its question_metadata.json back", async () => {
    const definition = join(folder, 'reference-definition')
    mkdirSync(definition)
    const loaded = loadDefinition('7')
    const codebook = wave7.variables.map((variable) => [
      variable.id,
      { question: variable.label, choices: { ...loaded.labelsOf(variable, { mended: false }) } },
    ])
    const adjustments = wave7.variables
      .filter(({ recodes }) => recodes !== undefined)
      .map(({ id, recodes = {} }) => [
        id,
        Object.fromEntries(
          Object.entries(recodes).map(([code, target]) => [code, target === null ? '' : String(target)]),
        ),
      ])
    // Other bytes than the toolkit itself would write for the same content.
    const metadata = Buffer.from(`${JSON.stringify(JSON.parse(questionMetadataJson(loaded).toString()), null, 1)}\n\n`)
    writeFileSync(join(definition, 'codebook.json'), JSON.stringify(Object.fromEntries(codebook)))
    writeFileSync(join(definition, 'answer_adjustment.json'), JSON.stringify(Object.fromEntries(adjustments)))
    writeFileSync(join(definition, 'question_metadata.json'), metadata)
    const out = join(folder, 'own-definition')
    await build(survey, out, '--recipe', 'worldvaluesbench', '--definition', definition)
    assertReferenceTables(out)
    assert.deepEqual(readFileSync(join(out, 'question_metadata.json')), metadata)
  })
})

describe('recipes', () => {
  test('a printed recipe, taken back, gives the same bytes', async () => {
    const flags = ['--format', 'jsonl', '--questions', 'Q1..Q9', '--questions', '!Q5', '--demographics', 'sex,age']
    const more = ['--split', 'shuffle', '--seed', '3', '--missing', 'label', '--no-weight', '--compression', 'gzip']
    const printed = await wvs('build', '--print-recipe', ...flags, ...more)
    assert.equal(printed.code, 0, printed.stderr)
    const recipe = join(folder, 'recipe.json')
    writeFileSync(recipe, printed.stdout)
    const [byFlags, byRecipe] = await Promise.all([
      build(survey, join(folder, 'by-flags'), ...flags, ...more),
      build(survey, join(folder, 'by-recipe'), '--recipe', recipe),
    ])
    assert.deepEqual(byRecipe, byFlags)
    assert.deepEqual(byFlags.questions, ['Q1', 'Q2', 'Q3', 'Q4', 'Q6', 'Q7', 'Q8', 'Q9'])
    const again = await wvs('build', '--print-recipe', '--recipe', recipe)
    assert.equal(again.stdout, printed.stdout)
  })

  for (const name of ['default', 'worldvaluesbench']) {
    test(`the built-in recipe ${name} comes back from its own print`, async () => {
      const { stdout } = await wvs('build', '--print-recipe', '--recipe', name)
      const recipe = join(folder, `${name}.json`)
      writeFileSync(recipe, stdout)
      const again = await wvs('build', '--print-recipe', '--recipe', recipe)
      assert.equal(again.stdout, stdout)
      assert.equal(JSON.parse(stdout).name, name)
    })
  }

  const faults: [string, string, RegExp][] = [
    ['no JSON', '{"name": ', /recipe is not JSON/],
    ['an unknown key', '{"nmae": "x"}', /recipe is wrong: .*--print-recipe/],
    ['an empty object', '{}', /recipe is wrong: name/],
    ['another JSON value', '[1]', /recipe is wrong/],
  ]
  for (const [name, content, message] of faults) {
    test(`a recipe file with ${name} is refused`, async () => {
      const file = join(folder, 'faulty.json')
      writeFileSync(file, content)
      const { code, stderr } = await wvs('build', survey, '--out', join(folder, 'none'), '--recipe', file)
      assert.equal(code, 2)
      assert.match(stderr, message)
      assert.equal(stderr.trimEnd().split('\n').length, 1)
    })
  }
})
