import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Dialect, detectDialect } from '../formats/dialect.js'
import type { SurveyTable } from '../formats/survey-columns.js'
import { SurveyError } from '../formats/survey-error.js'
import { type DetectedInput, detectInput, type InputOptions, isTable, openTable } from '../formats/survey-input.js'
import { firstTableRow } from '../stages/read-table.js'
import type { SurveyFile } from './plan.js'
import { systemErrorCode } from './system-error.js'

/** The file that was opened last: a command opens it for its definition, and once more for what it does. */
let last: { key: string; survey: Promise<SurveyFile> } | undefined

/**
 * Opens a survey file as far as its header, in any form that is read and told by content: see `docs/formats.md`. Throws
 * a SurveyError where it can not be read or is none.
 */
export async function openSurveyFile(path: string, options: InputOptions = {}): Promise<SurveyFile> {
  const name = basename(path)
  const stats = await stat(path).catch((cause: unknown) => {
    throw new SurveyError(`the survey file can not be opened (${reasonOf(cause)})`, { place: { file: path }, cause })
  })
  if (!stats.isFile()) throw new SurveyError('this is no file; expected a survey file', { place: { file: path } })
  const { member, maxBytes } = options
  const key = [path, stats.ino, stats.size, stats.mtimeMs, member, maxBytes].join('\0')
  if (last?.key !== key) {
    last = { key, survey: openForm({ path, name, bytes: stats.size }, { member, maxBytes }) }
    // Whoever waits for it is told.
    last.survey.catch(() => {})
  }
  return { ...(await last.survey) }
}

type NamedFile = Pick<SurveyFile, 'path' | 'name' | 'bytes'>

async function openForm(file: NamedFile, options: InputOptions): Promise<SurveyFile> {
  const { path, name } = file
  const detected = await detectInput(path, name, options)
  if (!isTable(detected.input.form)) return { ...file, ...textFile(detected, name) }
  const table = await openTable(detected.input, name)
  const { form, encoding } = table
  return { ...file, form, encoding, dialect: await tableDialect(table, name), input: detected.input }
}

function textFile({ input, head, whole }: DetectedInput, name: string) {
  const { form, wrappings } = input
  const detected = detectDialect(head, name, whole)
  if (whole && detected.dataStart >= head.length) throw noRespondent(name)
  // In JSON the first record stands on the first line; in a sheet there is a header above it.
  const dialect = form === 'json' || form === 'jsonl' ? { ...detected, dataLine: 1 } : detected
  const isPlain = form === 'delimited' && wrappings.length === 0
  return { form, encoding: dialect.encoding, dialect, ...(isPlain ? {} : { input }) }
}

/** What the parser and the plan know of delimited text, for a table of columns. */
async function tableDialect(table: SurveyTable, name: string): Promise<Dialect> {
  const firstRecord = await firstTableRow(table)
  if (firstRecord === undefined) throw noRespondent(name)
  return {
    encoding: 'utf-8',
    byteOrderMark: false,
    delimiter: ',',
    decimalComma: false,
    columns: table.variables.map((variable) => variable.name),
    labels: table.variables.map((variable) => variable.label),
    fields: table.variables.length,
    dataStart: 0,
    dataLine: 1,
    firstRecord,
  }
}

function noRespondent(file: string): SurveyError {
  return new SurveyError('the file holds a header and no respondent', { place: { file } })
}

/** What the system said, in a word or two. */
export function reasonOf(error: unknown): string {
  const code = systemErrorCode(error)
  switch (code) {
    case 'ENOENT':
      return 'no such file or folder'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'EROFS':
      return 'the file system is read-only'
    case 'ENOSPC':
      return 'the disk is full'
    case 'EEXIST':
      return 'it is a file'
    case 'EISDIR':
      return 'it is a folder'
    case 'ENOTDIR':
      return 'part of the path is a file'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
