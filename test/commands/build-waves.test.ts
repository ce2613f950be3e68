import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import type { Variable } from '#src/definitions/schema.js'
import type { WavesManifest } from '#src/pipelines/waves-manifest.js'
import { importance, smallDefinition } from '../definitions/small-definition.js'
import { plainExamples, type WaveFile, waveFile, waveFileText } from '../oracle/wave-file.js'
import { CutSurvey, run, succeed } from './cut-survey.js'
import { hashesUnder } from './wvs.js'

const apart = { A009: { '5': 'A009_W6_W5', '6': 'A009_W6_W5', '7': 'A009_W7' } }

function idOf(wave: string): (variable: Variable) => string {
  return ({ id, harmonised }) => {
    if (harmonised === undefined) return `W${wave}_${id}`
    return harmonised === 'A009' ? apart.A009[wave as '5' | '6' | '7'] : harmonised
  }
}

suite('wvs build of several waves', () => {
  /** `survey.file` is one of wave 7. */
  let survey: CutSurvey
  let waves: { file: string; made: WaveFile }[]
  let all: string
  let manifest: WavesManifest

  before(async () => {
    survey = await CutSurvey.make(260)
    waves = [waveFile('5', 2005, 150, 5), waveFile('6', 2010, 220, 6)].map((made) => ({
      made,
      file: survey.write(`wave${made.definition.definition.wave}.csv`, waveFileText(made)),
    }))
    all = await build(waves[1].file, survey.file, waves[0].file)
    manifest = JSON.parse(readFileSync(join(all, 'manifest.json'), 'utf8'))
  })
  after(() => survey.close())

  async function build(...args: string[]): Promise<string> {
    const out = survey.path()
    await succeed('build', ...args, '--out', out, '--quiet')
    return out
  }

  const examples = (out: string) => `'${join(out, 'examples', '*.parquet')}'`
  const records = (out: string) => `'${join(out, 'records', '*.parquet')}'`

  test('every example is what csv-parse and plain loops make of the files', async () => {
    const expected = waves.flatMap(({ file, made: { definition } }) =>
      plainExamples(readFileSync(file, 'utf8'), definition, idOf(definition.definition.wave)),
    )
    const json = survey.write('expected.jsonl', expected.map((example) => JSON.stringify(example)).join('\n'))
    const columns = 'respondent_id, question, answer, wave, year, country, sex, age'
    const [found] = await survey.sql(`
      with found as (select ${columns} from ${examples(all)} where wave < 7),
        expected as (select ${columns} from read_json('${json}', columns = {respondent_id: 'varchar', question: 'varchar',
          answer: 'int', wave: 'int', year: 'int', country: 'varchar', sex: 'varchar', age: 'int'}))
      select (select count(*)::int from found) found, (select count(*)::int from (from found except all from expected)) more,
        (select count(*)::int from (from expected except all from found)) less`)
    assert.deepEqual(found, { found: expected.length, more: 0, less: 0 })
    assert.ok(expected.length > 50_000)
  })

  test('is the concatenation of the builds of each file, under the ids of questions.json', async () => {
    const questions: { id: string; waves: { wave: string; variable: string }[] }[] = JSON.parse(
      readFileSync(join(all, 'questions.json'), 'utf8'),
    )
    const who = [
      'weight',
      'country',
      'sex',
      'age',
      'birth_year',
      'marital_status',
      'employment',
      'social_class',
      'income',
    ]
    for (const [wave, file] of [
      ['6', waves[1].file],
      ['7', survey.file],
    ]) {
      const names = questions.flatMap(({ id, waves: members }) =>
        members.filter((member) => member.wave === wave).map(({ variable }) => ({ id, variable })),
      )
      const map = survey.write('ids.json', JSON.stringify(names))
      const one = await build(file)
      // Wave 6 says some of the categories of employment in fewer words.
      const columns = who.filter((name) => wave === '7' || name !== 'employment').join(', ')
      const [found] = await survey.sql(`
        with found as (select respondent_id, question, answer, ${columns} from ${examples(all)} where wave = ${wave}),
          own as (select 'w${wave}-' || respondent_id respondent_id, id question, answer, ${columns}
            from ${examples(one)} join read_json('${map}') on question = variable)
        select (select count(*)::int from found) > 10000 enough, (select count(*)::int from (from found except all from own)) more,
          (select count(*)::int from (from own except all from found)) less,
          (select count(*)::int from ${examples(one)}) - (select count(*)::int from own) lost`)
      assert.deepEqual(found, { enough: true, more: 0, less: 0, lost: 0 }, wave)
    }
  })

  test('respondents come in the order of the files, each with an id of its own', async () => {
    const found = await survey.column(`
      select respondent_id from read_parquet(${records(all)}, filename = true) where filename like '%train%'`)
    const order = found.map((id) => id.slice(0, 2))
    assert.deepEqual([...new Set(order)], ['w6', 'w7', 'w5'])
    assert.deepEqual(
      order,
      [...order].sort((left, right) => 'w6w7w5'.indexOf(left) - 'w6w7w5'.indexOf(right)),
    )
    const [ids] = await survey.sql(`
      select count(*)::int respondents, count(distinct respondent_id)::int ids,
        count(*) filter (respondent_id in ('w6-1001-1', 'w6-1001-2', 'w5-1001-1'))::int repeated from ${records(all)}`)
    assert.deepEqual(ids, { respondents: 630, ids: 630, repeated: 3 })
  })

  test('the manifest counts each file and all, and accounts for every cell', () => {
    const { inputs, counts, harmonised } = manifest
    assert.deepEqual(
      inputs.map(({ wave, idPrefix, counts: own }) => [wave, idPrefix, own.respondents]),
      [
        ['6', 'w6-', 220],
        ['7', 'w7-', 260],
        ['5', 'w5-', 150],
      ],
    )
    const sum = (value: (own: (typeof inputs)[number]) => number) =>
      inputs.reduce((total, own) => total + value(own), 0)
    assert.equal(
      counts.examples,
      sum((own) => own.counts.examples),
    )
    assert.equal(counts.respondents, 630)
    const missing = Object.values(counts.missing).flatMap((reasons) => Object.values(reasons))
    const cells = sum(({ wave, counts: own, absentQuestions }) => {
      const asked = harmonised.variables.filter(
        ({ id, kind, members }) =>
          kind === 'value' && members.some((member) => member.wave === wave) && !absentQuestions.includes(id),
      )
      return own.respondents * asked.length
    })
    assert.equal(cells, counts.examples + missing.reduce((total, count) => total + count, 0))
    assert.deepEqual(harmonised.apart, [
      {
        harmonised: 'A009',
        ids: ['A009_W7', 'A009_W6_W5'],
        reasons: ['wave 6, V11: the scale goes from 1 to 4, not from 1 to 5'],
      },
    ])
    const counted = counts.invalid.reduce((total, { count }) => total + count, 0)
    assert.equal(
      counted,
      sum((own) => own.counts.invalid.reduce((total, { count }) => total + count, 0)),
    )
    assert.equal(counts.invalid[0].firstFile !== undefined, true)
  })

  test('the card says who came from where, which wave asked what, and what is not one question', () => {
    const card = readFileSync(join(all, 'README.md'), 'utf8')
    assert.match(card, /World Values Survey, waves 5, 6 and 7/)
    assert.match(card, /\| `A001` \| V4 \| Q1 \| V4 \|/)
    assert.match(card, /`A009` is not one: `A009_W7`, `A009_W6_W5`/)
    assert.match(card, /\| `[^`]*wave6\.csv[^`]*` \| 6 \| 220 \| /)
  })

  test('selections hold over all files, by harmonised ids, friendly names and ids that only one wave has', async () => {
    const where = 'wave >= 6 && sex == "Female" && A165 == 1'
    const out = await build(
      waves[1].file,
      survey.file,
      waves[0].file,
      '--where',
      where,
      '--questions',
      'Q57,A001..A003',
      '--demographics',
      'wave,sex,continent',
    )
    const [found] = await survey.sql(`
      select count(*)::int respondents, count(*) filter (wave = 6)::int six from ${records(out)}`)
    const [expected] = await survey.sql(`
      select (select count(*)::int from raw where Q260 = 2 and Q57 = 1) seven,
        (select count(*)::int from read_csv('${waves[1].file}') where V240 = 2 and V24 = 1) six`)
    assert.deepEqual(found, { respondents: Number(expected.seven) + Number(expected.six), six: expected.six })
    const columns = await survey.column(`select column_name from (describe from ${records(out)})`)
    assert.deepEqual(columns, ['respondent_id', 'weight', 'wave', 'sex', 'continent', 'A001', 'A002', 'A003', 'A165'])
    const own = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
    assert.deepEqual(own.counts.selection.conditions.length, 3)
    assert.equal(own.counts.selection.candidates, 630)
  })

  test('categories go by their labels, whatever codes a wave gives them, in tables and in conditions', async () => {
    const [raw] = await survey.sql(`
      select (select count(*)::int from read_csv('${waves[1].file}') where V243 = 1) six,
        (select count(*)::int from raw where Q264 = 2) seven,
        (select count(*)::int from read_csv('${waves[1].file}') where V229 = 1) employed`)
    const [found] = await survey.sql(`
      select count(*) filter (wave = 6 and mother_immigrant = 'Immigrant')::int six,
        count(*) filter (wave = 7 and mother_immigrant = 'Immigrant')::int seven,
        count(*) filter (wave = 6 and employment like 'Full time%')::int employed from ${records(all)}`)
    assert.deepEqual(found, raw)
    assert.ok(Number(raw.six) > 20 && Number(raw.seven) > 10)
    const out = await build(
      waves[1].file,
      survey.file,
      '--where',
      'mother_immigrant == "Immigrant"',
      '--questions',
      'A001',
    )
    const [chosen] = await survey.sql(`
      select count(*) filter (wave = 6)::int six, count(*) filter (wave = 7)::int seven from ${records(out)}`)
    assert.deepEqual(chosen, { six: raw.six, seven: raw.seven })
  })

  test('who could be recognised is counted over all files', async () => {
    const columns = await survey.column(`select column_name from (describe from ${records(all)})`)
    const who = columns.slice(2, 2 + manifest.demographics.length).map((name) => `"${name}"`)
    const [groups] = await survey.sql(`
      select min(n)::int smallest, count(*) filter (n < 5)::int few, coalesce(sum(n) filter (n < 5), 0)::int people
      from (select count(*) n from ${records(all)} group by ${who.join(', ')})`)
    const { smallestGroup, groupsUnder5, respondentsUnder5 } = manifest.counts.privacy
    assert.deepEqual({ smallest: smallestGroup, few: groupsUnder5, people: respondentsUnder5 }, groups)
  })

  test('the time series tells the wave by respondent; a second file of a wave has ids of its own', async () => {
    const series = survey.write('series.csv', waveFileText(waveFile('timeseries', 1990, 120, 8)))
    const second = survey.write('second.csv', waveFileText(waveFile('6', 2012, 80, 9)))
    const out = await build(series, waves[1].file, second, '--questions', 'A001')
    const [found] = await survey.sql(`
      select count(*)::int respondents, count(distinct respondent_id)::int ids,
        count(*) filter (respondent_id like 'ts-%')::int series, count(*) filter (respondent_id like 'w6.2-%' and wave = 6)::int more,
        (select count(*)::int from (select wave, count(*) n from ${records(out)} where respondent_id like 'ts-%' group by wave)
          join (select S002VS wave, count(*) n from read_csv('${series}') where S002VS >= 0 group by all) using (wave, n)) alike,
        (select count(distinct S002VS)::int from read_csv('${series}') where S002VS >= 0) waves from ${records(out)}`)
    assert.deepEqual(
      { ...found, alike: found.alike === found.waves },
      { respondents: 420, ids: 420, series: 120, more: 80, alike: true, waves: found.waves },
    )
    const own: WavesManifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
    assert.match(own.notes[0], /where it holds wave 6, those respondents are in the dataset twice/)
  })

  test('a sample and a split by country are drawn from all files at once', async () => {
    const flags = ['--demographics', 'wave,country,sex', '--questions', 'A001']
    const files = [waves[0].file, waves[1].file, survey.file]
    const cells = await build(...files, ...flags, '--per-cell', '7', '--cells', 'wave,sex')
    const drawn = await survey.sql(`
      select wave, sex, count(*)::int n from ${records(cells)} where sex in ('Male', 'Female') group by all order by all`)
    assert.deepEqual(
      drawn.map(({ n }) => n),
      [7, 7, 7, 7, 7, 7],
    )
    const count = await build(...files, ...flags, '--sample', '100', '--split-by', 'country')
    const [found] = await survey.sql(`
      select count(*)::int respondents, (select count(*)::int from (select country from read_parquet(${records(count)},
        filename = true) group by country having count(distinct regexp_extract(filename, 'train|valid|test')) > 1)) torn
      from ${records(count)}`)
    assert.deepEqual(found, { respondents: 100, torn: 0 })
    const { counts } = JSON.parse(readFileSync(join(count, 'manifest.json'), 'utf8'))
    assert.equal(counts.draw.drawn, 100)
  })

  test('the same bytes for any number of threads', async () => {
    const files = [waves[1].file, waves[0].file]
    const flags = ['--sample', '200', '--format', 'parquet,jsonl']
    const [one, four] = [
      await build(...files, ...flags, '--threads', '1'),
      await build(...files, ...flags, '--threads', '4'),
    ]
    assert.deepEqual(hashesUnder(one), hashesUnder(four))
  })

  test('rejects say the file, and a message names the column as it is called there', async () => {
    const files = [waves[0].file, waves[1].file, '--questions', 'A001', '--demographics', 'none']
    const out = await build(...files, '--on-invalid', 'reject')
    const lines = readFileSync(join(out, 'rejects.jsonl'), 'utf8').trimEnd().split('\n')
    const rejects: { file: string; variable: string; value: string; respondent: string }[] = lines.map((line) =>
      JSON.parse(line),
    )
    const [expected] = await survey.sql(`
      select (select count(*)::int from read_csv('${waves[0].file}') where V4 = 77) five, (select count(*)::int from read_csv('${waves[1].file}') where V4 = 77) six`)
    const of = (wave: string) =>
      rejects.filter(({ file, respondent }) => file.includes(`wave${wave}`) && respondent.startsWith(`w${wave}-`))
    assert.deepEqual({ five: of('5').length, six: of('6').length }, expected)
    const { code, stderr } = await run('build', ...files, '--out', survey.path(), '--on-invalid', 'fail')
    assert.equal(code, 1)
    assert.match(stderr, /wave[56]\.csv.*V4/)
  })

  test('what can not be done with several files is said in one line', async () => {
    const copy = survey.write('copy.csv', readFileSync(survey.file, 'utf8'))
    const faults: [string[], number, RegExp][] = [
      [[survey.file, copy], 2, /the same bytes as survey\.csv/],
      [
        [waves[0].file, survey.file, '--recipe', 'worldvaluesbench'],
        2,
        /the recipe worldvaluesbench is that of a benchmark made from one file/,
      ],
      [[waves[0].file, survey.file, '--split', 'shuffle'], 2, /--split shuffle/],
      [[waves[0].file, survey.file, '--wave', '5'], 1, /survey\.csv.*this is a file of wave 7/],
      [
        [waves[0].file, survey.file, '--wave', '5', '--wave', '7', '--wave', '6'],
        2,
        /--wave was given 3 times for 2 files/,
      ],
      [[waves[0].file, waves[1].file, '--where', 'urban_rural == "Urban"'], 2, /"urban_rural" is no variable/],
      [[waves[0].file, survey.file, '--where', 'V240 == 1'], 2, /"V240" is no variable/],
      [[waves[0].file, survey.file, '--where', 'age > 300'], 1, /no respondent is left/],
      [[waves[0].file, survey.file, '--sample', '5000'], 1, /only 410 respondents are left to draw from/],
    ]
    for (const [args, expected, message] of faults) {
      const { code, stderr } = await run('build', ...args, '--out', survey.path(), '--quiet')
      assert.match(stderr, message)
      assert.equal(code, expected, stderr)
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr)
    }
  })

  test('a scale that runs the other way is turned round, answer by answer, and shares are those of the raw codes', async () => {
    const { definitions, files } = await turnedWaves(survey)
    const out = await build(...files, '--definition', definitions[0], '--definition', definitions[1])
    const found = await survey.sql(`
      select wave, answer, count(*)::int n from ${examples(out)} where question = 'A001' group by all order by all`)
    const expected = await survey.sql(`
      select 8 as wave, (5 - T1)::int as answer, count(*)::int n from read_csv('${files[0]}') where T1 between 1 and 4 group by all
      union all select 9, Q1::int, count(*)::int from read_csv('${files[1]}') where Q1 between 1 and 4 group by all order by all`)
    assert.deepEqual(found, expected)
    const own: WavesManifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))
    const joined = own.harmonised.variables.find(({ id }) => id === 'A001')
    assert.equal(joined?.members.find(({ wave }) => wave === '8')?.scale, 'reversed')
    assert.match(readFileSync(join(out, 'README.md'), 'utf8'), /`A001`: the scale of wave 8 \(`T1`\) was reversed/)
  })
})

