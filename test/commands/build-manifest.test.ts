import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Manifest } from '#src/pipelines/manifest.js'
import { awkwardSurvey } from '../oracle/awkward-survey.js'
import { readWithDuckdb, readWithHyparquet } from '../oracle/readers.js'
import { assertSameTable, rowCount } from '../oracle/table.js'
import { build, filesUnder, sha256, wvs } from './wvs.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-manifest-'))
after(() => rmSync(folder, { recursive: true }))
const survey = join(folder, 'survey.csv')
const { bytes } = awkwardSurvey('cross-national', 200, 3)
writeFileSync(survey, bytes)
const out = join(folder, 'out')

describe('the manifest', () => {
  let manifest: Manifest
  before(async () => {
    manifest = await build(survey, out, '--on-invalid', 'reject', '--shard-size', '9000', '--demographics', 'sex,age')
  })

  test('lists every file but itself, with its length, SHA-256 and rows', async () => {
    const paths = manifest.files.map(({ path }) => path)
    assert.deepEqual([...paths, 'manifest.json'].sort(), filesUnder(out))
    assert.ok(paths.includes('README.md') && paths.includes('questions.json') && paths.includes('rejects.jsonl'))
    for (const { path, bytes, sha256: hash, rows, table } of manifest.files) {
      const content = readFileSync(join(out, path))
      assert.equal(content.length, bytes, path)
      assert.equal(sha256(content), hash, path)
      if (table !== undefined) assert.equal(rowCount(await readWithDuckdb([join(out, path)])), rows, path)
    }
  })

  test('says what was read', () => {
    assert.equal(manifest.input.name, 'survey.csv')
    assert.equal(manifest.input.bytes, statSync(survey).size)
    assert.equal(manifest.input.sha256, sha256(bytes))
    assert.equal(manifest.input.wave, '7')
    assert.equal(manifest.input.release, 'synthetic')
  })

  test('accounts for every respondent and every cell', () => {
    const { counts, files, questions, absentQuestions } = manifest
    const kept = Object.values(counts.splits).reduce((sum, { respondents }) => sum + respondents, 0)
    assert.equal(counts.respondents, 200)
    assert.equal(counts.respondents, kept + counts.excluded + counts.rejectedRows)
    assert.ok(counts.rejectedRows > 0)
    const examples = Object.values(counts.splits).reduce((sum, split) => sum + split.examples, 0)
    assert.equal(counts.examples, examples)
    const rowsOf = (name: string) =>
      files.filter(({ table }) => table === name).reduce((sum, { rows = 0 }) => sum + rows, 0)
    assert.equal(rowsOf('examples'), examples)
    assert.equal(rowsOf('records'), kept)
    const missing = Object.values(counts.missing).flatMap((reasons) => Object.values(reasons))
    const left = missing.reduce((sum, count) => sum + count, 0)
    const asked = questions.length - absentQuestions.length
    // The cells of rows that were rejected as a whole count as missing, or not at all.
    assert.ok([kept, counts.respondents].map((rows) => rows * asked).includes(examples + left), `${examples} + ${left}`)
    const rejects = readFileSync(join(out, 'rejects.jsonl'), 'utf8').trimEnd().split('\n')
    const counted = counts.invalid.reduce((sum, { count }) => sum + count, 0)
    assert.equal(rejects.length, counted)
  })

  test('is what --json prints', async () => {
    const { code, stdout } = await wvs('build', survey, '--out', join(folder, 'json'), '--json', '--tables', 'records')
    assert.equal(code, 0)
    assert.equal(stdout, readFileSync(join(folder, 'json', 'manifest.json'), 'utf8'))
  })

  test('questions.parquet is questions.json', async () => {
    const path = join(out, 'questions.parquet')
    const [table, other] = [await readWithDuckdb([path]), await readWithHyparquet([path])]
    assertSameTable(table, other, 'questions')
    const questions: Record<string, unknown>[] = JSON.parse(readFileSync(join(out, 'questions.json'), 'utf8'))
    assert.equal(questions.length, 239)
    const cells = questions.map((question) =>
      Object.values(question).map((cell) => (typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell)),
    )
    assert.deepEqual(
      table.columns,
      table.names.map((_, column) => cells.map((row) => row[column])),
    )
  })

  test("the card's front matter names each table, and its globs find all of the table's files", () => {
    const [, yaml] = readFileSync(join(out, 'README.md'), 'utf8').split(/^---$/m)
    const configs = [
      ...yaml.matchAll(/^- config_name: (\w+)\n(?: {2}default: true\n)? {2}data_files:\n((?: {2}.*\n)+)/gm),
    ]
    assert.deepEqual(
      configs.map(([, name]) => name),
      ['examples', 'records', 'questions'],
    )
    for (const [, name, section] of configs) {
      const found = [...section.matchAll(/- split: (\w+)\n {4}path: (\S+)/g)].flatMap(([, , glob]) => filesOf(glob))
      const listed = manifest.files.filter(({ path, table }) => table === name || path === `${name}.parquet`)
      assert.deepEqual(found.sort(), listed.map(({ path }) => path).sort())
    }
    for (const [split, { examples }] of Object.entries(manifest.counts.splits)) {
      const name = split === 'valid' ? 'validation' : split
      assert.match(yaml, new RegExp(`- name: ${name}\\n {4}num_bytes: \\d+\\n {4}num_examples: ${examples}\\n`))
    }
  })
})

/** Files that match a glob with one star in their name. */
function filesOf(glob: string): string[] {
  const parts = glob.split('/')
  const name = parts.pop() ?? ''
  const [start, end] = name.includes('*') ? name.split('*') : [name, '']
  return readdirSync(join(out, ...parts))
    .filter((file) => file.startsWith(start) && file.endsWith(end) && (name.includes('*') || file === name))
    .map((file) => [...parts, file].join('/'))
}
