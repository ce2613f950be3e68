import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { LoadedDefinition } from '#src/definitions/loader.js'
import { loadDefinition } from '#src/definitions/loader.js'
import { SurveyError } from '#src/formats/survey-error.js'
import { builtInTemplates } from '#src/pipelines/built-in-templates.js'
import { exportSurvey, previewExport, streamSurvey } from '#src/pipelines/export.js'
import { defaultDemographics, defaultExport, type ExportOptions } from '#src/pipelines/export-options.js'
import { defaultRecipe, type Recipe } from '#src/pipelines/recipe.js'
import { synthesize } from '#src/pipelines/synth.js'
import { exportFormats } from '#src/stages/export-line.js'
import { loaded, smallDefinition } from '../definitions/small-definition.js'
import { plainExamples, plainLine } from '../export-oracle.js'

let folder: string
let survey: string
const wave7 = loadDefinition('7')

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wvs-export-'))
  survey = join(folder, 'survey.csv')
  await synthesize({ wave: '7', layout: 'cross-national', seed: 5, respondents: 25, out: survey })
})
after(() => rmSync(folder, { recursive: true }))

const interview = { name: 'interview', text: builtInTemplates.interview }
const whole: Recipe = {
  ...defaultRecipe,
  demographics: defaultDemographics,
  split: { ...defaultRecipe.split, method: 'none' },
}

/** Everything that a stream of an export brings, as one text. */
async function streamed(
  options: Partial<ExportOptions>,
  { input = survey, recipe = whole, definition = wave7, threads = 1 }: StreamSettings = {},
): Promise<string> {
  const chunks: Buffer[] = []
  const job = { input, recipe, definition, threads, export: { ...defaultExport, templates: [interview], ...options } }
  await streamSurvey(job, async (bytes) => {
    chunks.push(Buffer.from(bytes))
  })
  return Buffer.concat(chunks).toString()
}

interface StreamSettings {
  input?: string
  recipe?: Recipe
  definition?: LoadedDefinition
  threads?: number
}

/** A small survey whose labels and wordings hold all that JSON must escape, and all that it must not. */
function nastySurvey(): { input: string; definition: LoadedDefinition; recipe: Recipe } {
  const definition = loaded(
    smallDefinition((small) => {
      const country = small.variables.find(({ id }) => id === 'COUNTRY')
      const question = small.variables.find(({ id }) => id === 'Q1')
      if (country === undefined || question === undefined) throw new Error('the small definition has changed')
      country.labels = {
        '8': '"Quoted" \\ back\\slash',
        '20': 'line\nbreak\r\n\ttab \u0000 nul',
        '30': 'emoji 👩‍👩‍👧‍👦 and \u2028 separator',
        '40': 'العربية \u200f right to left',
        '50': '{{mustache}} & <b>html</b> %s $& lone \ud800 surrogate',
      }
      question.stem = 'Is "tea" – 茶 – good?\n'
    }),
  )
  const input = join(folder, 'nasty.csv')
  const rows = [8, 20, 30, 40, 50, -1].map((code, at) => `v,${at + 1},${code},2018,5,${at / 4},${(at % 4) + 1}`)
  writeFileSync(input, `VERSION,ID,COUNTRY,YEAR,LATITUDE,WEIGHT,Q1\n${rows.join('\n')}\n`)
  return { input, definition, recipe: { ...whole, demographics: ['all'] } }
}