/** Two made-up waves of which one asks on the scale of the other turned round. */
async function turnedWaves(survey: CutSurvey): Promise<{ definitions: string[]; files: string[] }> {
  const turned: Variable = {
    ...importance,
    id: 'T1',
    scale: { min: 1, max: 4, minLabel: 'Not at all important', maxLabel: 'Very important' },
    labels: { '1': 'Not at all important', '2': 'Not very important', '3': 'Rather important', '4': 'Very important' },
  }
  const definitions = ['8', '9'].map((wave) => {
    const definition = smallDefinition((small) => {
      small.wave = wave
      if (wave === '8') small.variables = small.variables.map((variable) => (variable.id === 'Q1' ? turned : variable))
    })
    return survey.write(`wave${wave}.json`, JSON.stringify(definition))
  })
  const files = ['T1', 'Q1'].map((question, at) => {
    const path = survey.path('turned')
    const rows = Array.from({ length: 90 }, (_, row) =>
      [
        'small',
        row + 1,
        row % 2 === 0 ? 8 : 20,
        2030 + at,
        1.5,
        1,
        ((row * (at + 3)) % 5) + (row % 7 === 0 ? -2 : 0),
      ].join(','),
    )
    writeFileSync(path, `VERSION,ID,COUNTRY,YEAR,WEIGHT,LATITUDE,${question}\n${rows.join('\n')}\n`)
    return path
  })
  return { definitions, files }
}
