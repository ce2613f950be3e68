import { open, readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parse } from 'csv-parse/sync'
import { type DraftColumn, draftDefinition } from '../definitions/draft-definition.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import type { ValueLabels, WaveDefinition } from '../definitions/schema.js'
import { isDta, openDta } from '../formats/dta.js'
import { isSav, openSav } from '../formats/sav.js'
import { SurveyError } from '../formats/survey-error.js'
import { reasonOf } from './survey-file.js'

/**
 * Drafts a wave definition from an SPSS or Stata file, told by content, or from a codebook: delimited text with the columns
 * `variable`, `label` and, of value labels as lines of `code##label`, `categories`. Throws a SurveyError where it is none.
 */
export async function define(path: string, wave: string, like: LoadedDefinition[]): Promise<WaveDefinition> {
  const columns = await draftColumns(path)
  if (columns.length === 0) throw new SurveyError('no variable is defined here', { place: { file: path } })
  return draftDefinition({ wave, source: basename(path), columns, like })
}

async function draftColumns(path: string): Promise<DraftColumn[]> {
  const head = await readHead(path)
  if (!isSav(head) && !isDta(head)) return codebookColumns(await readFile(path), path)
  const { variables } = isSav(head) ? await openSav(path) : await openDta(path)
  return variables.map(({ name, label, type, valueLabels }) => ({
    id: name,
    label: label === '' ? name : label,
    text: type === 'text',
    // Stata's extended missing values are no codes of the survey.
    labels: ordered(
      [...valueLabels]
        .filter(([code]) => typeof code === type || type === 'text')
        .map(([code, text]) => [String(code), text]),
    ),
  }))
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((cause: unknown) => {
    throw new SurveyError(`the file can not be opened (${reasonOf(cause)})`, { place: { file: path }, cause })
  })
  try {
    const head = Buffer.alloc(4096)
    const { bytesRead } = await file.read(head, 0, head.length, 0)
    return head.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

function codebookColumns(bytes: Buffer, file: string): DraftColumn[] {
  let rows: Record<string, string>[]
  try {
    rows = parse(bytes, {
      bom: true,
      columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
      relax_column_count: true,
    })
  } catch (cause) {
    throw noCodebook(file, cause)
  }
  if (rows.length === 0 || rows[0].variable === undefined || rows[0].label === undefined) throw noCodebook(file)
  return rows
    .filter(({ variable }) => variable !== '')
    .map(({ variable, label, categories = '' }) => {
      const lines = [...categories.matchAll(/^(-?\d+)##(.*)$/gm)]
      const labels = ordered(lines.map(([, code, text]) => [code, text.replace(/\{[^}]*\}\s*$/, '').trim()]))
      return { id: variable, label, labels, text: false }
    })
}

function noCodebook(file: string, cause?: unknown): SurveyError {
  return new SurveyError('neither an SPSS or Stata file nor a codebook; expected columns variable, label, categories', {
    place: { file },
    cause,
  })
}

/** Answers first, then missing codes, both from 0 outward. */
function ordered(labels: [string, string][]): ValueLabels {
  const rank = (code: string) => (Number(code) < 0 ? 1e9 - Number(code) : Number(code))
  return Object.fromEntries(labels.sort(([left], [right]) => rank(left) - rank(right)))
}
