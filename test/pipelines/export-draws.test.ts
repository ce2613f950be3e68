import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { loadDefinition } from '#src/definitions/loader.js'
import { builtInTemplates } from '#src/pipelines/built-in-templates.js'
import { streamSurvey } from '#src/pipelines/export.js'
import { defaultDemographics, defaultExport, type ExportOptions } from '#src/pipelines/export-options.js'
import { defaultRecipe, type Recipe } from '#src/pipelines/recipe.js'
import { synthesize } from '#src/pipelines/synth.js'
import { type PlainExample, plainExamples, plainLine, renderParts } from '../export-oracle.js'

let folder: string
let survey: string
let examples: PlainExample[]
const wave7 = loadDefinition('7')
const recipe: Recipe = {
  ...defaultRecipe,
  demographics: defaultDemographics,
  questions: ['Q1..Q40'],
  split: { ...defaultRecipe.split, method: 'none' },
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wvs-export-draws-'))
  survey = join(folder, 'survey.csv')
  await synthesize({ wave: '7', layout: 'cross-national', seed: 11, respondents: 60, out: survey })
  examples = plainExamples(survey, wave7, { ...defaultExport, demographics: defaultDemographics }).filter(
    ({ questionId }) => Number(questionId.slice(1)) <= 40,
  )
})
after(() => rmSync(folder, { recursive: true }))

/** A template that shows everything in a form which is easy to take apart. */
const open = {
  name: 'open',
  text: '{{#user}}{{respondent_id}};{{question_id}};{{#demographics}}{{name}}={{answer}}|{{/demographics}};{{#answers}}{{question_id}}={{answer}}|{{/answers}};{{country}}{{/user}}{{#follow_up}}{{question_id}}{{/follow_up}}',
}

async function exported(options: Partial<ExportOptions>, threads = 1, use: Recipe = recipe): Promise<string[]> {
  const chunks: Buffer[] = []
  await streamSurvey(
    {
      input: survey,
      recipe: use,
      definition: wave7,
      threads,
      export: { ...defaultExport, templates: [open], ...options },
    },
    async (bytes) => {
      chunks.push(Buffer.from(bytes))
    },
  )
  return Buffer.concat(chunks).toString().trimEnd().split('\n')
}

/** What the user says and is answered, turn by turn. */
function turns(line: string): { user: string; assistant: string }[] {
  const { messages }: { messages: { role: string; content: string }[] } = JSON.parse(line)
  const spoken = messages.filter(({ role }) => role !== 'system').map(({ content }) => content)
  return Array.from({ length: spoken.length / 2 }, (_, turn) => ({
    user: spoken[turn * 2],
    assistant: spoken[turn * 2 + 1],
  }))
}

function parts(user: string) {
  const [id, question, demographics, answers, country] = user.split(';')
  const pairs = (list: string) => list.split('|').filter((item) => item !== '')
  return { id, question, demographics: pairs(demographics), answers: pairs(answers), country }
}

function answersOf(): Map<string, string> {
  return new Map(examples.map(({ id, questionId, view }) => [`${id} ${questionId}`, String(view.answer)]))
}

