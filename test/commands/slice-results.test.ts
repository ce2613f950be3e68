import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { CutSurvey, succeed } from './cut-survey.js'

suite('what probe and distributions write, against SQL on the raw file', () => {
  let survey: CutSurvey
  before(async () => {
    survey = await CutSurvey.make(2000)
  })
  after(() => survey.close())

  async function write(command: string, ...flags: string[]): Promise<string> {
    const out = survey.path()
    await succeed(command, survey.file, '--out', out, '--quiet', '--threads', '1', ...flags)
    return out
  }

  function manifestOf(out: string) {
    return JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
  }

  test('distributions: weighted moments, missing by kind, and the public layout', async () => {
    const formats = ['--format', 'parquet,csv,globalopinionqa']
    const out = await write('distributions', '--by', 'sex', '--questions', 'Q57,Q76,Q164', ...formats)
    const on = "answer between 1 and case question when 'Q57' then 2 when 'Q76' then 4 else 10 end"
    const long = `select case Q260 when 1 then 'Male' else 'Female' end sex, W_WEIGHT w, question, answer
      from (unpivot (select Q260, W_WEIGHT, Q57, Q76, Q164 from raw where Q260 > 0) on Q57, Q76, Q164 into name question value answer)`
    const kinds = { dont_know: -1, no_answer: -2, not_applicable: -3, not_asked: -4, missing: -5 }
    const shares = Object.entries(kinds).map(
      ([kind, code]) => `count(*) filter (answer = ${code}) / count(*) as missing_${kind}`,
    )
    const names = ['n_effective', 'missing', 'mean', 'weighted_mean', 'variance', 'weighted_variance'].concat(
      Object.keys(kinds).map((kind) => `missing_${kind}`),
    )
    const different = names.map((name) => `abs(s.${name} - e.${name}) > 1e-9`).join(' or ')
    const [found] = await survey.sql(`
      with long as (${long}), means as (
        select question, sex, sum(w * answer) / sum(w) weighted_mean from long where ${on} group by 1, 2), expected as (
        select question, sex, count(*) filter (${on}) n, sum(w) filter (${on}) ^ 2 / sum(w * w) filter (${on}) n_effective,
          count(*) filter (not ${on}) / count(*) missing, avg(answer) filter (${on}) mean, any_value(weighted_mean) weighted_mean,
          var_pop(answer) filter (${on}) variance, ${shares.join(', ')},
          sum(w * (answer - weighted_mean) ^ 2) filter (${on}) / sum(w) filter (${on}) weighted_variance
        from long join means using (question, sex) group by 1, 2)
      select count(*)::int pairs, count(*) filter (s.n <> e.n or ${different})::int wrong
      from '${join(out, 'summary.parquet')}' s join expected e using (question, sex)`)
    assert.deepEqual(found, { pairs: 6, wrong: 0 })
    const text = `read_csv('${join(out, 'summary.csv')}')`
    const [same] = await survey.sql(`
      select count(*)::int pairs, count(*) filter (c.n = p.n and c.weighted_variance = p.weighted_variance)::int same
      from ${text} c join '${join(out, 'summary.parquet')}' p using (question, sex)`)
    assert.deepEqual(same, { pairs: 6, same: 6 })
    const lines = readFileSync(join(out, 'globalopinionqa.jsonl'), 'utf8').trim().split('\n')
    const opinions: { selections: Record<string, number[]>; options: string[]; source: string }[] = lines.map((line) =>
      JSON.parse(line),
    )
    assert.deepEqual(
      opinions.map(({ options }) => options.length),
      [2, 4, 10],
    )
    for (const [place, id] of ['Q57', 'Q76', 'Q164'].entries()) {
      for (const sex of ['Male', 'Female']) {
        const expected = await survey.sql(`
          with long as (${long}) select sum(w) / sum(sum(w)) over () as share from long
          where question = '${id}' and sex = '${sex}' and ${on} group by answer order by answer`)
        for (const [answer, { share }] of expected.entries()) {
          assert.ok(Math.abs(opinions[place].selections[sex][answer] - Number(share)) < 1e-12, `${id} ${sex} ${answer}`)
        }
      }
    }
  })

  test('distributions: kinds of missing in the denominator, weighted too, of a selection', async () => {
    const flags = ['--where', 'age >= 50', '--questions', 'Q76', '--missing-in-denominator', 'dk,not-asked']
    const out = await write('distributions', ...flags)
    const [found] = await survey.sql(`
      with chosen as (select Q76 answer, W_WEIGHT w from raw where Q262 >= 50 and (Q76 between 1 and 4 or Q76 in (-1, -4))),
        expected as (select answer, count(*) / sum(count(*)) over () as share, sum(w) / sum(sum(w)) over () as weighted_share
          from chosen group by 1)
      select count(*)::int answers, count(*) filter (abs(d.share - e.share) < 1e-12
        and abs(d.weighted_share - e.weighted_share) < 1e-12)::int same
      from '${join(out, 'distributions.parquet')}' d join expected e using (answer)`)
    assert.deepEqual(found, { answers: 4, same: 4 })
  })

  test('probe: from a split of the build, the same rows as TSV and Parquet, every cell drawn from or listed as thin', async () => {
    const flags = ['--where', 'age >= 18', '--seed', '4']
    const built = await write(
      'build',
      '--tables',
      'records',
      '--questions',
      'Q57',
      '--demographics',
      'country',
      ...flags,
    )
    const probed = ['--from', 'valid', '--cells', 'continent,sex', '--per-cell', '4', '--questions', 'Q57,Q76,Q111']
    const out = await write('probe', ...probed, ...flags)
    const samples = `'${join(out, 'samples.parquet')}'`
    const text = `read_csv('${join(out, 'samples.tsv')}', delim = '\\t', types = {'respondent_id': 'VARCHAR'})`
    const columns = await survey.column(`select column_name from (describe select * from ${samples})`)
    const expected = ['question', 'category', 'continent', 'sex', 'respondent_id', 'answer', 'answer_label']
    assert.deepEqual(columns, expected)
    const [found] = await survey.sql(`
      with samples as (select * from ${samples}), valid as (select respondent_id from '${join(built, 'records', 'valid-*.parquet')}')
      select (select count(*)::int from (select ${expected} from samples except select ${expected} from ${text})) differing,
        (select count(*)::int from samples) n, (select count(*)::int from ${text}) lines,
        (select count(*)::int from samples where respondent_id not in (select respondent_id from valid)) elsewhere,
        (select count(*)::int from (select question, continent, sex from samples group by all having count(*) <> 4)) uneven,
        (select count(*)::int from samples join raw on respondent_id = D_INTERVIEW::varchar where answer is distinct from
          case question when 'Q57' then Q57 when 'Q76' then Q76 else Q111 end) wrong`)
    const { counts } = manifestOf(out)
    assert.deepEqual(found, {
      differing: 0,
      n: counts.samples,
      lines: counts.samples,
      elsewhere: 0,
      uneven: 0,
      wrong: 0,
    })
    const [pool] = await survey.sql(`select count(*)::int n from '${join(built, 'records', 'valid-*.parquet')}'`)
    assert.equal(counts.pool, pool.n)
    // A recode makes code 3 of Q111 missing.
    const [{ third }] = await survey.sql(
      `select count(*)::int third from ${samples} where question = 'Q111' and answer = 3`,
    )
    assert.equal(third, 0)
    const thin = `read_csv('${join(out, 'thin-cells.tsv')}', delim = '\\t')`
    const [{ listed }] = await survey.sql(`
      select count(*)::int listed from (select question, continent, sex from ${samples} group by all
        union all select question, continent, sex from ${thin})`)
    const [{ groups }] = await survey.sql(`
      select (count(distinct continent) * 2 * 3)::int as groups from (select continent from ${samples} union select continent from ${thin})`)
    assert.equal(listed, groups)
  })

  test('probe: --balance and --weighted draw its respondents as a build does, --split-by holds out questions', async () => {
    const drawn = ['--balance', 'urban_rural', '--weighted']
    const probed = await write(
      'probe',
      ...drawn,
      '--cells',
      'urban_rural',
      '--from',
      'all',
      '--thin',
      'take',
      '--per-cell',
      '999',
    )
    const built = await write('build', ...drawn, '--tables', 'records', '--questions', 'Q1', '--demographics', 'none')
    const [found] = await survey.sql(`
      with probed as (select distinct respondent_id from '${join(probed, 'samples.parquet')}'),
        built as (select respondent_id from '${join(built, 'records', '*.parquet')}')
      select (select count(*)::int from (from probed except from built)) strangers, (select count(*)::int from built) built,
        (select 2 * min(n)::int from (select count(*) n from raw where H_URBRURAL in (1, 2) and W_WEIGHT > 0 group by H_URBRURAL)) expected`)
    assert.equal(found.strangers, 0)
    assert.equal(found.built, found.expected)
    assert.equal(manifestOf(probed).counts.pool, found.built)
    const byQuestion = ['--split-by', 'question', '--questions', 'Q1..Q40']
    const questions = await write('build', ...byQuestion, '--tables', 'examples', '--demographics', 'none')
    const asked = await write('probe', ...byQuestion, '--cells', 'sex')
    const [held] = await survey.sql(`
      with test as (select distinct question from '${join(questions, 'examples', 'test-*.parquet')}'),
        asked as (select distinct question from '${join(asked, 'samples.parquet')}')
      select (select count(*)::int from test) test, (select count(*)::int from test join asked using (question)) common,
        (select count(*)::int from asked) asked`)
    assert.deepEqual(held, { test: 6, common: 6, asked: 6 })
    assert.equal(manifestOf(asked).counts.pool, 2000)
  })
})
