import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { CutSurvey, run, succeed } from './cut-survey.js'

suite('wvs build with a selection, against SQL on the raw file', () => {
  let survey: CutSurvey
  before(async () => {
    survey = await CutSurvey.make(1500)
  })
  after(() => survey.close())

  async function build(...flags: string[]): Promise<{ out: string; respondents: string }> {
    const out = survey.path()
    await succeed('build', survey.file, '--out', out, '--quiet', ...flags)
    return { out, respondents: `'${join(out, 'records', '*.parquet')}'` }
  }

  /** The interview ids of a build's respondents: where ids repeat, without the number behind them. */
  async function idsOf(respondents: string): Promise<string[]> {
    return survey.column(`select regexp_extract(respondent_id, '^\\d+') id from ${respondents} order by id`)
  }

  const cuts: [string, string][] = [
    ['country in ["Japan", "Brazil"] && age >= 30', 'B_COUNTRY in (392, 76) and Q262 >= 30'],
    ['sex == "Female" && age > 60', 'Q260 = 2 and Q262 > 60'],
    ['education != "Primary education (ISCED 1)"', 'Q275 >= 0 and Q275 <> 1'],
    ['!(age < 40 || Q1 <= 2)', 'Q262 >= 40 and Q1 > 2'],
    ['missing(income) || income >= 8', 'Q288 < 1 or Q288 >= 8'],
    ['matches(religion, "*muslim*")', 'Q289 = 5'],
    ['year - birth_year > 50 && age % 2 == 0', 'Q261 > 0 and A_YEAR - Q261 > 50 and Q262 >= 0 and Q262 % 2 = 0'],
    ['urban_rural == "Rural" && Q57 == 1', 'H_URBRURAL = 2 and Q57 = 1'],
    ['children / household_size >= 0.5', 'Q274 >= 0 and Q270 > 0 and Q274 / Q270 >= 0.5'],
    ['generation == "Millennials"', 'Q261 between 1981 and 1996'],
    ['education_level == "Tertiary" && age_band != "Under 25"', 'Q275 between 6 and 8 and Q262 >= 25'],
    ['income_group in ["Low", "High"]', '(Q288 between 1 and 3) or (Q288 between 8 and 10)'],
  ]
  for (const [where, sql] of cuts) {
    test(`--where '${where}'`, async () => {
      const { respondents } = await build(
        '--where',
        where,
        '--tables',
        'records',
        '--questions',
        'Q1',
        '--threads',
        '1',
      )
      const expected = await survey.column(`select D_INTERVIEW from raw where ${sql} order by D_INTERVIEW::varchar`)
      assert.ok(expected.length > 0 && expected.length < 1500, String(expected.length))
      assert.deepEqual(await idsOf(respondents), expected)
    })
  }

  test('the manifest counts what each condition leaves, and examples are those of the respondents that stay', async () => {
    const { out } = await build('--where', 'sex == "Female" && age >= 60', '--questions', 'Q1..Q6')
    const { counts } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
    const [expected] = await survey.sql(`
      select count(*) filter (Q260 = 2)::int women, count(*) filter (Q260 = 2 and Q262 >= 60)::int aged,
      sum((Q1 between 1 and 4)::int + (Q2 between 1 and 4)::int + (Q3 between 1 and 4)::int + (Q4 between 1 and 4)::int
        + (Q5 between 1 and 4)::int + (Q6 between 1 and 4)::int) filter (Q260 = 2 and Q262 >= 60)::int examples from raw`)
    assert.deepEqual(
      counts.selection.conditions.map(({ respondents }: { respondents: number }) => respondents),
      [expected.women, expected.aged],
    )
    assert.equal(counts.selection.selected, expected.aged)
    assert.equal(counts.examples, expected.examples)
    const [written] = await survey.sql(`select count(*)::int n from '${join(out, 'examples', '*.parquet')}'`)
    assert.equal(written.n, expected.examples)
  })

  test('derived demographics are columns like others, beside those of the file', async () => {
    const { respondents } = await build('--demographics', 'country,continent,generation,wave', '--tables', 'records')
    const columns = await survey.column(`select column_name from (describe select * from ${respondents}) limit 6`)
    assert.deepEqual(columns, ['respondent_id', 'weight', 'country', 'continent', 'generation', 'wave'])
    const [wrong] = await survey.sql(`
      with built as (select row_number() over () n, * from (select * from ${respondents})), counted as (
        select generation, count(*) n from built group by 1)
      select count(*)::int n from counted join (
        select case when Q261 < 0 then null when Q261 <= 1945 then 'Silent or earlier' when Q261 <= 1964 then 'Baby Boomers'
          when Q261 <= 1980 then 'Generation X' when Q261 <= 1996 then 'Millennials' else 'Generation Z' end generation,
          count(*) n from raw group by 1) expected on counted.generation is not distinct from expected.generation
      where counted.n <> expected.n`)
    assert.equal(wrong.n, 0)
    assert.deepEqual(await survey.column(`select distinct wave from ${respondents}`), ['7'])
  })

  test("--derive: a mapping table and bins of one's own; codes without a group are counted", async () => {
    const table = survey.write('blocs.csv', 'country,bloc\nJapan,East\n410,East\nBrazil,West\n')
    const bins = `${survey.write('bins', '')}.json`
    const { writeFileSync } = await import('node:fs')
    writeFileSync(
      bins,
      JSON.stringify({ name: 'decade', label: 'Decade', from: 'age', bins: [{ label: '20s', from: 20, to: 29 }] }),
    )
    const flags = ['--derive', table, '--derive', bins, '--where', 'bloc == "East"', '--demographics', 'bloc,decade']
    const { out, respondents } = await build(...flags, '--tables', 'records')
    const [expected] = await survey.sql(
      'select count(*)::int n, count(*) filter (Q262 between 20 and 29)::int twenties from raw where B_COUNTRY in (392, 410)',
    )
    const [built] = await survey.sql(
      `select count(*)::int n, count(decade)::int twenties from ${respondents} where bloc = 'East'`,
    )
    assert.deepEqual(built, expected)
    const { counts } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
    assert.ok(counts.ungrouped.some(({ derived }: { derived: string }) => derived === 'decade'))
  })

  test('a derive file that says a code twice, or an unknown one, is refused', async () => {
    const faults: [string, RegExp][] = [
      ['country,bloc\nJapan,East\nJapan,West\n', /"Japan" stands twice, first in line 2/],
      ['country,bloc\nJapan,East\n392,West\n', /stands twice, in "East" and in "West"/],
      ['country,bloc\nJapn,East\n', /"Japn" is no code or label of country; did you mean "Japan"/],
      ['contry,bloc\nJapan,East\n', /"contry" is no variable; did you mean "country"/],
      ['country,sex\nJapan,East\n', /"sex" is already a variable/],
      ['country\nJapan\n', /expected a header such as country,bloc/],
    ]
    for (const [content, message] of faults) {
      const flags = ['--derive', survey.write('fault.csv', content)]
      const { code, stderr } = await run('build', survey.file, '--out', survey.path(), '--quiet', ...flags)
      assert.equal(code, 2, stderr)
      assert.match(stderr, message)
    }
  })

  test('an empty result is exit code 1, and says which condition emptied it', async () => {
    const flags = ['--where', 'age > 20 && age < 10 && sex == "Male"']
    const { code, stderr } = await run('build', survey.file, '--out', survey.path(), '--quiet', ...flags)
    assert.equal(code, 1)
    assert.match(stderr, /no respondent is left: age < 10 \(condition 2 of 3\) is true for none of the \d+/)
  })

  test('--print-recipe holds the selection, and --recipe takes it back', async () => {
    const flags = ['--where', 'age > 80', '--demographics', 'continent', '--tables', 'records']
    const recipe = survey.write('recipe.json', await succeed('build', '--print-recipe', ...flags))
    const [first, second] = [await build(...flags), await build('--recipe', recipe)]
    assert.deepEqual(await idsOf(first.respondents), await idsOf(second.respondents))
  })
})
