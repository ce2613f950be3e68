import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { builtInWaves, loadDefinition, loadDefinitionFile, loadDefinitionFrom } from '#src/definitions/loader.js'
import type { WaveDefinition } from '#src/definitions/schema.js'
import { SurveyError } from '#src/formats/survey-error.js'
import { folderWith, question, smallDefinition } from './small-definition.js'

test('wave 7 is built in, and an unknown wave is answered with those there are', () => {
  assert.ok(builtInWaves().includes('7'))
  assert.equal(loadDefinition('7').definition.wave, '7')
  for (const unknown of ['8', '../wave7', 'wave7', '']) {
    assert.throws(() => loadDefinition(unknown), matches(/no wave '.*' is built in; expected one of .*7/))
  }
})

test('a definition in a file loads and hashes by content, not by name', async (t) => {
  const text = JSON.stringify(smallDefinition())
  const folder = folderWith({ 'a.json': text, 'b.json': text, 'c.json': `${text}\n` }, t)
  const [a, b, c] = await Promise.all(
    ['a.json', 'b.json', 'c.json'].map((name) => loadDefinitionFile(join(folder, name))),
  )
  assert.ok(a && b && c)
  assert.deepEqual(a.definition, smallDefinition())
  assert.equal(a.variable('Q1')?.kind, 'value')
  assert.equal(a.variable('Q2'), undefined)
  assert.match(a.hash, /^[0-9a-f]{64}$/)
  assert.equal(a.hash, b.hash)
  assert.notEqual(a.hash, c.hash)
})

test('a byte-order mark before the JSON does no harm', async (t) => {
  const folder = folderWith({ 'wave.json': `\u{FEFF}${JSON.stringify(smallDefinition())}` }, t)
  assert.equal((await loadDefinitionFile(join(folder, 'wave.json'))).definition.wave, '99')
})

test('label files are read when first asked for, and count in the hash', async (t) => {
  const definition = smallDefinition((changed) => {
    question(changed).labels = 'Q1.json'
  })
  const files = { 'wave.json': JSON.stringify(definition), 'Q1.json': '{"1":"One","2":"Two"}' }
  const folder = folderWith(files, t)
  const first = await loadDefinitionFile(join(folder, 'wave.json'))
  const second = await loadDefinitionFile(join(folder, 'wave.json'))
  const third = await loadDefinitionFile(join(folder, 'wave.json'))
  const hash = first.hash
  assert.equal(first.labelsOf(question(definition), { mended: false })['2'], 'Two')

  writeFileSync(join(folder, 'Q1.json'), '{"1":"Uno","2":"Dos"}')
  assert.equal(first.labelsOf(question(definition), { mended: true })['2'], 'Two', 'read before the change')
  assert.equal(second.labelsOf(question(definition), { mended: true })['2'], 'Dos', 'read after the change')
  assert.notEqual(second.hash, hash)

  for (const content of ['[1]', '{"1":1}', '{', 'null']) {
    writeFileSync(join(folder, 'Q1.json'), content)
    const labels = () => third.labelsOf(question(definition), { mended: false })
    assert.throws(labels, matches(/Q1\.json.*(not a table of labels|not JSON)/))
  }
  const country = third.variable('COUNTRY') ?? assert.fail()
  assert.equal(third.labelsOf(country, { mended: false })['8'], 'Albania', 'other variables do not need the file')
})

test('a folder is asked for what it holds', async (t) => {
  const folder = folderWith({ 'wave.json': JSON.stringify(smallDefinition()) }, t)
  assert.equal((await loadDefinitionFrom(folder)).definition.wave, '99')
  assert.equal((await loadDefinitionFrom(join(folder, 'wave.json'))).definition.wave, '99')
  await assert.rejects(
    loadDefinitionFrom(folderWith({}, t)),
    matches(/no definition in this folder; expected wave\.json/),
  )
  await assert.rejects(loadDefinitionFrom(join(folder, 'none.json')), matches(/none\.json: no such file/))
})

