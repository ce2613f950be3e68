import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { CutSurvey, run, succeed } from './cut-survey.js'

const fixture = fileURLToPath(new URL('../../fixtures/worldvaluesbench/', import.meta.url))

function unpacked(name: string): Buffer {
  return brotliDecompressSync(readFileSync(join(fixture, `${name}.br`)))
}

suite('wvs probe', () => {
  let survey: CutSurvey
  before(async () => {
    survey = await CutSurvey.make(3000)
  })
  after(() => survey.close())

  test('the recipe worldvaluesbench gives the probe of the reference, byte for byte, on any number of threads', async () => {
    const file = survey.path('raw.csv')
    writeFileSync(file, unpacked('raw.csv'))
    const expected = unpacked('expected/probe/samples.tsv')
    for (const threads of ['1', '3']) {
      const out = survey.path()
      await succeed('probe', file, '--out', out, '--quiet', '--recipe', 'worldvaluesbench', '--threads', threads)
      assert.ok(readFileSync(join(out, 'samples.tsv')).equals(expected), `${threads} threads`)
    }
  })

  test('every sample is in its cell, and its answer is that of the raw file', async () => {
    const out = survey.path()
    await succeed(
      'probe',
      survey.file,
      '--out',
      out,
      '--quiet',
      '--cells',
      'sex,generation',
      '--questions',
      'Q1,Q57',
      '--from',
      'all',
    )
    const samples = `'${join(out, 'samples.parquet')}'`
    const matched = await survey.sql(`
      select count(*)::int n from ${samples} s join raw on regexp_extract(respondent_id, '^\\d+') = D_INTERVIEW::varchar
      where D_INTERVIEW <> 858069901
        and answer = case question when 'Q1' then Q1 else Q57 end
        and sex = case Q260 when 1 then 'Male' else 'Female' end
        and (generation = 'Millennials') = (Q261 between 1981 and 1996)`)
    const [all] = await survey.sql(`select count(*)::int n from ${samples} where respondent_id not like '858069901-%'`)
    assert.deepEqual(matched, [all])
    const cells = await survey.sql(`select count(*)::int n from ${samples} group by question, sex, generation`)
    assert.ok(cells.length > 10)
    assert.ok(cells.every(({ n }) => n === 5))
  })

  test('thin cells are listed with their members: together with the others they are all cells', async () => {
    const out = survey.path()
    const flags = ['--cells', 'country,sex', '--questions', 'Q1', '--from', 'all', '--per-cell', '20']
    await succeed('probe', survey.file, '--out', out, '--quiet', ...flags)
    const thin = await survey.column(`
      select members from read_csv('${join(out, 'thin-cells.tsv')}', delim = '\t') where members > 0 order by members`)
    const expected = await survey.column(`
      select count(*) n from raw where Q1 between 1 and 4 and Q260 between 1 and 2 group by B_COUNTRY, Q260
      having n < 20 order by n`)
    assert.ok(expected.length > 0)
    assert.deepEqual(thin, expected)
    const taken = survey.path()
    await succeed('probe', survey.file, '--out', taken, '--quiet', ...flags, '--thin', 'take')
    const [drawn] = await survey.sql(`select count(*)::int n from '${join(taken, 'samples.parquet')}'`)
    const [members] = await survey.sql(`
      select sum(least(n, 20))::int n from (select count(*) n from raw where Q1 between 1 and 4 and Q260 in (1, 2)
      group by B_COUNTRY, Q260)`)
    assert.deepEqual(drawn, members)
  })

  test('who is drawn depends on the seed, not on the number of threads', async () => {
    const draw = async (...flags: string[]) => {
      const out = survey.path()
      await succeed('probe', survey.file, '--out', out, '--quiet', '--format', 'tsv', '--from', 'all', ...flags)
      return readFileSync(join(out, 'samples.tsv'), 'utf8')
    }
    assert.equal(await draw('--threads', '1'), await draw('--threads', '4'))
    assert.notEqual(await draw(), await draw('--seed', '1'))
  })

  test('a selection holds for the probe too; one that leaves nobody fails', async () => {
    const out = survey.path()
    await succeed(
      'probe',
      survey.file,
      '--out',
      out,
      '--quiet',
      '--from',
      'all',
      '--where',
      'sex == "Male"',
      '--cells',
      'sex',
    )
    assert.deepEqual(await survey.column(`select distinct sex from '${join(out, 'samples.parquet')}'`), ['Male'])
    const { code, stderr } = await run('probe', survey.file, '--out', survey.path(), '--where', 'age > 200')
    assert.equal(code, 1)
    assert.match(stderr, /age > 200 is true for none/)
  })
})
