import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { awkwardSurvey, type SurveyLayout, surveyLayouts } from '../oracle/awkward-survey.js'
import {
  parquetSchema,
  readDelimited,
  readJsonLines,
  readTextWithDuckdb,
  readWithDuckdb,
  readWithHyparquet,
  readWithParquetjs,
  shardsOf,
} from '../oracle/readers.js'
import { deriveDataset, type OracleOptions, splits } from '../oracle/survey-oracle.js'
import { assertSameTable, asTexts, rowCount, type Table } from '../oracle/table.js'
import { projectFolder } from '../project.js'
import { build } from './wvs.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-tables-'))
after(() => rmSync(folder, { recursive: true }))

const respondents = 48
const surveys = new Map(surveyLayouts.map((layout) => [layout, awkwardSurvey(layout, respondents, 7)]))
for (const [layout, { bytes }] of surveys) writeFileSync(join(folder, `${layout}.csv`), bytes)

let builds = 0

/** Builds from a survey with some flags, and gives what the oracle makes of the same. */
async function buildAndDerive(layout: SurveyLayout, flags: string[], options: OracleOptions = {}) {
  const survey = surveys.get(layout)
  assert.ok(survey)
  const out = join(folder, `out-${builds++}`)
  const manifest = await build(join(folder, `${layout}.csv`), out, '--threads', '1', ...flags)
  return { out, manifest, expected: deriveDataset(survey.bytes, survey.dialect, options) }
}

/** Where the cells are not the matter but how they are written, a part of the questionnaire will do. */
const someQuestions = ['--questions', 'Q1..Q30']
const someIds = Array.from({ length: 30 }, (_, index) => `Q${index + 1}`)

type Expected = ReturnType<typeof deriveDataset>

/** Compares both tables of every split with the oracle's, by each reader. */
async function assertTables(
  out: string,
  expected: Expected,
  extension: string,
  readers: Record<string, (files: string[]) => Table | Promise<Table>>,
  change: (table: Table) => Table = (table) => table,
) {
  for (const table of ['records', 'examples'] as const) {
    for (const split of splits) {
      const files = shardsOf(out, table, split, extension)
      const wanted = change(expected[table][split])
      if (rowCount(wanted) === 0) {
        assert.deepEqual(files, [], `${table} ${split}: no rows, no files`)
        continue
      }
      for (const [reader, read] of Object.entries(readers)) {
        assertSameTable(await read(files), wanted, `${table} ${split} by ${reader}`)
      }
    }
  }
}

const parquetReaders = { DuckDB: readWithDuckdb, hyparquet: readWithHyparquet }

