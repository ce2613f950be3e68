import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { loadDefinition } from '#src/definitions/loader.js'
import { build } from '#src/pipelines/build.js'
import { type Inspection, inspect } from '#src/pipelines/inspect.js'
import { builtInRecipes } from '#src/pipelines/recipe.js'
import { encodeZip } from '../formats/zip-encoder.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-inspect-'))
after(() => rmSync(folder, { recursive: true }))

const fixture = readFileSync(fileURLToPath(new URL('../../fixtures/wave7-synthetic-country.csv', import.meta.url)))
const [header, ...rows] = fixture.toString().replace('\uFEFF', '').trimEnd().split('\n')
const columns = header.split(';').map((name) => JSON.parse(name))
let files = 0

function save(content: string | Uint8Array): string {
  const path = join(folder, `${files++}.dat`)
  writeFileSync(path, content)
  return path
}

const look = (content: string | Uint8Array, member?: string): Promise<Inspection> =>
  inspect({ input: save(content), threads: 1, member })

/** The fixture with a cell of each row put in place of another. */
function withCells(column: string, cellOf: (row: number, cell: string) => string): string {
  const field = columns.indexOf(column)
  const changed = rows.map((line, row) => {
    const cells = line.split(';')
    cells[field] = cellOf(row, cells[field])
    return cells.join(';')
  })
  return [header, ...changed, ''].join('\n')
}

async function refusal(content: string | Uint8Array): Promise<string> {
  const out = join(folder, `out-${files}`)
  try {
    await build({
      input: save(content),
      out,
      recipe: builtInRecipes.default,
      definition: loadDefinition('7'),
      threads: 1,
    })
  } catch (error) {
    assert(error instanceof Error)
    assert.equal(error.name, 'SurveyError')
    return error.message
  }
  return 'it was built'
}

test('an inspection has the keys that scripts count on, and what the file holds', async () => {
  const found = await look(fixture)
  assert.deepEqual(Object.keys(found), [
    'form',
    'encoding',
    'delimiter',
    'release',
    'wave',
    'respondents',
    'countries',
    'years',
    'columns',
    'repeatedIds',
    'unlabelledCodes',
    'missing',
    'inverted',
  ])
  const { form, encoding, delimiter, wave, respondents, inverted } = found
  assert.deepEqual(
    { form, encoding, delimiter, wave, respondents, inverted },
    { form: 'delimited', encoding: 'utf-8', delimiter: ';', wave: '7', respondents: rows.length, inverted: false },
  )
  assert.match(found.release, /^synthetic/)
  assert.equal(found.countries.length, 1)
  assert.equal(found.countries[0].respondents, rows.length)
  assert.notEqual(found.countries[0].label, '')
  assert.equal(
    found.years.reduce((sum, year) => sum + year.respondents, 0),
    rows.length,
  )
  assert.equal(found.columns.known + found.columns.unknown.length, columns.length)
  assert.deepEqual(found.repeatedIds, [])
})

test('what it is packed in does not change what is found', async () => {
  const { wrappings, ...packed } = await look(gzipSync(encodeZip([{ name: 'a.csv', content: fixture }])))
  assert.deepEqual(wrappings, [{ kind: 'gzip' }, { kind: 'zip', member: 'a.csv' }])
  assert.deepEqual(packed, await look(fixture))
})

test('codes without labels, repeated ids, and missing answers are counted', async () => {
  const strange = await look(withCells('Q1', (row, cell) => (row < 3 ? '77' : row === 3 ? '78' : cell)))
  assert.deepEqual(strange.unlabelledCodes, [
    { variable: 'Q1', code: 77, respondents: 3 },
    { variable: 'Q1', code: 78, respondents: 1 },
  ])
  const alike = await look(withCells('D_INTERVIEW', (row, cell) => (row < 5 ? '42' : cell)))
  assert.deepEqual(alike.repeatedIds, [{ id: '42', respondents: 5 }])
  const before = await look(fixture)
  const asked = await look(withCells('Q57', () => '-4'))
  const questions = loadDefinition('7').definition.variables.filter(
    ({ id, kind }) => kind === 'value' && columns.includes(id),
  ).length
  const more = (asked.missing['not-asked'] ?? 0) - (before.missing['not-asked'] ?? 0)
  assert(Math.abs(more - 1 / questions) < 1e-5, `${more} is not 1/${questions}`)
})

test('a file of a wave without a definition, or of none, is counted all the same', async () => {
  const other = await look('V1: Wave,V2: Country,V4: Family\n1,76,2\n1,76,3\n')
  assert.equal(other.wave, '1')
  assert.equal(other.respondents, 2)
  const unknown = await look('a,b\n1,2\n')
  assert.equal(unknown.wave, null)
  assert.deepEqual(unknown.columns, { known: 0, unknown: ['a', 'b'], missing: [] })
})

/** An inspection says what a build would say. */
async function inspectedRefusal(content: string | Uint8Array): Promise<string> {
  const built = await refusal(content)
  const { refusal: told = '' } = await look(content)
  assert.equal(told.replace(/^\d+\.dat/, ''), built.replace(/^\d+\.dat/, ''))
  return built
}

test('an Inverted release is told and refused', async () => {
  const turned = [header.replace('"Q1"', '"Q1P"'), ...rows, ''].join('\n')
  assert.equal((await look(turned)).inverted, true)
  assert.match(await refusal(turned), /Inverted release .*download the file without "Inverted"/)
})

test('a file of another wave is refused by the wave that it names', async () => {
  assert.match(await refusal('V1: Wave,V2: Country\n6,76\n'), /a file of wave 6; expected one of wave 7/)
})

test('labels in place of codes are refused', async () => {
  const worded = rows.map((line) =>
    line
      .split(';')
      .map((cell, field) => (/^Q\d+$/.test(columns[field]) ? '"Very important"' : cell))
      .join(';'),
  )
  assert.match(
    await inspectedRefusal([header, ...worded, ''].join('\n')),
    /line 2: 100 % of the answers .* value labels in place of codes/,
  )
})

test('columns that slid against their header are refused, whichever way', async () => {
  // A delimiter behind each row taken for one field more, so that the first column became the row's name.
  const left = [header, ...rows.map((line) => `${line.slice(line.indexOf(';') + 1)};`), ''].join('\n')
  assert.match(await inspectedRefusal(left), /cells stand 1 column to the left of their headers/)
  const kept = [`"";${header}`, ...rows.map((line) => `${line};`), ''].join('\n')
  assert.match(await inspectedRefusal(kept), /cells stand 1 column to the left of their headers/)
  const right = [header, ...rows.map((line) => `0;${line.slice(0, line.lastIndexOf(';'))}`), ''].join('\n')
  assert.match(await inspectedRefusal(right), /cells stand 1 column to the right of their headers/)
})
