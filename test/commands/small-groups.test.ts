import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { CutSurvey, succeed } from './cut-survey.js'

suite('the smallest group of respondents alike in all chosen demographics', () => {
  let survey: CutSurvey
  before(async () => {
    survey = await CutSurvey.make(1500)
  })
  after(() => survey.close())

  /** What SQL's GROUP BY finds on the raw file; `columns` give NULL where a value is missing. */
  async function expected(columns: string[], where = 'true'): Promise<Record<string, unknown>> {
    const [found] = await survey.sql(`
      select ${columns.length} demographics, sum(n)::int respondents, min(n)::int "smallestGroup",
        count(*) filter (n < 5)::int "groupsUnder5", coalesce(sum(n) filter (n < 5), 0)::int "respondentsUnder5"
      from (select count(*) n from raw where ${where} group by ${columns.join(', ')})`)
    return found
  }

  const value = (column: string) => `case when ${column} >= 0 then ${column} end`
  const cuts: { name: string; flags: string[]; columns: string[]; where?: string }[] = [
    {
      name: 'numbers and labels',
      flags: ['--demographics', 'country,sex,age'],
      columns: ['B_COUNTRY', 'Q260', 'Q262'],
    },
    {
      name: 'of those who are selected, missing values a group of their own',
      flags: ['--demographics', 'education,children,income', '--where', 'sex == "Female"', '--threads', '3'],
      columns: ['Q275', 'Q274', 'Q288'].map(value),
      where: 'Q260 = 2',
    },
    {
      name: 'derived ones',
      flags: ['--demographics', 'income_group,sex'],
      columns: ['case when Q288 < 1 then null when Q288 <= 3 then 1 when Q288 <= 7 then 2 else 3 end', 'Q260'],
    },
    { name: 'none that is small', flags: ['--demographics', 'sex'], columns: ['Q260'] },
  ]
  for (const { name, flags: chosen, columns, where } of cuts) {
    // Threads take longer to start than they have work here.
    const flags = chosen.includes('--threads') ? chosen : [...chosen, '--threads', '1']
    test(`${name}: preview, build, export and their cards say what GROUP BY finds`, async () => {
      const groups = await expected(columns, where)
      const preview = JSON.parse(await succeed('preview', survey.file, '--json', ...flags))
      assert.deepEqual(preview.privacy, groups)
      const lines = (await succeed('preview', survey.file, ...flags)).split('\n')
      const said = lines.find((line) => line.startsWith('Privacy'))?.slice('Privacy  '.length) ?? ''
      assert.equal(
        /^people could be recognised: .* has \d+; .* with fewer than 4 others$/.test(said),
        Number(groups.smallestGroup) < 5,
      )
      const [built, exported] = [survey.path(), survey.path()]
      await succeed('build', survey.file, '--out', built, '--quiet', '--questions', 'Q1', ...flags)
      await succeed(
        'export',
        survey.file,
        '--out',
        exported,
        '--quiet',
        '--questions',
        'Q1',
        '--template',
        'bare',
        ...flags,
      )
      for (const out of [built, exported]) {
        const { counts } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
        assert.deepEqual(counts.privacy, groups)
        const card = readFileSync(join(out, 'README.md'), 'utf8')
        const sentence = `${said[0].toUpperCase()}${said.slice(1)}.`
        assert.ok(card.includes(`## Who could be recognised\n\n${sentence}\n`), card)
        assert.equal(card.includes('Fewer or coarser demographics'), Number(groups.smallestGroup) < 5)
      }
    })
  }

  test('the groups of a drawn sample are those of what is written', async () => {
    const flags = [
      '--per-cell',
      '8',
      '--cells',
      'continent',
      '--demographics',
      'continent,sex',
      '--tables',
      'records',
      '--threads',
      '1',
    ]
    const out = survey.path()
    await succeed('build', survey.file, '--out', out, '--quiet', ...flags)
    const { counts } = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
    const [written] = await survey.sql(`
      select min(n)::int smallest, sum(n)::int respondents
      from (select count(*) n from '${join(out, 'records', '*.parquet')}' group by continent, sex)`)
    assert.equal(counts.privacy.smallestGroup, written.smallest)
    assert.equal(counts.privacy.respondents, written.respondents)
  })

  test('without demographics nobody is told apart', async () => {
    const out = survey.path()
    await succeed('build', survey.file, '--out', out, '--quiet', '--questions', 'Q1', '--demographics', 'none')
    assert.match(
      readFileSync(join(out, 'README.md'), 'utf8'),
      /## Who could be recognised\n\nNo demographics are written\.\n/,
    )
  })
})
