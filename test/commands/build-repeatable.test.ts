import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { severalBlocks } from './several-blocks.js'
import { build, filesUnder, hashesUnder } from './wvs.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-repeatable-'))
after(() => rmSync(folder, { recursive: true }))
const survey = join(folder, 'survey.csv')
writeFileSync(survey, severalBlocks())

const runs: [string, string[]][] = [
  [
    'parquet and gzipped lines',
    ['--format', 'parquet,jsonl', '--compression', 'gzip', '--demographics', 'sex,age,town', '--questions', 'Q1..Q6'],
  ],
  ['the default', ['--shard-size', '300000']],
  ['zstd', ['--format', 'parquet,csv', '--compression', 'zstd', '--questions', 'Q1..Q6', '--on-invalid', 'reject']],
  ['parquetjs-lite', ['--parquet-writer', 'parquetjs-lite', '--questions', 'Q1,Q2', '--demographics', 'sex,age']],
  ['the reference tables', ['--recipe', 'worldvaluesbench']],
]

describe('the same input and options give the same bytes', () => {
  for (const [name, flags] of runs) {
    const threadCounts = name === 'the default' ? [1, 2, 8, 2] : [1, 8]
    test(`${name}: threads ${threadCounts.join(', ')}`, async () => {
      const outs: string[] = []
      for (const threads of threadCounts) {
        const out = join(folder, `${name}-${outs.length}`)
        await build(survey, out, '--threads', String(threads), ...flags)
        outs.push(out)
      }
      const [first, ...others] = outs.map(hashesUnder)
      for (const other of others) assert.deepEqual(other, first)
      assert.ok('manifest.json' in first)
    })
  }

  test('no output bears a path, a machine or a clock', () => {
    const out = join(folder, 'parquet and gzipped lines-0')
    const now = new Date()
    const forbidden = [folder, tmpdir(), process.cwd(), now.toISOString().slice(0, 10)]
    for (const name of filesUnder(out)) {
      const bytes = readFileSync(join(out, name))
      const text = (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')
      for (const word of forbidden) assert.ok(!text.includes(word), `${name} holds "${word}"`)
      // Bytes 4 to 7 of a gzip member are the time of writing.
      if (name.endsWith('.gz')) assert.equal(bytes.readUInt32LE(4), 0, name)
    }
  })

  test('the name of the folder that the survey stands in does not matter, nor an earlier run in the output', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'wvs-elsewhere-'))
    try {
      writeFileSync(join(elsewhere, 'survey.csv'), severalBlocks())
      const out = join(elsewhere, 'out')
      await build(join(elsewhere, 'survey.csv'), out, '--questions', 'Q1', '--format', 'csv,tsv')
      await build(join(elsewhere, 'survey.csv'), out, '--overwrite', ...runs[3][1])
      assert.deepEqual(hashesUnder(out), hashesUnder(join(folder, 'parquetjs-lite-0')))
    } finally {
      rmSync(elsewhere, { recursive: true })
    }
  })
})
