import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { CutSurvey, run, succeed } from './cut-survey.js'

suite('wvs distributions, against SQL on the raw file', () => {
  let survey: CutSurvey
  before(async () => {
    survey = await CutSurvey.make(1500)
  })
  after(() => survey.close())

  async function distributions(...flags: string[]): Promise<string> {
    const out = survey.path()
    await succeed('distributions', survey.file, '--out', out, '--quiet', ...flags)
    return out
  }

  test('shares, n, effective n, mean and variance of every group', async () => {
    const out = await distributions('--by', 'sex,age_band', '--questions', 'Q46,Q57,Q164')
    const band = `case when Q262 < 0 then null when Q262 < 25 then 'Under 25' when Q262 < 35 then '25-34' when Q262 < 45 then '35-44'
      when Q262 < 55 then '45-54' when Q262 < 65 then '55-64' else '65 and over' end`
    const long = `
      select case Q260 when 1 then 'Male' else 'Female' end sex, ${band} age_band, W_WEIGHT w, question, answer
      from (unpivot (select Q260, Q262, W_WEIGHT, Q46, Q57, Q164 from raw where Q260 > 0 and Q262 > 0)
        on Q46, Q57, Q164 into name question value answer)`
    const [summary] = await survey.sql(`
      with long as (${long}), expected as (
        select question, sex, age_band, count(*) respondents, count(*) filter (answer > 0) n,
          sum(w) filter (answer > 0) ^ 2 / sum(w * w) filter (answer > 0) n_effective,
          avg(answer) filter (answer > 0) mean, var_pop(answer) filter (answer > 0) variance,
          sum(w * answer) filter (answer > 0) / sum(w) filter (answer > 0) weighted_mean,
          count(*) filter (answer = -1) / count(*) missing_dont_know, count(*) filter (answer < 0) / count(*) missing
        from long group by all)
      select count(*)::int pairs, count(*) filter (
          s.respondents <> e.respondents or s.n <> e.n or abs(s.n_effective - e.n_effective) > 1e-9 * e.n
          or abs(s.mean - e.mean) > 1e-12 * e.mean or abs(s.weighted_mean - e.weighted_mean) > 1e-12 * e.mean
          or abs(s.variance - e.variance) > 1e-9 or abs(s.missing_dont_know - e.missing_dont_know) > 1e-12
          or abs(s.missing - e.missing) > 1e-12)::int wrong, (select count(*)::int from expected where n > 0) expected
      from '${join(out, 'summary.parquet')}' s join expected e using (question, sex, age_band)`)
    assert.deepEqual(summary, { pairs: 36, wrong: 0, expected: 36 })
    const [shares] = await survey.sql(`
      with long as (${long}), counted as (
        select question, sex, age_band, answer, count(*) n, sum(w) weight from long where answer > 0
        group by question, sex, age_band, answer), expected as (
        select *, n / sum(n) over cell as share, weight / sum(weight) over cell as weighted_share from counted
        window cell as (partition by question, sex, age_band))
      select count(*)::int found, count(*) filter (d.n <> e.n or abs(d.share - e.share) > 1e-12
          or abs(d.weighted_share - e.weighted_share) > 1e-12)::int wrong, (select count(*)::int from expected) expected
      from (select * from '${join(out, 'distributions.parquet')}' where n > 0) d
      join expected e using (question, sex, age_band, answer)`)
    assert.equal(shares.wrong, 0)
    assert.equal(shares.found, shares.expected)
  })

  test('answers that nobody gave have a share of 0, and the shares of a group add up to 1', async () => {
    const out = await distributions('--by', 'country', '--questions', 'Q1..Q6')
    const [found] = await survey.sql(`
      select count(*)::int pairs, count(*) filter (answers <> 4 or abs(total - 1) > 1e-12)::int wrong from (
        select count(*) answers, sum(share) total from '${join(out, 'distributions.parquet')}' group by question, country)`)
    assert.ok(Number(found.pairs) > 300)
    assert.equal(found.wrong, 0)
  })

  test('--missing-in-denominator counts those kinds of missing in the shares', async () => {
    const out = await distributions('--questions', 'Q57', '--missing-in-denominator', 'dk,na')
    const [{ share }] = await survey.sql(`select share from '${join(out, 'distributions.parquet')}' where answer = 1`)
    const [expected] = await survey.sql(
      'select count(*) filter (Q57 = 1) / count(*) filter (Q57 in (1, 2, -1, -2)) as share from raw',
    )
    assert.equal(share, expected.share)
  })

  test('--min-cell withholds thin groups and counts them', async () => {
    const out = await distributions('--by', 'country', '--questions', 'Q57', '--min-cell', '25')
    const { counts } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
    const [expected] = await survey.sql(`
      select count(*) filter (n >= 25)::int written, count(*) filter (n between 1 and 24)::int withheld
      from (select count(*) filter (Q57 > 0) n from raw group by B_COUNTRY)`)
    assert.deepEqual({ written: counts.written, withheld: counts.withheld }, expected)
    assert.ok(counts.written > 0 && counts.withheld > 0)
    const [{ least }] = await survey.sql(`select min(n)::int least from '${join(out, 'summary.parquet')}'`)
    assert.ok(Number(least) >= 25)
  })

  test('a selection and a sample hold; every format says the same on any number of threads', async () => {
    const flags = ['--by', 'sex', '--questions', 'Q1', '--where', 'age >= 40', '--sample', '300']
    const formats = ['--format', 'parquet,csv,jsonl,globalopinionqa']
    const out = await distributions(...flags, ...formats, '--threads', '1')
    const again = await distributions(...flags, ...formats, '--threads', '4')
    for (const file of [
      'distributions.parquet',
      'summary.parquet',
      'summary.csv',
      'globalopinionqa.jsonl',
      'manifest.json',
    ]) {
      assert.ok(readFileSync(join(out, file)).equals(readFileSync(join(again, file))), file)
    }
    const read = (file: string) =>
      survey.sql(`select sex, answer::int answer, n::int n, share from '${join(out, file)}'`)
    const rows = await read('distributions.parquet')
    assert.equal(rows.length, 8)
    assert.deepEqual(await read('distributions.csv'), rows)
    assert.deepEqual(await read('distributions.jsonl'), rows)
    const [line] = readFileSync(join(out, 'globalopinionqa.jsonl'), 'utf8').split('\n')
    const opinion = JSON.parse(line)
    assert.deepEqual(Object.keys(opinion), ['question', 'selections', 'options', 'source'])
    assert.deepEqual(Object.keys(opinion.selections), ['Male', 'Female'])
    assert.equal(opinion.options.length, opinion.selections.Male.length)
  })

  test('wvs preview counts what a build then writes', async () => {
    const flags = [
      '--where',
      'age >= 40',
      '--per-cell',
      '4',
      '--cells',
      'country,sex',
      '--demographics',
      'country,sex,age_band',
    ]
    const preview = JSON.parse(await succeed('preview', survey.file, '--json', ...flags))
    const out = survey.path()
    await succeed('build', survey.file, '--out', out, '--quiet', ...flags)
    const { counts } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
    assert.deepEqual(preview.splits, counts.splits)
    assert.equal(preview.examples, counts.examples)
    assert.deepEqual(preview.selection, counts.selection)
    const records = `'${join(out, 'records', '*.parquet')}'`
    const cells = await survey.sql(`
      select country, sex, count(*)::int respondents from ${records} group by 1, 2 order by 1, 2`)
    const previewed = preview.cells.map((cell: { groups: object; respondents: number }) => ({
      ...cell.groups,
      respondents: cell.respondents,
    }))
    const byName = (left: { country: string; sex: string }, right: { country: string; sex: string }) =>
      left.country < right.country ? -1 : left.country > right.country ? 1 : left.sex < right.sex ? -1 : 1
    assert.deepEqual(previewed.sort(byName), cells)
    const [privacy] = await survey.sql(`
      select min(n)::int smallest, (count(*) filter (n < 5))::int few, (sum(n) filter (n < 5))::int people
      from (select count(*) n from ${records} group by country, sex, age_band)`)
    assert.deepEqual(
      [preview.privacy.smallestGroup, preview.privacy.groupsUnder5, preview.privacy.respondentsUnder5],
      [privacy.smallest, privacy.few, privacy.people],
    )
    const missing = preview.questions.find(({ id }: { id: string }) => id === 'Q76')
    assert.deepEqual(missing.reasons, counts.missing.Q76)
  })

  test('wvs preview tells a person of thin and empty cells, and that people could be recognised', async () => {
    const flags = ['--cells', 'country,generation', '--demographics', 'country,age,sex', '--where', 'age > 70']
    const text = await succeed('preview', survey.file, ...flags)
    assert.match(text, /cells, \d+ with fewer than 30 respondents/)
    assert.match(text, /Empty {4}\d+ cells: /)
    assert.match(
      text,
      /people could be recognised: the smallest group of respondents alike in all 3 demographics has 1/,
    )
  })

  test('what can not be grouped by is said in one line', async () => {
    const faults: [string[], RegExp][] = [
      [['--by', 'contry'], /"contry" is no variable; did you mean "country"/],
      [['--missing-in-denominator', 'xx'], /"xx" is none of dk, na/],
      [['--by', 'W_WEIGHT'], /W_WEIGHT holds texts or fractions/],
    ]
    for (const [flags, message] of faults) {
      const { code, stderr } = await run('distributions', survey.file, '--out', survey.path(), '--quiet', ...flags)
      assert.equal(code, 2, stderr)
      assert.match(stderr, message)
    }
  })
})
