import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { synthesize } from '#src/pipelines/synth.js'

const cli = fileURLToPath(new URL('../../dist/wvs.cjs', import.meta.url))
let folder: string
let survey: string

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wvs-export-command-'))
  survey = join(folder, 'survey.csv')
  await synthesize({ wave: '7', layout: 'cross-national', seed: 9, respondents: 30, out: survey })
})
after(() => rmSync(folder, { recursive: true }))

function wvs(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 })
}

/** One line on stderr, and the exit code of a wrong command. */
function refuses(args: string[], message: RegExp): void {
  const { status, stderr, stdout } = wvs('export', survey, '--out', '-', ...args)
  assert.match(stderr, message)
  assert.equal(stderr.trimEnd().split('\n').length, 1)
  assert.equal(stdout, '')
  assert.equal(status, 2)
}

describe('wvs export', () => {
  it('writes to standard output what it writes to a folder', () => {
    const out = join(folder, 'whole')
    const written = wvs('export', survey, '--out', out, '--split', 'none', '--questions', 'Q1..Q20')
    assert.equal(written.status, 0, written.stderr)
    assert.match(written.stdout, /Wrote {4}chat \(interview\): \d+ lines in 1 file/)
    const streamed = wvs('export', survey, '--out', '-', '--questions', 'Q1..Q20')
    assert.equal(streamed.status, 0, streamed.stderr)
    assert.equal(streamed.stderr, '')
    assert.equal(streamed.stdout, readFileSync(join(out, 'examples/train-00000-of-00001.jsonl'), 'utf8'))
  })

  it('ends quietly with exit code 0 when its reader has enough', async () => {
    const child = spawn(process.execPath, [cli, 'export', survey, '--out', '-'], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.on('close', resolve))
    assert.equal(stderr, '')
    assert.equal(code, 0)
  })

  it('writes the splits that are asked for, and no others', () => {
    const out = join(folder, 'test-only')
    assert.equal(wvs('export', survey, '--out', out, '--splits', 'test', '--format', 'fields').status, 0)
    assert.ok(existsSync(join(out, 'examples/test-00000-of-00001.jsonl')))
    assert.ok(!existsSync(join(out, 'examples/train-00000-of-00001.jsonl')))
  })

  it('takes a template from a file, and says in one line what is wrong with it', () => {
    const file = join(folder, 'own.mustache')
    writeFileSync(file, '\ufeff{{question_id}}: {{country}}\n')
    const { stdout } = wvs('export', survey, '--out', '-', '--format', 'text', '--template', file, '--questions', 'Q2')
    assert.match(stdout, /^\{"text":"Q2: [A-Z][^"]+\\n\d"\}\n/)
    writeFileSync(file, '{{question}}\n{{contry}}\n')
    refuses(['--template', file], /own\.mustache, line 2: unknown field "contry"; did you mean "country"/)
    writeFileSync(file, '{{#demographics}}\n')
    refuses(['--template', file], /own\.mustache, line 2: unclosed section "demographics"/)
    writeFileSync(file, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))
    refuses(['--template', file], /own\.mustache: the template is not UTF-8/)
    refuses(['--template', 'intervew'], /"intervew" is neither a file .* did you mean "interview"/)
  })

  it('shows examples, the exact count and lengths, and writes nothing', () => {
    const { stdout, stderr, status } = wvs('export', survey, '--head', '2', '--stats', '--template', 'bare')
    assert.equal(status, 0, stderr)
    assert.equal(stdout.match(/^--- example \d ---$/gm)?.length, 2)
    assert.match(stdout, /\n\[user\] How important .+\n\[assistant\] \d\n/)
    const lines = wvs('export', survey, '--out', '-', '--template', 'bare').stdout.split('\n').length - 1
    const stated = /^Lines {4}([\d,]+) \(train [\d,]+, valid [\d,]+, test [\d,]+\)$/m.exec(stdout)?.[1]
    assert.equal(stated?.replaceAll(',', ''), String(lines))
    assert.match(stdout, /^tokens( +\d+){4}\nAbout [\d.]+ million tokens in all \(o200k_base, by js-tiktoken/m)
  })

  it('refuses options that do not go together', () => {
    refuses(['--format', 'openai-batch'], /needs the name of the model/)
    refuses(['--format', 'fields', '--template', 'bare'], /takes no --template/)
    refuses(['--model', 'm'], /belong to --format openai-batch/)
    refuses(['--splits', 'dev'], /"dev" is none of train, valid, test/)
    refuses(['--compression', 'snappy'], /snappy belongs to --as parquet/)
    refuses(['--as', 'parquet'], /--as parquet needs a folder/)
    refuses(['--shards', '2', '--shard-size', '5'], /say the same thing twice/)
    refuses(['--shuffle', '-1'], /--shuffle takes a whole number, 0 or more/)
    refuses(['--head', '0'], /--head takes a whole number above 0/)
    refuses(['--shard-size', '0'], /--shard-size takes a whole number above 0/)
  })
})
