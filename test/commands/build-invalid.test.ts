import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { readWithDuckdb, shardsOf } from '../oracle/readers.js'
import { build, filesUnder, wvs } from './wvs.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-invalid-'))
after(() => rmSync(folder, { recursive: true }))

const header = 'NOTE,B_COUNTRY,D_INTERVIEW,W_WEIGHT,Q1,Q2,Q260,Q262,Q288'
const sound = (id: number) => `,8,${id},1,1,2,1,30,5`

interface InvalidKind {
  name: string
  row: string
  /** What the reject log says of it; the line is 5, since a quoted line break stands before. */
  reject: { variable: string; value: string; reason: string }
  /** The row's record under the policies `keep` and `reject`, without its id; no record where the row goes. */
  kept: unknown[]
  rejected: unknown[] | undefined
  message: RegExp
}

const kinds: InvalidKind[] = [
  {
    name: 'an answer out of range',
    row: ',8,2,1,77,2,1,30,5',
    reject: { variable: 'Q1', value: '77', reason: 'out-of-range' },
    kept: [1, 'Albania', 'Male', 30, 5, null, 2],
    rejected: [1, 'Albania', 'Male', 30, 5, null, 2],
    message: /line 5, column Q1: found "77", expected a whole number from 1 to 4/,
  },
  {
    name: 'text in a code column',
    row: ',8,2,1,many,2,1,30,5',
    reject: { variable: 'Q1', value: 'many', reason: 'not-a-code' },
    kept: [1, 'Albania', 'Male', 30, 5, null, 2],
    rejected: [1, 'Albania', 'Male', 30, 5, null, 2],
    message: /line 5, column Q1: found "many"/,
  },
  {
    name: 'a fraction in a code column',
    row: ',8,2,1,1.5,2,1,30,5',
    reject: { variable: 'Q1', value: '1.5', reason: 'not-a-code' },
    kept: [1, 'Albania', 'Male', 30, 5, null, 2],
    rejected: [1, 'Albania', 'Male', 30, 5, null, 2],
    message: /line 5, column Q1: found "1\.5"/,
  },
  {
    name: 'a NUL byte',
    row: ',8,2,1,1\u00002,2,1,30,5',
    reject: { variable: 'Q1', value: '1\u00002', reason: 'not-a-code' },
    kept: [1, 'Albania', 'Male', 30, 5, null, 2],
    rejected: [1, 'Albania', 'Male', 30, 5, null, 2],
    message: /line 5, column Q1: found "1\\u00002"/,
  },
  {
    name: 'a demographic code without a label',
    row: ',8,2,1,1,2,9,30,5',
    reject: { variable: 'Q260', value: '9', reason: 'no-label' },
    kept: [1, 'Albania', '9', 30, 5, 1, 2],
    rejected: [1, 'Albania', null, 30, 5, 1, 2],
    message: /line 5, column Q260: found "9", expected a code with a label/,
  },
  {
    name: 'text in a demographic',
    row: ',8,2,1,1,2,woman,30,5',
    reject: { variable: 'Q260', value: 'woman', reason: 'not-a-code' },
    kept: [1, 'Albania', null, 30, 5, 1, 2],
    rejected: [1, 'Albania', null, 30, 5, 1, 2],
    message: /line 5, column Q260: found "woman"/,
  },
  {
    name: 'text in a quantity',
    row: ',8,2,1,1,2,1,old,5',
    reject: { variable: 'Q262', value: 'old', reason: 'not-a-code' },
    kept: [1, 'Albania', 'Male', null, 5, 1, 2],
    rejected: [1, 'Albania', 'Male', null, 5, 1, 2],
    message: /line 5, column Q262: found "old"/,
  },
  {
    name: 'an ordinal demographic out of range',
    row: ',8,2,1,1,2,1,30,11',
    reject: { variable: 'Q288', value: '11', reason: 'out-of-range' },
    kept: [1, 'Albania', 'Male', 30, null, 1, 2],
    rejected: [1, 'Albania', 'Male', 30, null, 1, 2],
    message: /line 5, column Q288: found "11", expected a whole number from 1 to 10/,
  },
  {
    name: 'a weight that is no number',
    row: ',8,2,heavy,1,2,1,30,5',
    reject: { variable: 'W_WEIGHT', value: 'heavy', reason: 'not-a-number' },
    kept: [null, 'Albania', 'Male', 30, 5, 1, 2],
    rejected: [null, 'Albania', 'Male', 30, 5, 1, 2],
    message: /line 5, column W_WEIGHT: found "heavy"/,
  },
  {
    name: 'a row too short',
    row: ',8,2,1,1',
    reject: { variable: '', value: '5 fields', reason: 'ragged-row' },
    kept: [1, 'Albania', null, null, null, 1, null],
    rejected: undefined,
    message: /line 5: found 5 fields, expected 9 fields/,
  },
  {
    name: 'a row too long',
    row: ',8,2,1,1,2,1,30,5,6,7',
    reject: { variable: '', value: '11 fields', reason: 'ragged-row' },
    kept: [1, 'Albania', 'Male', 30, 5, 1, 2],
    rejected: undefined,
    message: /line 5: found 11 fields, expected 9 fields/,
  },
]

