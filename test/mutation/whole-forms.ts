import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { lintFile } from '#src/definitions/lint-file.js'
import { type LoadedDefinition, loadDefinitionFile } from '#src/definitions/loader.js'
import { compilePlan, compileUnchecked } from '#src/pipelines/plan.js'
import { builtInRecipes } from '#src/pipelines/recipe.js'
import { openSurveyFile } from '#src/pipelines/survey-file.js'
import { buildChain } from '#src/stages/chain.js'
import { indexSurvey, surveyBlocks } from '#src/stages/read-survey.js'
import { importance, loaded, smallDefinition } from '../definitions/small-definition.js'
import { encodeDta } from '../formats/dta-encoder.js'
import { encodeSav } from '../formats/sav-encoder.js'
import { encodeXlsx } from '../formats/xlsx-encoder.js'
import { encodeZip } from '../formats/zip-encoder.js'
import { mutateBytes, mutateJson, mutateText } from './mutate.js'
import type { MutationForm } from './mutation-form.js'

const header = ['VERSION', 'ID', 'COUNTRY', 'YEAR', 'LATITUDE', 'WEIGHT', 'Q1', 'Q1_TEXT']
const records = Array.from({ length: 12 }, (_, row) => [
  'v1, made up',
  80070000 + (row < 10 ? row : 9),
  row % 2 === 0 ? 8 : 20,
  2018,
  -0.5 - row,
  row / 8,
  [1, 2, 3, 4, -1, -3][row % 6],
  row % 3 === 0 ? 'Zoë "Z"' : '',
])
const objects = records.map((cells) => Object.fromEntries(cells.map((cell, column) => [header[column], cell])))

/** What the whole way from a file to encoded examples may unfold. */
const inputOptions = { maxBytes: 1 << 26 }
const recipe = { ...builtInRecipes.default, formats: ['jsonl' as const], compression: 'none' as const }

function delimitedText(delimiter: string, lineEnd: string, spare = ''): string {
  const write = (cell: string | number) =>
    /["\s,;]/.test(`${cell}`) ? `"${`${cell}`.replaceAll('"', '""')}"` : `${cell}`
  return [header, ...records]
    .map((cells, line) => cells.map(write).join(delimiter) + (line === 0 ? '' : spare) + lineEnd)
    .join('')
}

/** Whole surveys, from the file through the plan and the chain to encoded examples, and what else a user hands in. */
export const wholeForms: Record<string, () => MutationForm> = {
  delimited: () =>
    surveyForm(mutateText, [
      Buffer.from(delimitedText(',', '\n')),
      Buffer.from(`\uFEFF${delimitedText(';', '\r\n', ';')}`),
      Buffer.from(delimitedText('\t', '\r\n').replace('Q1', 'Q1: Important in life: Tea'), 'latin1'),
    ]),
  json: () =>
    surveyForm(mutateText, [Buffer.from(JSON.stringify(objects)), Buffer.from(JSON.stringify(objects, null, 1))]),
  jsonl: () => surveyForm(mutateText, [Buffer.from(objects.map((object) => `${JSON.stringify(object)}\n`).join(''))]),
  'survey-gzip': () => surveyForm(mutateBytes, [gzipSync(csv()), gzipSync(savFile()), gzipSync(zipFile())]),
  'survey-zip': () =>
    surveyForm(mutateBytes, [zipFile(), encodeZip([{ name: 'in/survey.zip', content: zipFile(), method: 0 }])]),
  'survey-xlsx': () =>
    surveyForm(mutateBytes, [encodeXlsx([header, ...records]), encodeXlsx([header, ...records], { inline: true })]),
  'survey-sav': () => surveyForm(mutateBytes, [savFile(), savFile('zlib')]),
  'survey-dta': () => surveyForm(mutateBytes, [dtaFile(115), dtaFile(118)]),
  definition: definitionForm,
}

function csv(): Buffer {
  return Buffer.from(delimitedText(',', '\n'))
}

function zipFile(): Buffer {
  return encodeZip([{ name: 'survey.csv', content: csv() }])
}

function savFile(compression?: 'zlib'): Buffer {
  const variables = header.map((name, column) =>
    typeof records[0][column] === 'number' ? { name } : { name, width: column === 0 ? 20 : 9 },
  )
  return encodeSav({ variables, rows: records, ...(compression === undefined ? {} : { compression }) })
}

function dtaFile(format: 115 | 118): Buffer {
  const variables = header.map((name, column) => ({
    name,
    type: typeof records[0][column] === 'number' ? ('double' as const) : 12,
  }))
  return encodeDta({ format, variables, rows: records, labelSets: [] })
}

function surveyForm(mutate: MutationForm['mutate'], files: Buffer[]): MutationForm {
  const path = scratchFile('survey')
  const definition = loaded(smallDefinition())
  return {
    files,
    mutate,
    async read(bytes, random) {
      writeFileSync(path, bytes)
      await readSurvey(path, definition, random() < 0.5)
    },
  }
}

function definitionForm(): MutationForm {
  const path = scratchFile('definition.json')
  const survey = scratchFile('survey.csv')
  writeFileSync(survey, csv())
  const definition = smallDefinition((small) => {
    small.variables.push(
      { ...structuredClone(importance), id: 'Q1_TEXT', recodes: { '2': 3, '4': null }, decide: ['scale'] },
      { id: 'Q3', label: 'Leisure', kind: 'value', measure: 'ordinal', like: '7:Q3' },
      { id: 'Q4', label: 'Politics', kind: 'technical', measure: 'category', labels: 'unknown' },
    )
  })
  const file = Buffer.from(JSON.stringify(definition, null, 1))
  return {
    files: [file],
    mutate: (bytes, random) => (random() < 0.3 ? mutateText(bytes, random) : mutateJson(bytes, random)),
    async read(bytes, random) {
      writeFileSync(path, bytes)
      await lintFile(path)
      await readSurvey(survey, await loadDefinitionFile(path), random() < 0.5)
    },
  }
}

/** Reads a survey on this thread as a build does, or as an inspection does, which takes files that a build refuses. */
async function readSurvey(path: string, definition: LoadedDefinition, checked: boolean): Promise<void> {
  const survey = await openSurveyFile(path, inputOptions)
  // An inspection reads no answers of a file without ids.
  const isBuilt = checked || !survey.dialect.columns.includes(definition.definition.roles.id)
  const plan = (isBuilt ? compilePlan : compileUnchecked)(survey, definition, recipe)
  const index = await indexSurvey(plan.read)
  const chain = await buildChain(plan.chain)
  let rows = 0
  for await (const block of surveyBlocks(index)) {
    chain(block)
    rows += block.rows
  }
  if (rows !== index.respondents) throw new Error(`${rows} rows of ${index.respondents} respondents`)
}

function scratchFile(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-mutation-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return join(folder, name)
}