test('a built-in definition loads without zod, one from a file with it', () => {
  const loader = import.meta.resolve('#src/definitions/loader.js')
  const hooks = `export async function resolve(specifier, context, next) {
    if (specifier === 'zod' || specifier.startsWith('zod/')) throw new Error('zod is imported')
    return next(specifier, context)
  }`
  const script = `import { register } from 'node:module'
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`)})
    const { loadDefinition, loadDefinitionFile } = await import(${JSON.stringify(loader)})
    const wave = loadDefinition('7')
    console.log(Object.keys(wave.labelsOf(wave.variable('N_TOWN'), { mended: true })).length > 4000, wave.hash.length)
    await loadDefinitionFile(process.argv[1]).catch((error) => console.log(error.message))`
  const definition = join('src', 'definitions', 'wave7', 'wave.json')
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script, definition], {
    encoding: 'utf8',
  })
  assert.equal(stdout, 'true 64\nzod is imported\n', stderr)
})

/** Faults in a definition and what must be said of them, all on one line that starts with the file. */
const faults: [string, (definition: WaveDefinition & Record<string, unknown>) => unknown, RegExp][] = [
  ['an unknown key', (d) => Object.assign(question(d), { lable: 'x' }), /variables\[6\] \(Q1\): unknown key "lable"/],
  ['an unknown key at the top', (d) => Object.assign(d, { waves: 7 }), /the definition: unknown key "waves"/],
  [
    'a wrong type',
    (d) => Object.assign(question(d), { label: 7 }),
    /variables\[6\] \(Q1\)\.label: expected string, found 7/,
  ],
  [
    'a number in quotes',
    (d) => Object.assign(question(d).scale ?? {}, { min: '1' }),
    /scale\.min: expected .*, found "1"/,
  ],
  [
    'half a code',
    (d) => Object.assign(question(d).scale ?? {}, { max: 3.5 }),
    /scale\.max: expected a whole number, found 3\.5/,
  ],
  [
    'an unknown kind',
    (d) => Object.assign(question(d), { kind: 'opinion' }),
    /\.kind: expected "id" or "demographic".*found "opinion"/,
  ],
  [
    'labels that are no table',
    (d) => Object.assign(question(d), { labels: 7 }),
    /\.labels: expected a table of code to label/,
  ],
  [
    'a label file elsewhere',
    (d) => Object.assign(question(d), { labels: '../x.json' }),
    /\.labels: expected .*found "\.\.\/x\.json"/,
  ],
  ['a recode of no code', (d) => Object.assign(question(d), { recodes: { x: 1 } }), /recodes.*expected codes as keys/],
  ['no variables', (d) => Object.assign(d, { variables: [] }), /variables: expected more than nothing/],
  ['an absent part', (d) => Reflect.deleteProperty(d, 'roles'), /roles: expected object, found nothing/],
  ['a format from the future', (d) => Object.assign(d, { format: 2 }), /format: expected 1, found 2/],
  [
    'a name in capitals',
    (d) => Object.assign(question(d), { name: 'Tea' }),
    /\.name: expected text of the form .*found "Tea"/,
  ],
  [
    'two variables of one id',
    (d) => d.variables.push(question(d)),
    /variables\[7\] \(Q1\): the id stands at variables\[6\] \(Q1\) already/,
  ],
  [
    'two variables of one name',
    (d) => Object.assign(question(d), { name: 'year' }),
    /\.name: "year" is the name of variables\[3\] \(YEAR\)/,
  ],
  [
    'the name of a column of ours',
    (d) => Object.assign(question(d), { name: 'answer' }),
    /"answer" is a column of every table/,
  ],
  [
    'a scale without extent',
    (d) => Object.assign(question(d).scale ?? {}, { max: 1 }),
    /\.scale: min 1 is not below max 1/,
  ],
  [
    'a recode off the scale',
    (d) => Object.assign(question(d), { recodes: { '0': 5 } }),
    /\.recodes: 0 becomes 5, .*from 1 to 4/,
  ],
  ['a role for nobody', (d) => Object.assign(d.roles, { weight: 'W' }), /roles\.weight: there is no variable "W"/],
  ['an Inverted column of its own', (d) => d.invertedColumns.push('Q1'), /invertedColumns: "Q1" is a variable/],
  [
    'a missing code twice',
    (d) => d.missing.push({ code: -1, kind: 'missing', label: 'x' }),
    /missing\[2\]: code -1 stands there already/,
  ],
  [
    'a label file that is not there',
    (d) => Object.assign(question(d), { labels: 'Q1.json' }),
    /no label file .*Q1\.json/,
  ],
]

for (const [name, change, message] of faults) {
  test(`a definition with ${name} is refused`, async (t) => {
    const definition: WaveDefinition & Record<string, unknown> = { ...smallDefinition() }
    change(definition)
    await assert.rejects(loadText(JSON.stringify(definition), t), matches(message))
  })
}

test('one fault is told in full, the others are counted', async (t) => {
  const definition = smallDefinition()
  definition.roles.id = 'X'
  definition.roles.weight = 'W'
  await assert.rejects(loadText(JSON.stringify(definition), t), matches(/no variable "X" \(and 1 more\)$/))
})

test('what is no JSON, no text or no object is refused with its place', async (t) => {
  await assert.rejects(loadText('{\n  "format": 1,\n  "wave" "99"\n}', t), matches(/line 3: not JSON: .*character 10/))
  await assert.rejects(loadText('', t), matches(/not JSON/))
  await assert.rejects(loadText('[]', t), matches(/the definition: expected object, found \[\]/))
  await assert.rejects(loadText('null', t), matches(/the definition: expected object, found null/))
  const folder = folderWith({}, t)
  writeFileSync(join(folder, 'wave.json'), Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0xff))
  await assert.rejects(loadDefinitionFile(join(folder, 'wave.json')), matches(/not UTF-8 text; expected JSON/))
})

function loadText(text: string, t: TestContext) {
  return loadDefinitionFile(join(folderWith({ 'wave.json': text }, t), 'wave.json'))
}

/** A SurveyError of the usage kind whose message is one line and matches. */
function matches(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof SurveyError, String(error))
    assert.equal(error.kind, 'usage')
    assert.doesNotMatch(error.message, /\n/)
    assert.match(error.message, message)
    return true
  }
}
