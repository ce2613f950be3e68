import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { encodeSav } from '../formats/sav-encoder.js'
import { run, succeed } from './cut-survey.js'

const agree: [number, string][] = [
  [0, 'Hard to say'],
  [1, 'Strongly agree'],
  [2, 'Agree'],
  [3, 'Disagree'],
  [4, 'Strongly disagree'],
]

/** A folder with a small SPSS file of a wave 8, whose `Q2` no wave has asked before. */
function wave8(t: TestContext): { sav: string; json: string; out: string } {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-define-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const variables = [
    { name: 'ID', label: 'Interview ID' },
    { name: 'CNTRY', label: 'Country code', labels: [[392, 'Japan']] as [number, string][] },
    { name: 'YEAR', label: 'Year of survey' },
    { name: 'WGHT', label: 'Weight' },
    { name: 'Q2', label: 'Robots should vote in local elections', labels: agree },
  ]
  const sav = join(folder, 'wave8.sav')
  writeFileSync(sav, encodeSav({ variables, rows: [0, 1, 4].map((answer, at) => [at + 1, 392, 2025, 1, answer]) }))
  return { sav, json: join(folder, 'wave8.json'), out: join(folder, 'out') }
}

test('from a .sav file to a dataset: define, lint, settle, build', async (t) => {
  const { sav, json, out } = wave8(t)
  const said = await succeed('define', sav, '--wave', '8', '--like', '7', '--out', json)
  assert.match(said, /5 variables, 1 value questions, 2 demographics/)
  const draft = readFileSync(json, 'utf8')
  assert.match(draft, /"like":"7:A_YEAR"/)

  const linted = await run('lint', json)
  assert.equal(linted.code, 1)
  const lines = draft.split('\n')
  const decisions = linted.stdout.split('\n').filter((line) => line.includes(': decision: '))
  assert.ok(decisions.length >= 3)
  for (const decision of decisions) {
    const [, line, message] = /^.*?:(\d+): decision: (?:\w+: )?(.*)$/.exec(decision) ?? []
    assert.ok(lines[Number(line) - 1].includes(JSON.stringify(message).slice(1, -1)), decision)
  }

  const refused = await run('build', sav, '--definition', json, '--out', out)
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /a draft with \d+ decisions still open; .*--allow-draft builds all the same/)
  await succeed('build', sav, '--definition', json, '--out', out, '--allow-draft', '--quiet')

  const settled = JSON.parse(draft)
  for (const variable of settled.variables) {
    delete variable.decide
    if (variable.id === 'Q2') Object.assign(variable, { stem: 'Should robots vote?', category: 'Robots' })
    if (variable.id === 'CNTRY') variable.stem = 'In which country did the interview take place?'
  }
  writeFileSync(json, JSON.stringify(settled, null, 1))
  assert.match(await succeed('lint', json), /0 errors, 0 decisions open/)
  const args = ['--format', 'jsonl', '--compression', 'none', '--split', 'none', '--overwrite', '--json']
  const manifest = JSON.parse(await succeed('build', sav, '--definition', json, '--out', out, ...args))
  const { path } = manifest.files.find((file: { path: string }) => file.path.startsWith('records/'))
  const records = readFileSync(join(out, path), 'utf8').trimEnd().split('\n')
  assert.deepEqual(
    records.map((record) => JSON.parse(record).Q2),
    [3, 1, 5],
  )
})

test('define writes over nothing unasked, and names what it lacks', async (t) => {
  const { sav, json } = wave8(t)
  writeFileSync(json, '{}')
  const taken = await run('define', sav, '--wave', '8', '--out', json)
  assert.equal(taken.code, 2)
  assert.match(taken.stderr, /is there already; pass --overwrite/)
  assert.equal((await run('define', sav)).code, 2)
  assert.match((await run('define', sav, '--wave', '8', '--like', '9')).stderr, /no wave '9' is built in/)
})

test('lint finds faults by line', async (t) => {
  const { json } = wave8(t)
  const good = JSON.parse(await succeed('waves', 'show', '6'))
  const write = (change: (definition: typeof good) => void) => {
    const definition = structuredClone(good)
    change(definition)
    writeFileSync(json, JSON.stringify(definition, null, 1))
    return readFileSync(json, 'utf8').split('\n')
  }
  const cases: [RegExp, RegExp, (definition: typeof good) => void][] = [
    [/"wave": 6/, /wave: expected string, found 6/, (definition) => Object.assign(definition, { wave: 6 })],
    [
      /"id": "V5"/,
      /variables\[5\] \(V5\): unknown key "scales"/,
      (definition) => Object.assign(definition.variables[5], { scales: {} }),
    ],
    [
      /"id": "V4"/,
      /the id stands at variables\[4\] \(V4\) already/,
      (definition) => Object.assign(definition.variables[5], { id: 'V4' }),
    ],
    [
      /"id": "V4"/,
      /1 becomes 9, which is not on the scale/,
      (definition) => Object.assign(definition.variables[4], { recodes: { 1: 9 } }),
    ],
  ]
  for (const [where, what, change] of cases) {
    const lines = write(change)
    const { code, stdout } = await run('lint', json)
    assert.equal(code, 1)
    const [, line, message] = /:(\d+): error: (.*)/.exec(stdout) ?? []
    assert.match(message, what)
    const near = lines.slice(Number(line) - 1, Number(line) + 1).join('\n')
    assert.match(near, where, stdout)
  }
  writeFileSync(json, '{\n"wave":\n}')
  assert.match((await run('lint', json)).stderr, /line 3: not JSON/)
})
