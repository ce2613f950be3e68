import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { CutSurvey, run, succeed } from './cut-survey.js'

suite('wvs build with a sample or a split by larger units, against SQL', () => {
  let survey: CutSurvey
  before(async () => {
    survey = await CutSurvey.make(1500)
  })
  after(() => survey.close())

  async function build(...flags: string[]): Promise<{ out: string; rows: string; manifest: Record<string, never> }> {
    const out = survey.path()
    const plain = ['--quiet', '--tables', 'records', '--demographics', 'country,sex,age', '--questions', 'Q1']
    await succeed('build', survey.file, '--out', out, ...plain, ...flags)
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
    return { out, rows: `'${join(out, 'records', '*.parquet')}'`, manifest }
  }

  const ids = (rows: string) => survey.column(`select respondent_id from ${rows} order by 1`)

  test('--sample N draws N of those that --where leaves, from every split, on any number of threads', async () => {
    const flags = ['--sample', '200', '--where', 'sex == "Female"']
    const { rows, manifest } = await build(...flags, '--threads', '1')
    const [found] = await survey.sql(`
      select count(*)::int n, count(*) filter (sex <> 'Female')::int men, count(distinct respondent_id)::int ids from ${rows}`)
    assert.deepEqual(found, { n: 200, men: 0, ids: 200 })
    const [women] = await survey.sql('select count(*)::int n from raw where Q260 = 2')
    const { selection, splits } = manifest.counts as Record<string, Record<string, never>>
    assert.equal(selection.sampledOut, Number(women.n) - 200)
    assert.ok(Object.values(splits).every(({ respondents }: { respondents: number }) => respondents > 0))
    const again = await build(...flags, '--threads', '3')
    assert.deepEqual(await ids(again.rows), await ids(rows))
    const other = await build(...flags, '--seed', '9')
    assert.notDeepEqual(await ids(other.rows), await ids(rows))
  })

  test('--sample 10% gives each respondent its own chance: a larger share holds all of a smaller one', async () => {
    const [small, large] = [await build('--sample', '10%'), await build('--sample', '30%')]
    const [few, many] = [await ids(small.rows), new Set(await ids(large.rows))]
    assert.ok(few.length > 100 && few.length < 200, String(few.length))
    assert.ok(many.size > 380 && many.size < 520, String(many.size))
    assert.ok(few.every((id) => many.has(id)))
  })

  test('--per-cell draws as many from each cell, and all of a cell that has fewer', async () => {
    const { rows, manifest } = await build('--per-cell', '10', '--cells', 'country,sex')
    const drawn = await survey.column(`select count(*) n from ${rows} group by country, sex order by n`)
    const expected = await survey.column(
      'select least(count(*), 10) n from raw where Q260 in (1, 2) group by B_COUNTRY, Q260 order by n',
    )
    assert.deepEqual(drawn, expected)
    const { draw } = manifest.counts as Record<string, { thinCells: unknown[] }>
    assert.equal(draw.thinCells.length, expected.filter((count) => Number(count) < 10).length)
    assert.ok(draw.thinCells.length > 0)
  })

  test('--balance draws from each group as many as the smallest has', async () => {
    const { rows } = await build('--balance', 'country')
    const [{ least }] = await survey.sql(
      'select min(n)::int least from (select count(*) n from raw group by B_COUNTRY)',
    )
    assert.deepEqual(
      await survey.column(`select distinct n::int from (select count(*) n from ${rows} group by country)`),
      [String(least)],
    )
  })

  test('--weighted draws the heavier more often, and nobody without a weight', async () => {
    const { rows } = await build('--sample', '500', '--weighted')
    const [{ drawn, all, count }] = await survey.sql(`
      select (select avg(weight) from ${rows}) drawn, (select avg(W_WEIGHT) from raw) "all", (select count(*)::int from ${rows}) count`)
    assert.equal(count, 500)
    assert.ok(Number(drawn) > Number(all) * 1.02, `${drawn} against ${all}`)
  })

  test('--split-by country puts no country into two splits, and none of them stays empty', async () => {
    const { rows } = await build('--split-by', 'country')
    const [found] = await survey.sql(`
      with placed as (select country, regexp_extract(filename, '(train|valid|test)-', 1) split from read_parquet(${rows}, filename = true))
      select count(*)::int n, count(distinct split)::int splits,
        (select count(*)::int from (select country from placed group by 1 having count(distinct split) > 1)) torn from placed`)
    assert.deepEqual(found, { n: 1500, splits: 3, torn: 0 })
  })

  test('--split-by question puts no question into two splits, and loses no example', async () => {
    const out = survey.path()
    const flags = [
      '--tables',
      'examples',
      '--questions',
      'Q1..Q6',
      '--split-by',
      'question',
      '--format',
      'parquet,jsonl',
    ]
    await succeed('build', survey.file, '--out', out, '--quiet', ...flags)
    const [found] = await survey.sql(`
      with placed as (select question, regexp_extract(filename, '(train|valid|test)-', 1) split
        from read_parquet('${join(out, 'examples', '*.parquet')}', filename = true))
      select count(*)::int n, count(distinct split)::int splits,
        (select count(*)::int from (select question from placed group by 1 having count(distinct split) > 1)) torn from placed`)
    const [expected] = await survey.sql(`
      select (count(*) filter (Q1 between 1 and 4) + count(*) filter (Q2 between 1 and 4) + count(*) filter (Q3 between 1 and 4)
        + count(*) filter (Q4 between 1 and 4) + count(*) filter (Q5 between 1 and 4) + count(*) filter (Q6 between 1 and 4))::int n from raw`)
    assert.deepEqual(found, { ...expected, splits: 3, torn: 0 })
    const [lines] = await survey.sql(`select count(*)::int n from read_json('${join(out, 'examples', '*.jsonl')}')`)
    assert.deepEqual(lines, expected)
  })

  test('what can not be drawn is said in one line', async () => {
    const faults: [string[], number, RegExp][] = [
      [['--sample', '5000'], 1, /--sample 5000: only 1500 respondents are left/],
      [['--sample', 'some'], 2, /"some" is no number of respondents/],
      [['--sample', '5', '--balance', 'sex'], 2, /exclude one another/],
      [['--weighted'], 2, /--weighted goes with/],
      [['--per-cell', '3'], 2, /which cells\?/],
      [['--balance', 'contry'], 2, /"contry" is no variable; did you mean "country"/],
      [['--split-by', 'question'], 2, /pass --tables examples/],
    ]
    for (const [flags, expected, message] of faults) {
      const { code, stderr } = await run('build', survey.file, '--out', survey.path(), '--quiet', ...flags)
      assert.equal(code, expected, stderr)
      assert.match(stderr, message)
    }
  })
})
