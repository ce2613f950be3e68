import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadDefinition } from '#src/definitions/loader.js'
import { run, succeed } from './cut-survey.js'

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-waves-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** A survey file of a wave's columns, three respondents who all say 1 but for the given cells. */
function survey(folder: string, wave: string, cells: Record<string, string>, columns?: string[]): string {
  const names = columns ?? loadDefinition(wave).definition.variables.map(({ id }) => id)
  const row = (id: number) => names.map((name) => cells[name] ?? (name.startsWith('V3') ? id : 1)).join(',')
  const file = join(folder, `wave${wave}.csv`)
  writeFileSync(file, `${names.join(',')}\n${[1, 2, 3].map(row).join('\n')}\n`)
  return file
}

test('wvs waves lists what is built in, as a table and as JSON', async () => {
  const lines = (await succeed('waves')).trimEnd().split('\n')
  assert.match(lines[0], /^wave +questions +demographics +variables +labels unknown +title$/)
  assert.deepEqual(
    lines.slice(1).map((line) => line.split(' ')[0]),
    ['5', '6', '7', 'timeseries'],
  )
  const listed = JSON.parse(await succeed('waves', '--json'))
  assert.equal(listed.find(({ wave }: { wave: string }) => wave === '7').questions, 239)
})

test('wvs waves show prints a definition that stands on its own and is a definition', async (t) => {
  const file = join(folderOf(t), 'wave6.json')
  writeFileSync(file, await succeed('waves', 'show', '6'))
  const shown = JSON.parse(readFileSync(file, 'utf8'))
  const family = shown.variables.find(({ id }: { id: string }) => id === 'V4')
  assert.equal(family.stem, 'How important a part of your life is your family?')
  assert.equal(family.like, undefined)
  const survey6 = survey(folderOf(t), '6', { V2: '392' })
  const manifest = JSON.parse(await succeed('build', survey6, '--out', `${file}.out`, '--definition', file, '--json'))
  assert.equal(manifest.definition.wave, '6')
})

test('wvs waves says what it expects', async () => {
  assert.match((await run('waves', 'show')).stderr, /which wave\? Expected/)
  assert.match((await run('waves', 'show', '9')).stderr, /no wave '9' is built in; expected one of 5, 6, 7, timeseries/)
  assert.match((await run('waves', 'tell')).stderr, /"tell" is no action/)
})

test('build takes the definition that fits the columns, and reads codes as that wave means them', async (t) => {
  const folder = folderOf(t)
  for (const [wave, cells] of [
    ['6', { V2: '392', V262: '2012', V176: '5' }],
    ['5', { V2: '392', V260: '2006' }],
    ['timeseries', { S003: '392', S020: '1999', S002VS: '4' }],
  ] as const) {
    const out = join(folder, `out${wave}`)
    const file = survey(folder, wave, cells)
    const args = ['build', file, '--out', out, '--tables', 'records', '--format', 'jsonl', '--split', 'none']
    const manifest = JSON.parse(await succeed(...args, '--compression', 'none', '--json'))
    assert.equal(manifest.definition.wave, wave)
    const path = manifest.files.find(({ path }: { path: string }) => path.startsWith('records/')).path
    const [first] = readFileSync(join(out, path), 'utf8').split('\n')
    const record = JSON.parse(first)
    assert.equal(record.country, 'Japan')
    assert.equal(record.sex, 'Male')
    if (wave === '6') assert.equal(record.V176, 2, 'No stands at 5 in the file and at 2 on the scale')
    if (wave === 'timeseries') assert.equal(record.wave, 4)
  }
})

test('a file read as another wave is refused with the reason and the way out', async (t) => {
  const folder = folderOf(t)
  const file = survey(folder, '6', { V2: '392' })
  for (const wave of ['7', '5', 'timeseries']) {
    const { code, stderr } = await run('build', file, '--out', join(folder, 'out'), '--wave', wave)
    assert.equal(code, 1)
    assert.match(stderr, /this is a file of wave 6, which knows 458 of its columns; expected one of/)
    assert.match(stderr, /--wave 6$/m)
  }
})

test('columns that two waves share alike are not guessed at', async (t) => {
  const folder = folderOf(t)
  const file = survey(folder, '6', { V2: '392' }, ['V2', 'V3', 'V4', 'V5'])
  const { code, stderr } = await run('build', file, '--out', join(folder, 'out'))
  assert.equal(code, 2)
  assert.match(stderr, /as much those of wave 5 as of wave 6/)
  await succeed('build', file, '--out', join(folder, 'out'), '--wave', '6', '--quiet')
})

test('--wave and --definition exclude one another', async () => {
  const { code, stderr } = await run('build', 'x.csv', '--out', 'x', '--wave', '6', '--definition', 'x.json')
  assert.equal(code, 2)
  assert.match(stderr, /--wave and --definition exclude one another/)
})