describe('what an export draws', () => {
  it('shows so many of the demographics, other ones from example to example', async () => {
    const lines = await exported({ demographicsPerExample: 3 })
    assert.equal(lines.length, examples.length)
    const sets = new Set<string>()
    const shownOf = new Map<string, number>()
    for (const [index, line] of lines.entries()) {
      const [{ user, assistant }] = turns(line)
      const { id, question, demographics, country } = parts(user)
      const { view, ...expected } = examples[index]
      assert.deepEqual({ id, questionId: question }, expected)
      assert.equal(assistant, view.answer)
      const known = view.demographics as { name: string; answer: string }[]
      assert.equal(demographics.length, Math.min(3, known.length))
      const all = known.map(({ name, answer }) => `${name}=${answer}`)
      assert.deepEqual(
        demographics,
        all.filter((item) => demographics.includes(item)),
      )
      // What is not drawn is not shown anywhere else either.
      assert.equal(
        country !== '',
        demographics.some((item) => item.startsWith('country=')),
      )
      sets.add(demographics.map((item) => item.split('=')[0]).join())
      for (const item of demographics) shownOf.set(item.split('=')[0], (shownOf.get(item.split('=')[0]) ?? 0) + 1)
    }
    assert.ok(sets.size > 100)
    for (const name of defaultDemographics) {
      const share = (shownOf.get(name) ?? 0) / lines.length
      assert.ok(share > 0.25 && share < 0.36, `${name} is shown in ${share} of the examples`)
    }
  })

  it('shows other answers of the same respondent, never the one that is asked for', async () => {
    const known = answersOf()
    const seen = new Set<string>()
    for (const line of await exported({ contextAnswers: 4, turns: 2 })) {
      const conversation = turns(line)
      const { id, question, answers } = parts(conversation[0].user)
      const asked = [question, ...conversation.slice(1).map(({ user }) => user)]
      assert.equal(answers.length, 4)
      for (const answer of answers) {
        const [other, given] = answer.split('=')
        assert.ok(!asked.includes(other))
        assert.equal(given, known.get(`${id} ${other}`))
        seen.add(other)
      }
      assert.equal(new Set(answers).size, 4)
    }
    assert.equal(seen.size, 40)
  })

  it('asks so many questions in one conversation, and every question of a respondent once', async () => {
    for (const format of ['chat', 'sharegpt', 'text'] as const) {
      const lines = await exported({ turns: 7, format })
      const found: string[] = []
      for (const line of lines) {
        const conversation =
          format === 'chat'
            ? turns(line)
            : format === 'sharegpt'
              ? turns(
                  line
                    .replace('conversations', 'messages')
                    .replaceAll('"from"', '"role"')
                    .replaceAll('"value"', '"content"'),
                )
              : String(JSON.parse(line).text)
                  .split('\n\n')
                  .map((pair) => ({ user: pair.split('\n')[0], assistant: pair.split('\n')[1] }))
        assert.ok(conversation.length <= 7)
        const { id, question } = parts(conversation[0].user)
        for (const [turn, { user, assistant }] of conversation.entries()) {
          found.push(`${id} ${turn === 0 ? question : user} ${assistant}`)
        }
      }
      const expected = examples.map(({ id, questionId, view }) => `${id} ${questionId} ${view.answer}`)
      assert.deepEqual(found.toSorted(), expected.toSorted())
      const counts = new Map<string, number>()
      for (const { id } of examples) counts.set(id, (counts.get(id) ?? 0) + 1)
      const conversations = [...counts.values()].reduce((sum, own) => sum + Math.ceil(own / 7), 0)
      assert.equal(lines.length, conversations)
    }
  })

  it('puts worked examples of other people of the training split in front', async () => {
    const use = { ...recipe, split: defaultRecipe.split }
    const options = { fewShot: 3, templates: [{ name: 'persona', text: builtInTemplates.persona }] }
    const lines = await exported(options, 1, use)
    const plain = await exported({ templates: options.templates }, 1, use)
    const training = new Set(
      (await exported({}, 1, use)).map((line) => parts(turns(line)[0].user).id).slice(0, await countOf(use)),
    )
    // As the system part tells who answers, a worked example has it in front of its question.
    const worked = new Map<string, string[]>()
    for (const { id, view } of examples) {
      const { system, user, assistant } = renderParts(builtInTemplates.persona, view)
      const key = `${system}\n\n${user}\n${assistant}`
      worked.set(key, [...(worked.get(key) ?? []), id])
    }
    for (const [index, line] of lines.entries()) {
      const conversation = turns(line)
      assert.equal(conversation.length, 4)
      const last = conversation[3]
      assert.deepEqual(turns(plain[index]), [last])
      for (const { user, assistant } of conversation.slice(0, 3)) {
        const people = worked.get(`${user}\n${assistant}`)
        assert.ok(people?.some((id) => training.has(id)))
        assert.ok(!user.endsWith(last.user))
      }
    }
  })

  it('draws one of several templates for each example', async () => {
    const names = ['bare', 'portrait', 'persona']
    const templates = names.map((name) => ({ name, text: builtInTemplates[name] }))
    const lines = await exported({ templates })
    const counts = new Map<string, number>()
    for (const [index, line] of lines.entries()) {
      const drawn = templates.filter(
        (template) =>
          `${line}\n` === plainLine({ ...defaultExport, templates: [template] }, examples[index], defaultDemographics),
      )
      assert.equal(drawn.length, 1)
      counts.set(drawn[0].name, (counts.get(drawn[0].name) ?? 0) + 1)
    }
    for (const name of names) assert.ok(Math.abs((counts.get(name) ?? 0) / lines.length - 1 / 3) < 0.05)
  })

  it('draws the same whatever the threads and the order, and other things with another seed', async () => {
    const options: Partial<ExportOptions> = {
      templates: ['interview', 'portrait'].map((name) => ({ name, text: builtInTemplates[name] })),
      demographicsPerExample: 4,
      contextAnswers: 2,
      fewShot: 1,
    }
    const lines = await exported(options)
    assert.deepEqual(await exported(options, 3), lines)
    const shuffled = await exported({ ...options, shuffle: 1 }, 2)
    assert.notDeepEqual(shuffled, lines)
    assert.deepEqual(shuffled.toSorted(), lines.toSorted())
    const other = await exported({ ...options, seed: 1 })
    assert.ok(other.filter((line, index) => line === lines[index]).length < lines.length / 10)
  })

  it('refuses what has no place for the draws', async () => {
    const bare = [{ name: 'bare', text: builtInTemplates.bare }]
    await assert.rejects(exported({ contextAnswers: 1, templates: bare }), /the template bare has no \{\{#answers\}\}/)
    await assert.rejects(exported({ turns: 2, format: 'alpaca' }), /--turns needs a format that holds a conversation/)
    await assert.rejects(exported({ fewShot: 2, format: 'fields', templates: [] }), /need a template, which fields/)
  })
})

/** Examples of the training split. */
async function countOf(use: Recipe): Promise<number> {
  const job = { input: survey, recipe: use, definition: wave7, threads: 1, splits: [0] }
  const { lines } = await streamSurvey({ ...job, export: { ...defaultExport, templates: [open] } }, async () => {})
  return lines
}