const flags = ['--split', 'none', '--demographics', 'country,sex,age,income', '--threads', '1']

describe('what can not be decoded', { concurrency: 2 }, () => {
  for (const [index, { name, row, reject, kept, rejected, message }] of kinds.entries()) {
    const survey = join(folder, `${index}.csv`)
    const quoted = sound(1).replace(',', '"two\nlines",')
    writeFileSync(survey, `${[header, quoted, sound(4), row, sound(3)].join('\n')}\n`)

    const recordOf = async (out: string) => {
      const { columns } = await readWithDuckdb(shardsOf(out, 'records', 'train', 'parquet'))
      const at = columns[0].indexOf('2')
      // Of the questions, only the first two are in the file.
      return { respondents: columns[0].length, record: columns.slice(1, 8).map((cells) => cells[at]), at }
    }
    const counted = {
      variable: reject.variable,
      reason: reject.reason,
      count: 1,
      firstLine: 5,
      firstValue: reject.value,
    }

    test(`${name}: keep`, async () => {
      const out = join(folder, `keep-${index}`)
      const manifest = await build(survey, out, ...flags)
      assert.deepEqual(manifest.counts.invalid, [counted])
      assert.equal(manifest.counts.rejectedRows, 0)
      assert.deepEqual(await recordOf(out), { respondents: 4, record: kept, at: 2 })
      assert.ok(!existsSync(join(out, 'rejects.jsonl')))
    })

    test(`${name}: reject`, async () => {
      const out = join(folder, `reject-${index}`)
      const manifest = await build(survey, out, '--on-invalid', 'reject', ...flags)
      assert.deepEqual(manifest.counts.invalid, [counted])
      const { respondents, record } = await recordOf(out)
      assert.equal(respondents, rejected === undefined ? 3 : 4)
      assert.equal(manifest.counts.rejectedRows, rejected === undefined ? 1 : 0)
      if (rejected !== undefined) assert.deepEqual(record, rejected)
      const lines = readFileSync(join(out, 'rejects.jsonl'), 'utf8').trimEnd().split('\n')
      assert.equal(lines.length, 1)
      const { line, row: number, respondent, variable, value, reason } = JSON.parse(lines[0])
      assert.deepEqual({ variable, value, reason }, reject)
      assert.deepEqual({ line, number, respondent }, { line: 5, number: 2, respondent: '2' })
      assert.ok(manifest.files.some(({ path }) => path === 'rejects.jsonl'))
    })

    test(`${name}: fail`, async () => {
      const out = join(folder, `fail-${index}`)
      const { code, stderr, stdout } = await wvs('build', survey, '--out', out, '--on-invalid', 'fail', ...flags)
      assert.equal(code, 1)
      assert.match(stderr, message)
      assert.equal(stderr.trimEnd().split('\n').length, 1)
      assert.equal(stdout, '')
      assert.deepEqual(filesUnder(out), [])
    })
  }

  test('a file cut off in mid-record', async () => {
    const survey = join(folder, 'cut.csv')
    writeFileSync(survey, `${[header, sound(1), sound(2)].join('\n')}\n,8,3,1,"1`)
    const manifest = await build(survey, join(folder, 'cut'), ...flags)
    assert.equal(manifest.counts.respondents, 3)
    const [{ reason, firstLine, firstValue }] = manifest.counts.invalid
    assert.deepEqual([reason, firstLine], ['ragged-row', 4])
    assert.match(firstValue, /^5 fields, the last in a quote that is never closed$/)
  })

  test('malformed text in an interview id', async () => {
    const survey = join(folder, 'malformed.csv')
    const bytes = Buffer.from(`\ufeff${[header, sound(1), sound(2).replace(',2,', ',A@,')].join('\n')}\n`)
    bytes[bytes.indexOf('@')] = 0xff
    writeFileSync(survey, bytes)
    const manifest = await build(survey, join(folder, 'malformed'), ...flags)
    assert.deepEqual(
      manifest.counts.invalid.map(({ variable, reason, firstLine }) => ({ variable, reason, firstLine })),
      [{ variable: 'D_INTERVIEW', reason: 'malformed-text', firstLine: 3 }],
    )
  })

  test('an interview without an id', async () => {
    const survey = join(folder, 'no-id.csv')
    writeFileSync(survey, `${[header, sound(1), ',8,,1,1,2,1,30,5', sound(3)].join('\n')}\n`)
    const manifest = await build(survey, join(folder, 'no-id'), ...flags)
    assert.deepEqual(
      manifest.counts.invalid.map(({ variable, reason, firstLine }) => ({ variable, reason, firstLine })),
      [{ variable: 'D_INTERVIEW', reason: 'no-id', firstLine: 3 }],
    )
  })
})
