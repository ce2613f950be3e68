import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { WavesDistributionManifest } from '#src/pipelines/distributions.js'
import { waveFile, waveFileText } from '../oracle/wave-file.js'
import { CutSurvey, run, succeed } from './cut-survey.js'

suite('wvs distributions of several waves, against SQL on the raw files', () => {
  /** `survey.file` is one of wave 7. */
  let survey: CutSurvey
  let six: string
  let five: string
  let out: string
  let manifest: WavesDistributionManifest
  const questions = ['--questions', 'A165,A009*,A008,F028B,F120']
  before(async () => {
    survey = await CutSurvey.make(900)
    six = survey.write('six.csv', waveFileText(waveFile('6', 2010, 800, 16)))
    five = survey.write('five.csv', waveFileText(waveFile('5', 2005, 500, 15)))
    out = await distributions(six, survey.file, '--by', 'sex')
    manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
  })
  after(() => survey.close())

  async function distributions(...args: string[]): Promise<string> {
    const path = survey.path()
    await succeed('distributions', ...args, '--out', path, '--quiet', ...questions)
    return path
  }

  /** Answers of both waves, under the harmonised ids, as SQL on the raw files. */
  const long = () => `
    select wave, case sex when 1 then 'Male' else 'Female' end sex, question, answer, w from (
      select 6 wave, V240 sex, V258::double w, unnest(['A165', 'A008', 'F120', 'A009_W6']) question, unnest([V24, V10, V204, V11]) answer
        from read_csv('${six}')
      union all
      select 7, Q260, W_WEIGHT::double, unnest(['A165', 'A008', 'F120', 'A009_W7']), unnest([Q57, Q46, Q184, Q47]) from raw)
    where sex in (1, 2) and answer > 0 and answer <= case question when 'A165' then 2 when 'F120' then 10 when 'A009_W7' then 5 else 4 end`

  test('shares and their change by group, plain and weighted', async () => {
    const [found] = await survey.sql(`
      with long as (${long()}), counted as (select question, sex, wave, answer, count(*) n, sum(w) weight from long group by all),
        shares as (select *, n / sum(n) over cell as share, weight / sum(weight) over cell as weighted from counted
          window cell as (partition by question, sex, wave)),
        expected as (select question, sex, answer, b.n nb, a.n na, b.share sb, a.share sa, b.weighted wb, a.weighted wa
          from (from shares where wave = 6) b join (from shares where wave = 7) a using (question, sex, answer))
      select (select count(*)::int from expected) expected, count(*)::int found, count(*) filter (
          c.wave_before <> '6' or c.wave_after <> '7' or c.n_before <> nb or c.n_after <> na
          or abs(c.share_before - sb) > 1e-12 or abs(c.share_after - sa) > 1e-12 or abs(c.share_change - (sa - sb)) > 1e-12
          or abs(c.weighted_share_before - wb) > 1e-9 or abs(c.weighted_share_after - wa) > 1e-9
          or abs(c.weighted_share_change - (wa - wb)) > 1e-9)::int wrong
      from '${join(out, 'change.parquet')}' c join expected using (question, sex, answer)`)
    assert.deepEqual(found, { expected: 32, found: 32, wrong: 0 })
    const [{ rows }] = await survey.sql(
      `select count(*)::int as rows from '${join(out, 'change.parquet')}' where sex in ('Male', 'Female')`,
    )
    // F028B, which both waves ask too, has 8 answers.
    assert.equal(rows, 48)
  })

  test('means and their change', async () => {
    const [found] = await survey.sql(`
      with expected as (select question, sex, wave, count(*) n, avg(answer) mean, sum(w * answer) / sum(w) weighted,
          sum(w) ^ 2 / sum(w * w) effective from (${long()}) group by all)
      select count(*)::int found, count(*) filter (c.n_before <> b.n or c.n_after <> a.n or abs(c.mean_change - (a.mean - b.mean)) > 1e-12
          or abs(c.mean_before - b.mean) > 1e-12 or abs(c.weighted_mean_change - (a.weighted - b.weighted)) > 1e-9
          or abs(c.n_effective_after - a.effective) > 1e-6)::int wrong
      from '${join(out, 'change_summary.parquet')}' c
      join (from expected where wave = 6) b on (c.question = b.question and c.sex = b.sex)
      join (from expected where wave = 7) a on (c.question = a.question and c.sex = a.sex)`)
    assert.deepEqual(found, { found: 6, wrong: 0 })
  })

  test('each wave has distributions of its own, none of what it does not ask', async () => {
    const [found] = await survey.sql(`
      with counted as (select wave::varchar wave, question, sex, answer, count(*) n from (${long()}) group by all)
      select count(*)::int found, count(*) filter (d.n <> e.n)::int wrong, (select count(*)::int from counted) expected
      from '${join(out, 'distributions.parquet')}' d join counted e using (wave, question, sex, answer)`)
    assert.equal(found.found, found.expected)
    assert.equal(found.wrong, 0)
    const asked = await survey.column(`
      select distinct wave || ' ' || question from '${join(out, 'summary.parquet')}' where question like 'A009%' order by 1`)
    assert.deepEqual(asked, ['6 A009_W6', '7 A009_W7'])
    assert.ok((manifest.counts.unasked ?? 0) > 0)
  })

  test('questions of one wave only, or left apart, are listed with the reason', () => {
    const [change] = manifest.change
    assert.equal(manifest.change.length, 1)
    assert.deepEqual([change.before, change.after], ['6', '7'])
    const apart = change.uncompared.filter(({ reason }) => /left apart: .*from 1 to 4, not from 1 to 5/.test(reason))
    assert.deepEqual(
      apart.map(({ question }) => question),
      ['A009_W7', 'A009_W6'],
    )
    assert.equal(change.questions + change.uncompared.length, manifest.counts.questions)
  })

  test('more than two waves: the change from each to the next; every format says the same, on any number of threads', async () => {
    const args = [
      survey.file,
      five,
      six,
      '--format',
      'parquet,csv,jsonl,globalopinionqa',
      '--by',
      'sex',
      '--min-cell',
      '20',
    ]
    const [one, four] = [await distributions(...args, '--threads', '1'), await distributions(...args, '--threads', '4')]
    for (const file of [
      'change.parquet',
      'change_summary.csv',
      'change.jsonl',
      'globalopinionqa.jsonl',
      'manifest.json',
    ]) {
      assert.ok(readFileSync(join(one, file)).equals(readFileSync(join(four, file))), file)
    }
    const read = (file: string) =>
      survey.sql(
        `select wave_before::int b, wave_after::int a, question, sex, answer::int answer, share_change from '${join(one, file)}'`,
      )
    const rows = await read('change.parquet')
    assert.deepEqual([...new Set(rows.map(({ b, a }) => `${b} ${a}`))].sort(), ['5 6', '6 7'])
    assert.deepEqual(await read('change.csv'), rows)
    assert.deepEqual(await read('change.jsonl'), rows)
    const own: WavesDistributionManifest = JSON.parse(readFileSync(join(one, 'manifest.json'), 'utf8'))
    assert.deepEqual(
      own.change.map(({ before: earlier, after: later }) => [earlier, later]),
      [
        ['5', '6'],
        ['6', '7'],
      ],
    )
    const [least] = await survey.sql(
      `select min(least(n_before, n_after))::int n from '${join(one, 'change_summary.parquet')}'`,
    )
    assert.ok(Number(least.n) >= 20)
  })

  test('a sample is drawn from all files, and what is in none of them is refused', async () => {
    const sampled = await distributions(six, survey.file, '--sample', '300')
    const { counts } = JSON.parse(readFileSync(join(sampled, 'manifest.json'), 'utf8'))
    assert.equal(counts.selection.selected, 300)
    const { code, stderr } = await run('distributions', six, five, '--by', 'urban_rural', '--out', survey.path())
    assert.equal(code, 2)
    assert.match(stderr, /"urban_rural" is no variable/)
  })
})