describe('exportSurvey', () => {
  for (const format of exportFormats) {
    for (const template of format === 'chat' || format === 'alpaca' ? Object.keys(builtInTemplates) : ['interview']) {
      it(`writes ${format}${format === 'fields' ? '' : ` by ${template}`} as plain loops and Mustache do`, async () => {
        const options: ExportOptions = {
          ...defaultExport,
          format,
          templates: format === 'fields' ? [] : [{ name: template, text: builtInTemplates[template] }],
          request: format === 'openai-batch' ? { model: 'a "model"', max_tokens: 10 } : {},
        }
        const expected = plainExamples(survey, wave7, { ...options, demographics: defaultDemographics })
        const text = await streamed(options)
        assert.ok(expected.length > 3000)
        assert.equal(text, expected.map((example) => plainLine(options, example, defaultDemographics)).join(''))
      })
    }
  }

  for (const answer of ['code', 'label', 'both'] as const) {
    for (const missingDemographics of ['skip', 'say'] as const) {
      it(`gives answers as ${answer} and lets missing demographics ${missingDemographics}, as the oracle`, async () => {
        const options: ExportOptions = { ...defaultExport, templates: [interview], answer, missingDemographics }
        const expected = plainExamples(survey, wave7, { ...options, demographics: defaultDemographics })
        assert.equal(
          await streamed(options),
          expected.map((example) => plainLine(options, example, defaultDemographics)).join(''),
        )
      })
    }
  }

  it('keeps JSON valid for quotes, line breaks, emoji, right-to-left text and lone surrogates', async () => {
    const nasty = nastySurvey()
    const text =
      'Of {{#country}}{{country}}{{/country}}{{^country}}nowhere{{/country}}, weight {{weight}}, {{respondent_id}} asked' +
      ' {{question}} with {{#options}}{{number}}/{{code}}={{label}}{{^last}} | {{/last}}{{/options}}: ' +
      '{{{category}}} {{&answer_label}} {{#demographics}}{{#first}}({{/first}}{{name}}={{answer}}{{#last}}){{/last}} {{/demographics}}!'
    for (const format of exportFormats) {
      const options: ExportOptions = {
        ...defaultExport,
        format,
        templates: format === 'fields' ? [] : [{ name: 'own "template".mustache', text }],
        answer: 'both',
      }
      const demographics = ['country', 'year']
      const expected = plainExamples(nasty.input, nasty.definition, { ...options, demographics })
      assert.equal(expected.length, 6)
      const found = await streamed(options, nasty)
      assert.equal(found, expected.map((example) => plainLine(options, example, demographics)).join(''), format)
      for (const line of found.trimEnd().split('\n')) JSON.parse(line)
    }
  })

  it('writes the same bytes with 1, 2 and 5 threads, in shards and as a stream', async () => {
    const digests = new Set<string>()
    for (const threads of [1, 2, 5]) {
      const out = join(folder, `threads-${threads}`)
      const recipe = { ...whole, split: defaultRecipe.split, shardSize: 1500 }
      const manifest = await exportSurvey({
        input: survey,
        out,
        recipe,
        definition: wave7,
        threads,
        export: { ...defaultExport, templates: [interview] },
      })
      const names = readdirSync(join(out, 'examples')).sort()
      assert.deepEqual(
        manifest.files.filter(({ table }) => table === 'examples').map(({ path }) => path),
        names.map((name) => `examples/${name}`),
      )
      const hash = createHash('sha256')
      for (const name of [...names.map((shard) => `examples/${shard}`), 'manifest.json']) {
        const bytes = readFileSync(join(out, name))
        hash.update(name).update(bytes)
        const listed = manifest.files.find(({ path }) => path === name)
        if (listed === undefined) continue
        assert.equal(listed.sha256, createHash('sha256').update(bytes).digest('hex'))
        assert.equal(listed.rows, bytes.toString().split('\n').length - 1)
        assert.ok((listed.rows ?? 0) <= 1500)
      }
      digests.add(hash.digest('hex'))
    }
    assert.equal(digests.size, 1)
  })

  it('writes exactly so many shards of each split, shuffled over all of them', async () => {
    const recipe = { ...whole, split: defaultRecipe.split }
    const job = { input: survey, recipe, definition: wave7, threads: 2 }
    const digests = new Set<string>()
    for (const threads of [1, 3]) {
      const out = join(folder, `shuffled-${threads}`)
      const options: ExportOptions = { ...defaultExport, templates: [interview], shuffle: 4, shards: 7 }
      const manifest = await exportSurvey({ ...job, out, threads, export: options })
      const shards = manifest.files.filter(({ table }) => table === 'examples')
      for (const split of ['train', 'valid', 'test']) {
        const rows = shards.filter((file) => file.split === split).map((file) => file.rows ?? 0)
        assert.equal(rows.length, 7)
        assert.ok(Math.max(...rows) - Math.min(...rows) <= 1)
      }
      const lines = shards.flatMap(({ path }) => readFileSync(join(out, path), 'utf8').trimEnd().split('\n'))
      assert.deepEqual(lines.toSorted(), (await streamed({}, { recipe })).trimEnd().split('\n').toSorted())
      digests.add(shards.map(({ sha256 }) => sha256).join())
    }
    assert.equal(digests.size, 1)
    const tooMany: ExportOptions = { ...defaultExport, templates: [interview], maxExamples: 50, shards: 49 }
    await assert.rejects(
      exportSurvey({ ...job, out: join(folder, 'many'), export: tooMany }),
      /--shards 49: \w+ has \d+ lines/,
    )
  })

  it('writes shuffled lines of every format and template as plain loops and Mustache do, in the same order for any threads', async () => {
    const templates = Object.entries(builtInTemplates).map(([name, text]) => ({ name, text }))
    const recipe = { ...whole, questions: ['Q1..Q30'] }
    for (const format of exportFormats) {
      for (const template of format === 'fields' ? [undefined] : format === 'chat' ? templates : [templates[0]]) {
        const options: ExportOptions = {
          ...defaultExport,
          format,
          templates: template === undefined ? [] : [template],
          missingDemographics: format === 'text' ? 'say' : 'skip',
        }
        const expected = plainExamples(survey, wave7, { ...options, demographics: defaultDemographics })
          .filter(({ questionId }) => Number(questionId.slice(1)) <= 30)
          .map((example) => plainLine(options, example, defaultDemographics))
        const found = await streamed({ ...options, shuffle: 6 }, { recipe })
        const lines = found.split('\n').slice(0, -1)
        assert.ok(lines.length > 500)
        assert.notEqual(found, expected.join(''))
        assert.deepEqual(lines.map((line) => `${line}\n`).sort(), expected.sort(), `${format} ${template?.name}`)
      }
    }
    const options = { shuffle: 6, format: 'text' } as const
    assert.equal(await streamed(options, { recipe, threads: 3 }), await streamed(options, { recipe }))
  })

  it('writes every split once: together they are the whole', async () => {
    const recipe = { ...whole, split: defaultRecipe.split }
    const all = (await streamed({}, { recipe })).trimEnd().split('\n')
    const none = (await streamed({})).trimEnd().split('\n')
    assert.deepEqual(all.toSorted(), none.toSorted())
  })

  it('decodes a demographic that only the template names', async () => {
    const template = { name: 'own', text: '{{age}} {{question_id}}' }
    const recipe = { ...whole, demographics: ['country'], questions: ['Q1'] }
    const text = await streamed({ templates: [template], format: 'text' }, { recipe })
    const options = { ...defaultExport, templates: [template], demographics: ['country'] }
    const expected = plainExamples(survey, wave7, options).filter(({ questionId }) => questionId === 'Q1')
    assert.deepEqual(
      text.trimEnd().split('\n'),
      expected.map(({ view }) => JSON.stringify({ text: `${view.age ?? ''} Q1\n${view.answer}`.trimStart() })),
    )
  })

  it('counts the lines and judges their size before anything is written', async () => {
    const job = {
      input: survey,
      recipe: whole,
      definition: wave7,
      threads: 1,
      export: { ...defaultExport, templates: [interview] },
    }
    const text = await streamed({})
    const preview = await previewExport(job, 3)
    assert.equal(preview.lineCount, text.split('\n').length - 1)
    assert.equal(preview.lines.join(''), text.slice(0, preview.lines.join('').length))
    assert.ok(Math.abs(preview.estimatedBytes / Buffer.byteLength(text) - 1) < 0.03)
  })

  it('refuses a template that names what is not there, before it reads a record', async () => {
    const refused = (text: string, message: RegExp) =>
      assert.rejects(streamed({ templates: [{ name: 'own.mustache', text }] }), (error: unknown) => {
        assert.ok(error instanceof SurveyError)
        assert.equal(error.kind, 'usage')
        assert.match(error.message, message)
        return true
      })
    await refused('{{contry}}', /own\.mustache, line 1: unknown field "contry"; did you mean "country"/)
    await refused('a\n{{#demographics}} x', /own\.mustache, line 2: unclosed section "demographics"/)
  })

  it('takes the respondents that a condition chooses, with what derives from them', async () => {
    const template = {
      name: 'own',
      text: '{{respondent_id}} {{continent}} {{#demographics}}{{question}}{{answer}}{{/demographics}}',
    }
    const recipe = { ...whole, questions: ['Q1'], where: 'age >= 40 && sex == "Female"', demographics: ['continent'] }
    const text = await streamed({ templates: [template], format: 'text' }, { recipe })
    const expected = plainExamples(survey, wave7, { ...defaultExport, demographics: [] }).filter(
      ({ questionId, view }) => questionId === 'Q1' && Number(view.age) >= 40 && view.sex === 'Female',
    )
    const lines = text.trimEnd().split('\n')
    assert.ok(expected.length > 2)
    assert.deepEqual(
      lines.map((line) => String(JSON.parse(line).text).split(' ')[0]),
      expected.map(({ id }) => id),
    )
    for (const line of lines) assert.match(line, /^\{"text":"\d+ ([A-Z][A-Za-z ]+) Continent:\1\\n\d"\}$/)
  })

  it('splits questions as well as respondents: every example once, no question in two splits', async () => {
    const recipe: Recipe = { ...whole, split: { ...defaultRecipe.split, by: 'question' } }
    const out = join(folder, 'by-question')
    const manifest = await exportSurvey({
      input: survey,
      out,
      recipe,
      definition: wave7,
      threads: 2,
      export: { ...defaultExport, format: 'fields' },
    })
    const questions = new Map<string, string>()
    let lines = 0
    for (const { path, split } of manifest.files.filter(({ table }) => table === 'examples')) {
      for (const line of readFileSync(join(out, path), 'utf8').trimEnd().split('\n')) {
        const { question } = JSON.parse(line)
        assert.equal(questions.get(question) ?? split, split)
        questions.set(question, split ?? '')
        lines++
      }
    }
    assert.equal(lines, manifest.counts.examples)
    assert.equal(
      lines,
      Object.values(manifest.counts.splits).reduce((sum, { examples }) => sum + examples, 0),
    )
    assert.deepEqual([...new Set(questions.values())].sort(), ['test', 'train', 'valid'])
    await assert.rejects(streamed({ fewShot: 1 }, { recipe }), /do not go with --split-by question/)
  })

  it('says so when nothing is left to write', async () => {
    const empty = join(folder, 'empty.csv')
    writeFileSync(empty, 'VERSION,ID,COUNTRY,YEAR,LATITUDE,WEIGHT,Q1\nv,1,8,2018,5,1,-1\n')
    await assert.rejects(
      streamed({}, { ...nastySurvey(), input: empty }),
      /empty\.csv: no chosen question has an answer, so there is nothing to write/,
    )
  })

  it('leaves nothing behind where it fails, nor a folder that it has made', async () => {
    const kept = join(folder, 'kept')
    mkdirSync(kept)
    const broken = join(folder, 'broken.csv')
    const [header, first] = readFileSync(survey, 'utf8').split('\n')
    writeFileSync(broken, `${header}\n${first},1,2\n`)
    for (const out of [kept, join(folder, 'made', 'inside')]) {
      const failing = exportSurvey({
        input: broken,
        out,
        recipe: { ...whole, onInvalid: 'fail' },
        definition: wave7,
        threads: 1,
        export: { ...defaultExport, templates: [interview] },
      })
      await assert.rejects(failing, /expected 613 fields/)
    }
    assert.deepEqual(readdirSync(kept), [])
    assert.ok(!existsSync(join(folder, 'made')))
  })
})
