import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Manifest } from '#src/pipelines/manifest.js'
import type { Preview } from '#src/pipelines/preview.js'
import { CutSurvey, succeed } from './cut-survey.js'

interface DefinedVariable {
  id: string
  name?: string
  kind: string
  category?: string
  scale?: { min: number; max: number }
  recodes?: Record<string, number | null>
  labels?: Record<string, string>
  mendedLabels?: Record<string, string>
}

const definitions = new URL('../../src/definitions/', import.meta.url)
const { variables }: { variables: DefinedVariable[] } = JSON.parse(
  readFileSync(new URL('wave7/wave.json', definitions), 'utf8'),
)
const questions = variables.filter(({ kind }) => kind === 'value')

/** Threads take longer to start than they have work here. */
const oneThread = ['--threads', '1']

/** Codes and labels, those that the codebook forgot too. */
function labelsOf(name: string): [code: string, label: string][] {
  const { labels = {}, mendedLabels = {} } = defined(name)
  return [...Object.entries(labels), ...Object.entries(mendedLabels)]
}

function defined(name: string): DefinedVariable {
  const found = variables.find((variable) => variable.name === name || variable.id === name)
  assert.ok(found, name)
  return found
}

/** What a question's cell says in SQL: its code after the recodes, where that is on the scale; else NULL. */
function answerSql({ id, recodes = {}, scale }: DefinedVariable): string {
  const cases = Object.entries(recodes).map(([code, target]) => `when ${code} then ${target}`)
  const code = cases.length === 0 ? id : `case ${id} ${cases.join(' ')} else ${id} end`
  return `(case when ${code} between ${scale?.min} and ${scale?.max} then ${code} end)`
}

interface DerivedTable {
  name: string
  from?: string
  groups?: Record<string, (string | number)[]>
  bins?: { label: string; from?: number; to?: number }[]
}

/** The group of a derived variable in SQL, from its table and the codebook's labels. */
function groupSql(name: string): string {
  const table: DerivedTable = JSON.parse(readFileSync(new URL(`tables/${name}.json`, definitions), 'utf8'))
  if (table.from === undefined) return `'7'`
  const { id } = defined(table.from)
  const codes = new Map(labelsOf(table.from).map(([code, label]) => [label, code]))
  const members = Object.entries(table.groups ?? {}).map(([group, list]) => {
    const known = list.map((member) => (typeof member === 'number' ? member : codes.get(member))).filter(Boolean)
    return `when ${id} in (${[...known, list.includes(0) ? 0 : -9999].join(', ')}) then '${group}'`
  })
  const bins = (table.bins ?? []).map(
    ({ label, from = 0, to = 9999 }) => `when ${id} between ${from} and ${to} then '${label}'`,
  )
  return `(case ${[...members, ...bins].join(' ')} end)`
}

