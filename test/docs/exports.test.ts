import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { synthesize } from '#src/pipelines/synth.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cli = join(root, 'dist/wvs.cjs')
const text = readFileSync(join(root, 'docs/exports.md'), 'utf8')
let folder: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wvs-docs-exports-'))
  await synthesize({
    wave: '7',
    layout: 'cross-national',
    seed: 2,
    respondents: 120,
    out: join(folder, 'survey.csv'),
  })
})
after(() => rmSync(folder, { recursive: true }))

/** The commands under a heading (all before the first one for the name ''), as written. */
function commandsUnder(heading: string): string[] {
  const start = heading === '' ? 0 : text.indexOf(`### ${heading}\n`)
  assert.ok(start >= 0, heading)
  const section = text.slice(start + 4).split(/\n#+ /, 1)[0]
  return [...section.matchAll(/```\n(.*?)```/gs)]
    .flatMap(([, block]) => block.trim().split('\n'))
    .filter((line) => line.startsWith('wvs '))
}

function run(command: string, ...more: string[]): string {
  const args = [...command.split(' ').slice(1), ...more]
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  assert.equal(status, 0, `${command}: ${stderr}`)
  return stdout
}

function linesOf(out: string, split: string): unknown[] {
  const shards = join(folder, out, 'examples')
  return readdirSync(shards)
    .filter((name) => name.startsWith(`${split}-`))
    .flatMap((name) => readFileSync(join(shards, name), 'utf8').trimEnd().split('\n'))
    .map((line) => JSON.parse(line))
}

describe('docs/exports.md', () => {
  it('the look before anything is written', () => {
    const [command, ...others] = commandsUnder('')
    assert.equal(others.length, 0)
    const before = readdirSync(folder)
    const shown = run(command)
    assert.equal(shown.match(/^--- example \d ---$/gm)?.length, 3)
    assert.match(shown, /o200k_base, by js-tiktoken/)
    assert.deepEqual(readdirSync(folder), before)
  })

  it('supervised fine-tuning in chat form', () => {
    const [command, ...others] = commandsUnder('Supervised fine-tuning in chat form')
    assert.equal(others.length, 0)
    run(command)
    for (const split of ['train', 'valid', 'test']) {
      const shards = readdirSync(join(folder, 'sft/examples')).filter((name) => name.startsWith(`${split}-`))
      assert.equal(shards.length, 8)
      for (const line of linesOf('sft', split)) {
        const { messages } = line as { messages: { role: string }[] }
        assert.deepEqual(messages.map(({ role }) => role).slice(-2), ['user', 'assistant'])
      }
    }
  })

  it('a held-out-country benchmark', () => {
    const commands = commandsUnder('A held-out-country benchmark')
    assert.equal(commands.length, 2)
    for (const command of commands) run(command)
    assert.deepEqual(Object.keys(linesOf('countries-test', 'test')[0] as object), ['prompt', 'completion'])
    // The same choices once more, as fields that name the countries.
    const countries = commands.map((command, index) => {
      const split = ['train', 'test'][index]
      run(command.replace(/ --format \S+/, '').replace(/--out \S+/, `--out fields-${index}`), '--format', 'fields')
      const lines = linesOf(`fields-${index}`, split)
      assert.equal(lines.length, linesOf(['countries-train', 'countries-test'][index], split).length)
      return new Set(lines.map((line) => (line as { country: string }).country))
    })
    assert.ok(countries[0].size > 0 && countries[1].size > 0)
    assert.deepEqual(
      [...countries[1]].filter((country) => countries[0].has(country)),
      [],
    )
  })

  it('batch inference with an OpenAI-compatible server', () => {
    const [command, ...others] = commandsUnder('Batch inference with an OpenAI-compatible server')
    assert.equal(others.length, 0)
    run(command)
    // The file that the text hands to vLLM.
    const [, named] = /-i (\S+)/.exec(text) ?? []
    const lines = readFileSync(join(folder, named), 'utf8').trimEnd().split('\n')
    const requests = lines.map((line) => JSON.parse(line))
    assert.ok(requests.length > 10 && requests.length <= 500)
    for (const { body } of requests)
      assert.deepEqual([body.model, body.max_tokens, body.temperature], ['some-model', 20, 0])
    // "the human answers are in the same lines of --format fields with the same options"
    const options = command
      .replace(/--format .* --temperature 0/, '--format fields')
      .replace('--out requests', '--out answers')
    run(options)
    const answers = linesOf('answers', 'test') as { respondent_id: string; question: string }[]
    assert.deepEqual(
      answers.map(({ respondent_id, question }) => `${respondent_id}:${question}`),
      requests.map(({ custom_id }) => custom_id),
    )
  })

  it('the template of your own', () => {
    const [, template] = /```\n(\{\{#system\}\}.*?)```/s.exec(text) ?? []
    writeFileSync(join(folder, 'own.mustache'), template)
    const out = run('wvs export survey.csv --out - --template own.mustache --turns 2 --per-respondent 2')
    const lines = out.trimEnd().split('\n')
    assert.equal(lines.length, 120)
    for (const line of lines) {
      const { messages } = JSON.parse(line) as { messages: { role: string; content: string }[] }
      assert.equal(messages.map(({ role }) => role).join(), 'system,user,assistant,user,assistant')
      assert.match(messages[0].content, /^You are a .*-year-old in .*\.$/)
      assert.match(messages[3].content, /^And: /)
    }
  })
})
