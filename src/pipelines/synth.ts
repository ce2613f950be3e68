import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { type LoadedDefinition, loadDefinition } from '../definitions/loader.js'
import { SurveyError } from '../formats/survey-error.js'
import { allotRespondents, type Country, loadCountries } from './synth/fieldwork.js'
import { type LayoutName, layoutNames, loadLayout } from './synth/layout.js'
import { Population } from './synth/population.js'

export { type LayoutName, layoutNames } from './synth/layout.js'

/** Bytes that are gathered before they are handed on. */
const chunkBytes = 1 << 20

/** What synthetic survey file to make. */
export interface SynthesisOptions {
  /** The wave whose files to imitate: `7`. */
  wave?: string | undefined
  /** Rows; by default as many as the release that the layout imitates: 97,220, or one country's sample. */
  respondents?: number | undefined
  layout?: LayoutName | undefined
  /** Whole number below 2^53 in size; the same seed gives the same bytes. */
  seed?: number | undefined
  /** Called after each stretch of rows, and at the end. */
  onProgress?: ((rowsDone: number, rowsTotal: number) => void) | undefined
}

export interface SynthesisToFileOptions extends SynthesisOptions {
  /** Path of the file to write; a file of this name is replaced once the new one is whole. */
  out: string
  /** Stops the run; the file is then not there, or as it was before. */
  signal?: AbortSignal | undefined
}

/** What was made. */
export interface SynthesisResult {
  out: string
  layout: LayoutName
  respondents: number
  countries: number
  columns: number
  bytes: number
}

/** Everything that is settled before the first row. */
interface Synthesis {
  definition: LoadedDefinition
  layout: ReturnType<typeof loadLayout>
  countries: Country[]
  present: { country: Country; respondents: number }[]
  respondents: number
  seed: number
}

/**
 * Writes a synthetic raw survey file: no row is a person, and the `version` column says so. The file appears under
 * its name only when it is whole. Memory does not grow with the number of respondents.
 *
 * Throws a SurveyError for options that make no file, and where the file cannot be written; the signal's reason
 * when aborted.
 */
export async function synthesize(options: SynthesisToFileOptions): Promise<SynthesisResult> {
  const { out, signal, onProgress } = options
  const synthesis = settle(options)
  signal?.throwIfAborted()
  const target = await findTarget(out)
  const written = target.temporary ?? target.path
  let bytes = 0
  let file: FileHandle | undefined
  try {
    file = await open(written, 'w')
    for (const chunk of rows(synthesis, onProgress)) {
      signal?.throwIfAborted()
      await file.writeFile(chunk)
      bytes += chunk.length
    }
    if (target.temporary !== undefined) await file.sync()
    await file.close()
    file = undefined
    if (target.temporary !== undefined) await rename(target.temporary, target.path)
  } catch (error) {
    await file?.close()
    if (target.temporary !== undefined) await rm(target.temporary, { force: true })
    throw isSystemError(error) ? cannotWrite(out, error) : error
  }
  const { layout, respondents, present } = synthesis
  const countries = present.length
  return { out, layout: layout.layout, respondents, countries, columns: layout.columns.length, bytes }
}

/** Where to write: a file by way of a temporary one beside it, anything else (a pipe, `/dev/null`) straight. */
async function findTarget(out: string): Promise<{ path: string; temporary?: string }> {
  const existing = await stat(out).catch(() => undefined)
  if (existing?.isDirectory()) throw usage(`${out} is a folder; expected the name of a file`)
  if (existing !== undefined && !existing.isFile()) return { path: out }
  // What a symbolic link points to is replaced, not the link.
  const path = existing === undefined ? out : await realpath(out)
  return { path, temporary: `${path}.${process.pid}.tmp` }
}

/** The same file as bytes, a stretch at a time, each in a buffer of its own. Throws a SurveyError for bad options. */
export function synthesizeBytes(options: SynthesisOptions = {}): Iterable<Uint8Array> {
  return rows(settle(options), options.onProgress)
}

function settle(options: SynthesisOptions): Synthesis {
  const { wave = '7', layout: layoutName = 'cross-national', seed = 0 } = options
  if (wave !== '7') throw usage(`synthetic files of wave '${wave}' cannot be made; expected 7`)
  if (!layoutNames.includes(layoutName)) {
    throw usage(`there is no layout '${layoutName}'; expected one of ${layoutNames.join(', ')}`)
  }
  if (!Number.isSafeInteger(seed)) throw usage(`seed ${seed} is not a whole number below 2^53`)
  const layout = loadLayout(layoutName)
  const countries = loadCountries()
  const taking = countries.filter(({ code }) => layout.country === undefined || code === layout.country)
  const respondents = options.respondents ?? taking.reduce((sum, country) => sum + country.respondents, 0)
  if (!Number.isSafeInteger(respondents) || respondents < 1) {
    throw usage(`${respondents} respondents cannot be made; expected a whole number from 1`)
  }
  const counts = allotRespondents(taking, respondents)
  return {
    definition: loadDefinition(wave),
    layout,
    countries,
    present: taking
      .map((country, index) => ({ country, respondents: counts[index] }))
      .filter((part) => part.respondents > 0),
    respondents,
    seed,
  }
}

function* rows(synthesis: Synthesis, onProgress: SynthesisOptions['onProgress']): Generator<Uint8Array> {
  const { definition, layout, countries, present, respondents, seed } = synthesis
  const population = new Population(layout, definition, countries, seed, {
    version: `synthetic (wvs synth, seed ${seed})`,
    doi: 'none (synthetic)',
  })
  const header = layout.columns.map((column) => `"${column}"`).join(layout.delimiter)
  yield new TextEncoder().encode(`${layout.byteOrderMark ? '\uFEFF' : ''}${header}\n`)
  let bytes = new Uint8Array(chunkBytes)
  let length = 0
  let done = 0
  for (const part of present) {
    population.enter(part.country, part.respondents)
    const { longestRow } = population
    for (let sequence = 1; sequence <= part.respondents; sequence++) {
      if (length + longestRow > bytes.length) {
        yield bytes.subarray(0, length)
        onProgress?.(done, respondents)
        bytes = new Uint8Array(chunkBytes)
        length = 0
      }
      length = population.write(bytes, length, sequence)
      done++
    }
  }
  yield bytes.subarray(0, length)
  onProgress?.(done, respondents)
}

function usage(message: string): SurveyError {
  return new SurveyError(message, { kind: 'usage' })
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

const writeProblems = new Map([
  ['ENOENT', 'the folder does not exist; create it first'],
  ['ENOTDIR', 'the folder does not exist; create it first'],
  ['EACCES', 'no permission to write here'],
  ['EPERM', 'no permission to write here'],
  ['EROFS', 'this disk can only be read'],
  ['ENOSPC', 'the disk is full'],
])

function cannotWrite(out: string, error: NodeJS.ErrnoException): SurveyError {
  const problem = writeProblems.get(error.code ?? '') ?? `cannot write (${error.message})`
  return new SurveyError(problem, { place: { file: out }, cause: error })
}