suite('every flag that selects, against SQL on the raw file', () => {
  let survey: CutSurvey
  before(async () => {
    survey = await CutSurvey.make(1500)
  })
  after(() => survey.close())

  async function preview(...flags: string[]): Promise<Preview> {
    return JSON.parse(await succeed('preview', survey.file, '--json', ...oneThread, ...flags))
  }

  async function build(...flags: string[]): Promise<{ rows: string; manifest: Manifest }> {
    const out = survey.path()
    await succeed(
      'build',
      survey.file,
      '--out',
      out,
      '--quiet',
      ...(flags.includes('--threads') ? [] : oneThread),
      ...flags,
    )
    return { rows: `'${join(out, '*', '*.parquet')}'`, manifest: manifestOf(out) }
  }

  function manifestOf(out: string): Manifest {
    return JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
  }

  // Joined by &&, so that one command checks them all: the counts that each of them leaves are printed.
  const conditions: [string, string][] = [
    ['B_COUNTRY != 76', 'B_COUNTRY <> 76'],
    ['!(country in ["Japan", 410])', 'B_COUNTRY not in (392, 410)'],
    ['!(missing(income) && age > 30)', 'not (Q288 < 1 and case when Q262 >= 0 then Q262 end > 30)'],
    ['age * 2 + children > 50', 'Q262 >= 0 and Q274 >= 0 and Q262 * 2 + Q274 > 50'],
    ['-age < -28', 'Q262 > 28'],
    ['!(education in [0, "Primary education (ISCED 1)"])', 'Q275 >= 2'],
    ['Q260 == 2 || Q57 == "Most people can be trusted"', 'Q260 = 2 or Q57 = 1'],
    ['continent != "Africa" && settlement_size != "Under 5,000"', 'not africa and G_TOWNSIZE >= 3'],
    ['matches(Q1, "very*") || matches(Q1, "*RATHER*")', 'Q1 in (1, 2)'],
    ['10 <= household_size * 5 - 5', 'Q270 >= 3'],
  ]

  test('--where: names and ids, labels and codes, lists, arithmetic, functions, missing values', async () => {
    const { selection } = await preview('--where', conditions.map(([where]) => `(${where})`).join(' && '))
    const africa = `${groupSql('continent')} is not distinct from 'Africa'`
    let left = 'true'
    const expected: number[] = []
    for (const [, sql] of conditions) {
      left += ` and coalesce(${sql.replace('africa', africa)}, false)`
      const [{ n }] = await survey.sql(`select count(*)::int n from raw where ${left}`)
      expected.push(Number(n))
    }
    const counts = selection?.conditions.map(({ respondents }) => respondents) ?? []
    // A condition in brackets that holds && is two of those that are joined.
    assert.deepEqual([...counts.slice(0, 7), ...counts.slice(8)], expected)
    assert.ok(
      expected.every((count, index) => count < (expected[index - 1] ?? 1500)),
      expected.join(' '),
    )
    assert.ok(expected[expected.length - 1] > 50)
  })

  test('--demographics: every derived one, ids, globs and categories, each respondent as in the raw file', async () => {
    const derived =
      'continent continent_reference un_region cultural_zone education_level education_level_reference age_band generation income_group settlement_size wave'.split(
        ' ',
      )
    const chosen = ['Q260', 'urban_*', ...derived].join(',')
    const { rows } = await build('--tables', 'records', '--questions', 'Q1', '--demographics', chosen)
    const columns = await survey.column(`select column_name from (describe select * from ${rows})`)
    assert.deepEqual(columns.slice(2, -1), ['urban_rural', 'sex', ...derived])
    const differing = derived.map((name) => `count(*) filter (${name} is distinct from ${groupSql(name)})::int ${name}`)
    const [found] = await survey.sql(`
      select count(*)::int respondents, ${differing.join(', ')},
        count(*) filter (sex <> case Q260 when 1 then 'Male' else 'Female' end)::int sex
      from ${rows} join raw on respondent_id = D_INTERVIEW::varchar`)
    const { respondents, ...wrong } = found
    assert.ok(Number(respondents) > 1400)
    assert.deepEqual(Object.values(wrong), Array(derived.length + 1).fill(0), JSON.stringify(wrong))
    const groups = await survey.sql(
      `select ${derived.map((name) => `count(distinct ${name})::int ${name}`)} from ${rows}`,
    )
    const sizes = [6, 6, 14, 8, 4, 4, 6, 5, 3, 4, 1]
    // Not every region or zone has respondents in a small file.
    for (const [index, name] of derived.entries()) assert.ok(Number(groups[0][name]) >= sizes[index] - 1, name)
  })

  test('--questions: ids, categories, globs, ranges, and all of these left out again', async () => {
    const list = 'Religious Values,Q1*,Q240,Q46..Q56,!Q10..Q12,!Q16*,!Q50'
    const { rows } = await build('--tables', 'examples', '--demographics', 'none', '--questions', list)
    const places = (first: string, last: string) => {
      const ids = questions.map(({ id }) => id)
      return ids.slice(ids.indexOf(first), ids.indexOf(last) + 1)
    }
    const isChosen = ({ id, category }: DefinedVariable) =>
      (category === 'Religious Values' || id.startsWith('Q1') || id === 'Q240' || places('Q46', 'Q56').includes(id)) &&
      !places('Q10', 'Q12').includes(id) &&
      !id.startsWith('Q16') &&
      id !== 'Q50'
    const chosen = questions.filter(isChosen)
    const sums = chosen.map(
      (question) => `select '${question.id}' question, count(${answerSql(question)}) n,
      sum(${answerSql(question)}) total from raw`,
    )
    const [found] = await survey.sql(`
      with written as (select question, count(*) n, sum(answer) total from ${rows} group by 1), expected as (${sums.join(' union all ')})
      select count(*)::int questions, count(*) filter (written.n = expected.n and written.total = expected.total)::int same
      from written full join expected using (question)`)
    assert.deepEqual(found, { questions: chosen.length, same: chosen.length })
    assert.ok(chosen.some(({ recodes }) => recodes !== undefined))
    // By respondent, as by default: all answers of one are in one split.
    const [split] = await survey.sql(`
      with placed as (select distinct respondent_id, regexp_extract(filename, '(train|valid|test)-', 1) split
        from read_parquet(${rows}, filename = true))
      select count(*)::int = count(distinct respondent_id) whole, count(*) filter (split = 'train') / count(*) train from placed`)
    assert.equal(split.whole, true)
    assert.ok(Math.abs(Number(split.train) - 0.7) < 0.05, String(split.train))
  })

  test('--derive: a table and bins, and the codes that they leave out, with how many have them', async () => {
    const table = survey.write('blocs.csv', 'B_COUNTRY,bloc,sea\nJapan,East,yes\n410,East,\n76,West,yes\n')
    const bins = survey.write('bins.json', '')
    const { writeFileSync } = await import('node:fs')
    writeFileSync(
      `${bins}.json`,
      JSON.stringify([
        {
          name: 'steps',
          label: 'Steps',
          from: 'income',
          bins: [
            { label: 'low', to: 4 },
            { label: 'high', from: 6 },
          ],
        },
        { name: 'kind', label: 'Kind', from: 'Q275', groups: { school: [1, 'Lower secondary education (ISCED 2)'] } },
      ]),
    )
    const flags = ['--derive', table, '--derive', `${bins}.json`, '--demographics', 'bloc,sea,steps,kind']
    const { rows, manifest } = await build(...flags, '--tables', 'records', '--questions', 'Q1')
    const differing = await survey.sql(`
      select count(*) filter (bloc is distinct from case when B_COUNTRY in (392, 410) then 'East' when B_COUNTRY = 76 then 'West' end)::int bloc,
        count(*) filter (sea is distinct from case when B_COUNTRY in (392, 76) then 'yes' end)::int sea,
        count(*) filter (steps is distinct from case when Q288 between 1 and 4 then 'low' when Q288 >= 6 then 'high' end)::int steps,
        count(*) filter (kind is distinct from case when Q275 in (1, 2) then 'school' end)::int kind
      from ${rows} join raw on respondent_id = D_INTERVIEW::varchar`)
    assert.deepEqual(differing, [{ bloc: 0, sea: 0, steps: 0, kind: 0 }])
    const left = await survey.sql(`
      select 'bloc' derived, B_COUNTRY::int code, count(*)::int respondents from raw where B_COUNTRY not in (392, 410, 76) group by 2
      union all select 'sea', B_COUNTRY::int, count(*)::int from raw where B_COUNTRY not in (392, 76) group by 2
      union all select 'steps', Q288::int, count(*)::int from raw where Q288 = 5 group by 2
      union all select 'kind', Q275::int, count(*)::int from raw where Q275 >= 0 and Q275 not in (1, 2) group by 2
      order by 1, 2`)
    const reported = manifest.counts.ungrouped.toSorted((one, other) =>
      one.derived < other.derived ? -1 : one.derived > other.derived ? 1 : one.code - other.code,
    )
    assert.deepEqual(reported, left)
  })

  test('a draw is among the candidates, the same on 1 and 4 threads, another with another seed', async () => {
    const draws = [
      ['--per-cell', '6', '--cells', 'continent,sex'],
      ['--balance', 'continent', '--weighted'],
      ['--sample', '20%', '--weighted'],
    ]
    for (const flags of draws) {
      const plain = [
        '--tables',
        'records',
        '--questions',
        'Q1',
        '--demographics',
        'none',
        '--where',
        'age < 60',
        ...flags,
      ]
      const [one, four, other] = [
        await build(...plain, '--threads', '1'),
        await build(...plain, '--threads', '4'),
        await build(...plain, '--seed', '5'),
      ]
      const difference = (left: string, right: string) => `
        (select count(*)::int from (select respondent_id from ${left} except select respondent_id from ${right}))`
      const [found] = await survey.sql(`
        select ${difference(one.rows, four.rows)} threads, ${difference(one.rows, other.rows)} seeds,
          (select count(*)::int from ${one.rows}) n, (select count(*)::int from ${four.rows}) again,
          (select count(*)::int from ${other.rows}) another,
          (select count(*)::int from ${one.rows} where regexp_extract(respondent_id, '^\\d+') not in
            (select D_INTERVIEW::varchar from raw where Q262 between 0 and 59)) outsiders,
          (select count(*)::int from raw where Q262 between 0 and 59) candidates`)
      assert.equal(found.threads, 0)
      assert.ok(Number(found.seeds) > Number(found.n) / 20, `${flags}: ${found.seeds} of ${found.n} are others`)
      assert.deepEqual([found.again, found.another, found.outsiders], [found.n, found.n, 0])
      if (flags.includes('20%')) assert.equal(found.n, Math.round(Number(found.candidates) * 0.2))
    }
  })

  test('--weighted: a small draw takes people in proportion to their weights', async () => {
    const seeds = ['1', '2', '3', '4']
    const drawn: string[] = []
    for (const seed of seeds) {
      const flags = ['--sample', '150', '--weighted', '--seed', seed, '--demographics', 'none', '--questions', 'Q1']
      drawn.push(`select weight from ${(await build('--tables', 'records', ...flags)).rows}`)
    }
    const [found] = await survey.sql(`
      with drawn as (${drawn.join(' union all ')}), middle as (select quantile_cont(W_WEIGHT, 0.5) w from raw)
      select count(*)::int n, avg((weight > w)::int) heavy,
        (select sum(W_WEIGHT) filter (W_WEIGHT > w) / sum(W_WEIGHT) from raw, middle) expected,
        (select avg((W_WEIGHT > w)::int) from raw, middle) even, avg(1 / weight) inverse,
        (select count(*) / sum(W_WEIGHT) from raw) expected_inverse from drawn, middle`)
    assert.equal(found.n, 600)
    // 600 draws: a standard deviation is 0.018. Without weights the share of the heavy would be 0.5.
    const [heavy, expected, even] = [Number(found.heavy), Number(found.expected), Number(found.even)]
    assert.ok(expected - even > 0.08, `${expected} ${even}`)
    assert.ok(Math.abs(heavy - expected) < 0.04, `${heavy} against ${expected}`)
    // The mean of 1 / w over such a draw estimates N / sum(w).
    assert.ok(Math.abs(Number(found.inverse) / Number(found.expected_inverse) - 1) < 0.1, JSON.stringify(found))
  })

  test('rows that are rejected are not drawn in place of others', async () => {
    const lines = readFileSync(survey.file, 'utf8').split('\n')
    const ragged = survey.write(
      'ragged.csv',
      lines.map((line, row) => (row > 0 && row % 2 === 0 && line !== '' ? `${line},9` : line)).join('\n'),
    )
    const out = survey.path()
    const flags = ['--sample', '600', '--on-invalid', 'reject', '--tables', 'records', '--questions', 'Q1']
    await succeed('build', ragged, '--out', out, '--quiet', ...flags)
    const [written] = await survey.sql(`select count(*)::int n from '${join(out, 'records', '*.parquet')}'`)
    assert.equal(written.n, 600)
    assert.equal(manifestOf(out).counts.selection?.selected, 600)
  })

  test('the same flags mean the same to every command, and so does a recipe that holds them', async () => {
    const table = survey.write('blocs.csv', 'country,bloc\nJapan,East\n410,East\nBrazil,West\nUnited States,West\n')
    const flags = ['--where', '!missing(bloc) && age >= 25', '--derive', table, '--questions', 'Q1,Q57', '--seed', '3']
    const drawn = [...flags, '--balance', 'bloc', '--weighted', '--split-by', 'country']
    const shown = ['--demographics', 'bloc,country,sex']
    const recipe = survey.write('recipe.json', await succeed('build', '--print-recipe', ...drawn, ...shown))
    const own: Record<string, string[]> = {
      build: ['--tables', 'records'],
      export: ['--format', 'fields'],
      probe: ['--cells', 'sex', '--from', 'all', '--per-cell', '3'],
      distributions: ['--by', 'bloc'],
    }
    const folders: Record<string, string> = {}
    for (const [command, more] of Object.entries(own)) {
      const [byFlags, byRecipe] = [survey.path(), survey.path()]
      await succeed(command, survey.file, '--out', byFlags, '--quiet', ...oneThread, ...more, ...drawn, ...shown)
      await succeed(command, survey.file, '--out', byRecipe, '--quiet', ...oneThread, ...more, '--recipe', recipe)
      assert.deepEqual(manifestOf(byFlags).files, manifestOf(byRecipe).files, command)
      folders[command] = byFlags
    }
    const counted = await preview(...drawn, ...shown)
    assert.deepEqual(await preview('--recipe', recipe), { ...counted, cells: [], emptyCells: [], thinCells: 0 })
    const [expected] = await survey.sql(`
      select count(*)::int candidates, 2 * min(n)::int drawn from (
        select count(*) n from raw where Q262 >= 25 and B_COUNTRY in (392, 410, 76, 840)
        group by B_COUNTRY in (392, 410))`)
    const [candidates] = await survey.sql(
      'select count(*)::int n from raw where Q262 >= 25 and B_COUNTRY in (392, 410, 76, 840)',
    )
    for (const counts of Object.values(folders).map((folder) => manifestOf(folder).counts)) {
      assert.equal(counts.selection?.conditions.at(-1)?.respondents, candidates.n)
      assert.equal(counts.selection?.selected, expected.drawn)
    }
    assert.equal(counted.respondents, expected.drawn)
    const files = {
      records: `'${join(folders.build, 'records', '*.parquet')}'`,
      lines: `'${join(folders.export, 'examples', '*.jsonl')}'`,
      samples: `'${join(folders.probe, 'samples.parquet')}'`,
      summary: `'${join(folders.distributions, 'summary.parquet')}'`,
    }
    const [found] = await survey.sql(`
      with people as (select respondent_id, regexp_extract(filename, '(train|valid|test)-', 1) split, country, Q1, bloc
        from read_parquet(${files.records}, filename = true)), exported as (
        select respondent_id, regexp_extract(filename, '(train|valid|test)-', 1) split from read_json(${files.lines}, filename = true))
      select (select count(*)::int from people) people,
        (select count(*)::int from exported join people using (respondent_id) where people.split <> exported.split) moved,
        (select count(*)::int from (select respondent_id from exported except select respondent_id from people)) strangers,
        (select count(*)::int from (select respondent_id from ${files.samples} except select respondent_id from people)) probed,
        (select count(*)::int from (select country from people group by 1 having count(distinct split) > 1)) torn,
        (select count(*)::int from (select bloc, count(Q1) n from people group by 1) own
          join (select * from ${files.summary} where question = 'Q1') s using (bloc) where s.n = own.n) blocs`)
    assert.deepEqual(found, { people: expected.drawn, moved: 0, strangers: 0, probed: 0, torn: 0, blocs: 2 })
  })

  test('preview counts cells, thin and empty ones, and what is missing', async () => {
    const flags = ['--cells', 'country,age_band', '--thin', '4', '--questions', 'Q57,Q76,Q111,Q221']
    const counted = await preview(...flags, '--where', 'sex == "Female"')
    const asked = ['Q57', 'Q76', 'Q111', 'Q221'].map(defined)
    const answered = asked.map((question) => `(${answerSql(question)} is not null)::int`).join(' + ')
    const cells = await survey.sql(`
      select B_COUNTRY::int code, ${groupSql('age_band')} age_band, count(*)::int respondents, sum(${answered})::int examples
      from raw where Q260 = 2 group by 1, 2 order by 1, 2`)
    const labels = new Map(labelsOf('country').map(([code, label]) => [label, Number(code)]))
    const found = counted.cells.map(({ groups, respondents, examples }) => {
      const code = labels.get(groups.country ?? '') ?? Number(groups.country)
      return { code, age_band: groups.age_band, respondents, examples }
    })
    const key = ({ code, age_band }: Record<string, unknown>) => `${String(code).padStart(4)} ${age_band}`
    const sorted = (list: Record<string, unknown>[]) => list.toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
    assert.deepEqual(sorted(found), sorted(cells))
    assert.equal(counted.thinCells, cells.filter(({ respondents }) => Number(respondents) < 4).length)
    const present = cells.filter(({ age_band }) => age_band !== null)
    const distinct = (name: string) => new Set(present.map((cell) => cell[name])).size
    assert.equal(counted.emptyCells.length, distinct('code') * distinct('age_band') - present.length)
    assert.ok(counted.emptyCells.length > 0)
    for (const question of asked) {
      const [expected] = await survey.sql(`
        select count(${answerSql(question)})::int answers, count(*) filter (${question.id} = -1)::int dk,
          count(*) filter (${question.id} = -4)::int asked, count(*)::int - count(${answerSql(question)})::int missing
        from raw where Q260 = 2`)
      const own = counted.questions.find(({ id }) => id === question.id)
      assert.ok(own)
      const { answers, missing, reasons } = own
      assert.deepEqual({ answers, dk: reasons['dont-know'] ?? 0, asked: reasons['not-asked'] ?? 0, missing }, expected)
    }
  })
})
