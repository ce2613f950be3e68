import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { loadDefinition } from '#src/definitions/loader.js'
import { build } from '#src/pipelines/build.js'
import { inspect } from '#src/pipelines/inspect.js'
import { builtInRecipes } from '#src/pipelines/recipe.js'
import { synthesizeBytes } from '#src/pipelines/synth.js'
import { encodeXlsx } from '../formats/xlsx-encoder.js'
import { encodeZip } from '../formats/zip-encoder.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-forms-'))
after(() => rmSync(folder, { recursive: true }))

/** More than one block of respondents, so that the cut of the blocks must be the same too. */
const respondents = 2100

/** The survey's cells as texts, the header first: of the questions only a third, for speed. */
function makeSurvey(): string[][] {
  const text = Buffer.concat([...synthesizeBytes({ respondents, seed: 3 })])
  const rows: string[][] = parse(text)
  const definition = loadDefinition('7')
  const wanted = rows[0].flatMap((name, column) => {
    const variable = definition.variable(name)
    if (variable === undefined) return []
    const number = Number(/^Q(\d+)/.exec(name)?.[1] ?? 0)
    return variable.kind === 'value' && number > 80 ? [] : [column]
  })
  return rows.map((cells) => wanted.map((column) => cells[column]))
}

const numberOf = (cell: string) => (/^-?\d*\.?\d+$/.test(cell) ? Number(cell) : cell === '' ? null : cell)
const csvCell = (cell: string) => (/[",\t;\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
const delimited = (rows: string[][], delimiter: string, lineEnd: string) =>
  rows.map((cells) => cells.map(csvCell).join(delimiter) + lineEnd).join('')

/** haven writes each statistics form; columns are numbers where all of their cells are. */
const havenScript = `
args <- commandArgs(TRUE)
survey <- read.csv(args[1], check.names = FALSE, na.strings = "", encoding = "UTF-8")
haven::write_sav(survey, file.path(args[2], "bytes.sav"), compress = "byte")
haven::write_sav(survey, file.path(args[2], "plain.sav"), compress = "none")
haven::write_sav(survey, file.path(args[2], "survey.zsav"), compress = "zsav")
for (version in c(8, 10, 12, 13, 14, 15)) haven::write_dta(survey, file.path(args[2], paste0(version, ".dta")), version = version)
`

const files: string[] = []
let expected: Map<string, string> | undefined

before(() => {
  const rows = makeSurvey()
  const [header, ...records] = rows
  const save = (name: string, content: string | Uint8Array) => {
    files.push(join(folder, name))
    writeFileSync(join(folder, name), content)
  }
  const csv = delimited(rows, ',', '\n')
  save('survey.csv', csv)
  save('tabs.csv', delimited(rows, '\t', '\r\n'))
  save('semicolons.csv', `\uFEFF${delimited(rows, ';', '\n')}`)
  save('survey.gz', gzipSync(csv))
  save('survey.zip', encodeZip([{ name: 'data/survey.csv', content: Buffer.from(csv) }]))
  const objects = records.map((cells) =>
    Object.fromEntries(cells.map((cell, column) => [header[column], numberOf(cell)])),
  )
  save('survey.json', JSON.stringify(objects))
  save('survey.jsonl', objects.map((object) => `${JSON.stringify(object)}\n`).join(''))
  const sheet = [header, ...records.map((cells) => cells.map(numberOf))]
  save('shared.xlsx', encodeXlsx(sheet))
  save('inline.xlsx', encodeXlsx(sheet, { inline: true, blankRows: [4, 5] }))
  const script = join(folder, 'haven.R')
  writeFileSync(script, havenScript)
  execFileSync('Rscript', [script, join(folder, 'survey.csv'), folder], { stdio: 'pipe' })
  const written = readdirSync(folder).filter((name) => /\.(z?sav|dta)$/.test(name))
  assert.equal(written.length, 9)
  files.push(...written.map((name) => join(folder, name)))
  const sav = readFileSync(join(folder, 'bytes.sav'))
  save('sav.zip', encodeZip([{ name: 'bytes.sav', content: sav }]))
  save('dta.gz', gzipSync(readFileSync(join(folder, '14.dta'))))
  save('xlsx.zip', encodeZip([{ name: 'survey.xlsx', content: readFileSync(join(folder, 'shared.xlsx')) }]))
})

/** The data files of a build, by name: their bytes as hexadecimal digests are in the manifest. */
async function dataFiles(input: string): Promise<Map<string, string>> {
  const out = join(folder, `out-${basename(input)}`)
  const recipe = { ...builtInRecipes.default, compression: 'none' as const }
  const manifest = await build({ input, out, recipe, definition: loadDefinition('7'), threads: 2 })
  assert.equal(manifest.counts.respondents, respondents)
  assert.deepEqual(manifest.counts.invalid, [])
  const data = manifest.files.filter(({ table }) => table !== undefined)
  for (const { path, bytes } of data) assert.equal(readFileSync(join(out, path)).length, bytes)
  rmSync(out, { recursive: true })
  return new Map(data.map(({ path, sha256 }) => [path, sha256]))
}

test('one survey in every form gives the same data files, byte for byte', async (context) => {
  expected = await dataFiles(files[0])
  assert.equal(expected.size, 6)
  for (const file of files.slice(1)) {
    await context.test(basename(file), async () => assert.deepEqual(await dataFiles(file), expected))
  }
})

test('an inspection finds the same in every form', async () => {
  const { form: _, delimiter: __, ...plain } = await inspect({ input: files[0], threads: 2 })
  const forms = new Map<string, string>()
  for (const file of files.filter((name) => /survey|shared|14/.test(basename(name)))) {
    const { form, delimiter: ___, wrappings: ____, ...found } = await inspect({ input: file, threads: 2 })
    forms.set(basename(file), form)
    assert.deepEqual(found, plain, file)
  }
  assert.deepEqual(Object.fromEntries(forms), {
    'survey.csv': 'delimited',
    'survey.gz': 'delimited',
    'survey.zip': 'delimited',
    'survey.json': 'json',
    'survey.jsonl': 'jsonl',
    'shared.xlsx': 'xlsx',
    '14.dta': 'dta',
    'survey.zsav': 'zsav',
  })
})