describe('every cell is the one that a plain derivation gives', { concurrency: 2 }, () => {
  for (const layout of surveyLayouts) {
    test(`layout ${layout}`, async () => {
      const { out, manifest, expected } = await buildAndDerive(layout, [])
      await assertTables(out, expected, 'parquet', parquetReaders)
      const counted = new Map(
        manifest.counts.invalid.map(({ variable, reason, count }) => [`${variable} ${reason}`, count]),
      )
      assert.deepEqual(counted, expected.invalid)
      assert.equal(manifest.counts.respondents, respondents)
      assert.ok([...expected.invalid.keys()].some((key) => key.endsWith('ragged-row')))
    })
  }

  // The survey files that come with the project, in the three layouts of the releases.
  const shipped: [string, string, number][] = [
    ['wave7-synthetic', ',', 613],
    ['wave7-synthetic-country', ';', 388],
    ['wave7-synthetic-country-float', ';', 408],
  ]
  for (const [name, delimiter, fields] of shipped) {
    test(`fixture ${name}`, async () => {
      const input = join(projectFolder, 'fixtures', `${name}.csv`)
      const out = join(folder, name)
      const manifest = await build(input, out, '--threads', '2')
      const dialect = { delimiter, decimalComma: false, encoding: 'utf-8', fields } as const
      const expected = deriveDataset(readFileSync(input), dialect)
      await assertTables(out, expected, 'parquet', parquetReaders)
      assert.deepEqual(manifest.counts.invalid, [])
      assert.deepEqual([...expected.invalid], [])
    })
  }

  const gunzipped = { 'csv-parse': (files: string[]) => readDelimited(files, '\t') }
  const textReaders = {
    jsonl: { 'JSON.parse': readJsonLines },
    tsv: gunzipped,
    csv: { 'csv-parse': (files: string[]) => readDelimited(files, ',') },
  }
  for (const format of ['jsonl', 'tsv', 'csv'] as const) {
    for (const [compression, suffix] of [
      ['none', ''],
      ['gzip', '.gz'],
    ]) {
      test(`${format}, compression ${compression}`, async () => {
        const flags = ['--format', format, '--compression', compression, ...someQuestions]
        const { out, expected } = await buildAndDerive('cross-national', flags, { questions: someIds })
        const change = format === 'jsonl' ? (table: Table) => table : asTexts
        await assertTables(out, expected, `${format}${suffix}`, textReaders[format], change)
      })
    }
  }

  test('tsv, compression zstd', async () => {
    const { out, expected } = await buildAndDerive(
      'cross-national',
      ['--format', 'tsv', '--compression', 'zstd', ...someQuestions],
      { questions: someIds },
    )
    const duckdb = { DuckDB: (files: string[]) => readTextWithDuckdb(files, '\t', 'zstd') }
    await assertTables(out, expected, 'tsv.zst', duckdb, asTexts)
  })

  for (const compression of ['gzip', 'zstd', 'none']) {
    test(`parquet, compression ${compression}`, async () => {
      const { out, expected } = await buildAndDerive(
        'country-float',
        ['--compression', compression, ...someQuestions],
        { questions: someIds },
      )
      await assertTables(out, expected, 'parquet', parquetReaders)
    })
  }

  for (const compression of ['snappy', 'gzip', 'none']) {
    test(`parquet by parquetjs-lite, compression ${compression}`, async () => {
      const flags = ['--parquet-writer', 'parquetjs-lite', '--compression', compression, ...someQuestions]
      const { out, expected } = await buildAndDerive('country', flags, { questions: someIds })
      await assertTables(out, expected, 'parquet', { ...parquetReaders, 'parquetjs-lite': readWithParquetjs })
    })
  }

  const sexAndAge = ['Q260', 'Q262']
  const religion = ['Q6', 'Q64']
  const variants: [string, string[], OracleOptions][] = [
    ['missing labels', ['--missing', 'label'], { missing: 'label' }],
    ['ids for column names', ['--column-names', 'id'], { columnNames: 'id' }],
    ['no weight', ['--no-weight'], { weight: false }],
    ['everything in train', ['--split', 'none'], { split: 'none' }],
    ['a shuffled split', ['--split', 'shuffle', '--seed', '5'], { split: 'shuffle', seed: 5 }],
    ['other shares', ['--ratios', '1,0,1', '--seed', '9'], { ratios: [1, 0, 1], seed: 9 }],
    ['chosen demographics', ['--demographics', 'sex,Q262'], { demographics: sexAndAge }],
    ['no demographics', ['--demographics', 'none'], { demographics: [] }],
    ['chosen questions', ['--questions', 'Q64,Q6'], { questions: religion }],
    ['rejected cells and rows', ['--on-invalid', 'reject'], { onInvalid: 'reject' }],
    [
      'all at once',
      [
        '--missing',
        'label',
        '--no-weight',
        '--column-names',
        'id',
        '--questions',
        'Q6,Q64',
        '--demographics',
        'age,sex',
      ],
      { missing: 'label', weight: false, columnNames: 'id', questions: religion, demographics: sexAndAge },
    ],
  ]
  for (const [name, flags, options] of variants) {
    test(name, async () => {
      const chosen = options.questions === undefined ? someQuestions : []
      const wanted = { questions: someIds, ...options }
      const { out, expected } = await buildAndDerive('cross-national', [...flags, ...chosen], wanted)
      await assertTables(out, expected, 'parquet', { DuckDB: readWithDuckdb })
    })
  }

  test('shards of a thousand rows', async () => {
    const flags = ['--shard-size', '1000', '--format', 'parquet,jsonl']
    const { out, manifest, expected } = await buildAndDerive('cross-national', flags)
    await assertTables(out, expected, 'parquet', { DuckDB: readWithDuckdb })
    await assertTables(out, expected, 'jsonl', { 'JSON.parse': readJsonLines })
    const shards = manifest.files.filter(({ table }) => table !== undefined)
    for (const { path, rows = 0 } of shards) assert.ok(rows > 0 && rows <= 1000, `${path} has ${rows} rows`)
    for (const split of splits) {
      const names = shardsOf(out, 'examples', split, 'parquet').map((path) => path.split('/').at(-1))
      const count = String(names.length).padStart(5, '0')
      assert.deepEqual(
        names,
        names.map((_, index) => `${split}-${String(index).padStart(5, '0')}-of-${count}.parquet`),
      )
      const rows = rowCount(expected.examples[split])
      assert.ok(
        names.length >= rows / 1000 && names.length <= rows / 1000 + 1,
        `${names.length} shards of ${rows} rows`,
      )
    }
  })

  test('columns have the types that the documentation promises', async () => {
    const { out } = await buildAndDerive('cross-national', [
      '--demographics',
      'country,age,income',
      '--questions',
      'Q1',
    ])
    const schemaOf = async (table: string) => {
      const { columns } = await parquetSchema(shardsOf(out, table, 'train', 'parquet')[0])
      return columns[0].map((name, row) => [name, columns[1][row], columns[2][row]].join(' '))
    }
    const who = ['weight DOUBLE OPTIONAL', 'country BYTE_ARRAY OPTIONAL', 'age INT32 OPTIONAL', 'income INT32 OPTIONAL']
    const id = 'respondent_id BYTE_ARRAY REQUIRED'
    assert.deepEqual(await schemaOf('records'), [id, ...who, 'Q1 INT32 OPTIONAL'])
    assert.deepEqual(await schemaOf('examples'), [id, 'question BYTE_ARRAY REQUIRED', 'answer INT32 REQUIRED', ...who])
  })
})
