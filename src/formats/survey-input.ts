import { gzipSource } from './container/gzip.js'
import type { InflateLimit } from './container/inflate-limit.js'
import type { ZipArchive } from './container/zip.js'
import { isDta, isGzip, isSav, isZip, jsonFormOf } from './form-signatures.js'
import { type ByteSource, fileSource } from './survey-columns/byte-source.js'
import type { SurveyTable } from './survey-columns.js'
import { SurveyError } from './survey-error.js'

// The readers are loaded when a file of their form comes: together they are more code than all that a text file needs.

/** The forms in which survey files come; what they are wrapped in counts apart. */
export type SurveyForm = 'delimited' | 'xlsx' | 'json' | 'jsonl' | 'sav' | 'dta'

/** One wrapping around a survey file. */
export type Wrapping = { kind: 'gzip' } | { kind: 'zip'; member: string }

/** Where a survey's bytes are and what form they have: plain JSON, from which they are opened again at will. */
export interface SurveyInput {
  path: string
  form: SurveyForm
  /** From the outermost; empty for a file as it is. */
  wrappings: Wrapping[]
  limit: InflateLimit
}

export interface InputOptions {
  /** Which member of an archive. */
  member?: string | undefined
  /** Most bytes that a compressed file may unfold to. */
  maxBytes?: number | undefined
}

/** The first bytes of a survey file, from which its form is told. */
export const headBytes = 1 << 20

/** An archive within another wrapping is read into memory, for its directory stands at its end. */
const mostNestedBytes = 2 ** 28
const mostWrappings = 3

/** A survey file found in its wrappings. */
export interface DetectedInput {
  input: SurveyInput
  /** The first `headBytes` of it, or all; of a form that is read as delimited text, of that text. */
  head: Uint8Array
  /** `head` is all of it. */
  whole: boolean
}

/**
 * Tells by its content what form a file has, and what it is wrapped in. Throws a SurveyError where an archive's
 * member can not be told, or the wrapping is damaged.
 *
 * @param name the file's name in messages
 */
export async function detectInput(path: string, name: string, options: InputOptions = {}): Promise<DetectedInput> {
  const limit: InflateLimit = options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }
  const wrappings: Wrapping[] = []
  let source: ByteSource = { ...(await fileSource(path)), name }
  for (;;) {
    const { head, whole } = await readHead(source)
    const form = isGzip(head) || isZip(head) ? undefined : formOf(head)
    if (form !== undefined) {
      if (options.member !== undefined && wrappings.every(({ kind }) => kind !== 'zip')) {
        throw new SurveyError('--member names a file in a zip archive, and this is none', {
          kind: 'usage',
          place: { file: name },
        })
      }
      const input = { path, form, wrappings, limit }
      if (form !== 'json' && form !== 'jsonl') return { input, head, whole }
      return { input, ...(await readHead(await jsonRows(source, form))) }
    }
    if (wrappings.length === mostWrappings) {
      throw new SurveyError(`packed more than ${mostWrappings} times over; unpack it first`, { place: { file: name } })
    }
    if (isGzip(head)) {
      wrappings.push({ kind: 'gzip' })
      source = gzipSource(source, limit)
    } else {
      const archive = await openArchive(path, source, wrappings)
      const { isXlsx, xlsxSource } = await import('./xlsx.js')
      if (isXlsx(archive)) {
        return { input: { path, form: 'xlsx', wrappings, limit }, ...(await readHead(xlsxSource(archive, limit))) }
      }
      const member = archive.choose(wrappings.some(({ kind }) => kind === 'zip') ? undefined : options.member)
      wrappings.push({ kind: 'zip', member })
      source = await archive.source(member, limit)
    }
  }
}

/** Whether a form is a table of typed columns; all others are read as delimited text. */
export function isTable(form: SurveyForm): form is 'sav' | 'dta' {
  return form === 'sav' || form === 'dta'
}

/** The delimited text of a survey file out of its wrappings; of a table its bytes as they are. */
export async function openInput(input: SurveyInput, name: string): Promise<ByteSource> {
  const { path, form, wrappings, limit } = input
  const source = await unwrap(input, name)
  if (form === 'xlsx') {
    const { xlsxSource } = await import('./xlsx.js')
    return xlsxSource(await openArchive(path, source, wrappings), limit)
  }
  return form === 'json' || form === 'jsonl' ? jsonRows(source, form) : source
}

async function unwrap({ path, wrappings, limit }: SurveyInput, name: string): Promise<ByteSource> {
  let source: ByteSource = { ...(await fileSource(path)), name }
  for (const [depth, wrapping] of wrappings.entries()) {
    if (wrapping.kind === 'gzip') source = gzipSource(source, limit)
    else source = await (await openArchive(path, source, wrappings.slice(0, depth))).source(wrapping.member, limit)
  }
  return source
}

/** The table of an SPSS or Stata file. */
export async function openTable(input: SurveyInput, name: string): Promise<SurveyTable> {
  const source = await openInput(input, name)
  if (input.form === 'sav') return (await import('./sav.js')).openSav(source)
  return (await import('./dta.js')).openDta(source)
}

async function openArchive(path: string, source: ByteSource, around: Wrapping[]): Promise<ZipArchive> {
  const { ZipArchive } = await import('./container/zip.js')
  return ZipArchive.open(source.name, around.length === 0 ? path : await readAll(source, mostNestedBytes))
}

async function jsonRows(source: ByteSource, form: 'json' | 'jsonl'): Promise<ByteSource> {
  const { jsonRowsSource } = await import('./json-rows.js')
  return jsonRowsSource(source, form)
}

function formOf(head: Uint8Array): SurveyForm {
  if (isSav(head)) return 'sav'
  if (isDta(head)) return 'dta'
  return jsonFormOf(head) ?? 'delimited'
}

async function readHead(source: ByteSource): Promise<{ head: Uint8Array; whole: boolean }> {
  const head = Buffer.alloc(Math.min(headBytes, source.size))
  let length = 0
  let whole = true
  for await (const chunk of source.stream(0)) {
    head.set(chunk.subarray(0, headBytes - length), length)
    whole = chunk.length <= headBytes - length
    length = Math.min(headBytes, length + chunk.length)
    if (!whole) break
  }
  return { head: head.subarray(0, length), whole }
}

async function readAll(source: ByteSource, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of source.stream(0)) {
    length += chunk.length
    if (length > most) {
      throw new SurveyError(`an archive of more than ${most} bytes within another; unpack the outer one first`, {
        place: { file: source.name },
      })
    }
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks)
}
