import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SurveyError } from '../formats/survey-error.js'
import { checkLabels, parseJson } from './definition-file.js'
import { createLoadedDefinition, type LoadedDefinition, labelFilesOf } from './loaded-definition.js'
import type { WaveDefinition } from './schema.js'
import { type FindWave, resolveLikes, wavesReferredTo } from './shared-wording.js'

export type { LoadedDefinition } from './loaded-definition.js'

const builtInFolder = fileURLToPath(new URL('.', import.meta.url))
const definitionFile = 'wave.json'
/** Folders with a definition; others hold what definitions share. */
const waveFolder = /^(wave\d+|timeseries)$/

/** The names of the waves whose definition comes with the toolkit, e.g. `['7']`. */
export function builtInWaves(): string[] {
  return readdirSync(builtInFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && waveFolder.test(entry.name))
    .map((entry) => waveOfFolder(entry.name))
    .sort()
}

/** `wave7` holds wave `7`; a folder of another name (the time series) goes by that name. */
function waveOfFolder(folder: string): string {
  return folder.replace(/^wave(?=\d)/, '')
}

/**
 * Loads a built-in definition: one file of JSON, whose schema the toolkit's tests have checked. Throws a
 * SurveyError naming the waves there are if this is none of them.
 */
export function loadDefinition(wave: string): LoadedDefinition {
  const known = builtInWaves()
  if (!known.includes(wave)) {
    throw new SurveyError(`no wave '${wave}' is built in; expected one of ${known.join(', ')}, or a definition file`, {
      kind: 'usage',
    })
  }
  const { folder, bytes, definition } = readBuiltIn(wave)
  return loadedFrom(join(builtInFolder, folder), definitionFile, bytes, definition, true)
}

/** A built-in definition as its file has it, with references to other waves left as they are: enough to see its columns. */
export function readWaveFile(wave: string): WaveDefinition {
  return readOnce(folderOfWave(wave)).definition
}

/** The built-in files read so far: a run looks at each several times. They are not to be changed. */
const waveFiles = new Map<string, { bytes: Buffer; definition: WaveDefinition }>()

function readOnce(folder: string): { bytes: Buffer; definition: WaveDefinition } {
  let file = waveFiles.get(folder)
  if (file === undefined) {
    const bytes = readFileSync(join(builtInFolder, folder, definitionFile))
    file = { bytes, definition: JSON.parse(bytes.toString()) }
    waveFiles.set(folder, file)
  }
  return file
}

interface BuiltIn {
  /** Name of its folder, `wave7`. */
  folder: string
  bytes: Buffer
  definition: WaveDefinition
}

function readBuiltIn(wave: string): BuiltIn {
  const folder = folderOfWave(wave)
  const { bytes, definition } = readOnce(folder)
  return { folder, bytes, definition: resolveLikes(definition, findBuiltIn, `${folder}/${definitionFile}`) }
}

/** Fills in what a definition in a file shares with built-in waves; see `resolveLikes`. */
export function resolveBuiltIn(definition: WaveDefinition, path: string): WaveDefinition {
  return resolveLikes(definition, findBuiltIn, path)
}

const findBuiltIn: FindWave = (wave) => (builtInWaves().includes(wave) ? readBuiltIn(wave) : undefined)

function folderOfWave(wave: string): string {
  return /^\d/.test(wave) ? `wave${wave}` : wave
}

/**
 * Loads a definition in the toolkit's own JSON from a file that a user gives, checked in full: shape, unknown keys,
 * names given twice, recodes that leave their scale, roles that name no variable, label files that are not there.
 * Throws a SurveyError with the file and the place in it.
 */
export async function loadDefinitionFile(path: string): Promise<LoadedDefinition> {
  const bytes = readUserFile(path)
  // zod costs tens of milliseconds of start-up, which runs with a built-in definition need not pay.
  const { checkDefinition } = await import('./definition-check.js')
  const definition = checkDefinition(parseJson(bytes, path), path, (checked) =>
    resolveLikes(checked, findBuiltIn, path),
  )
  for (const name of labelFilesOf(definition)) {
    const labelFile = labelPath(dirname(path), name)
    if (!isFile(labelFile)) {
      throw new SurveyError(`there is no label file ${labelFile}, which the definition points to`, {
        kind: 'usage',
        place: { file: path },
      })
    }
  }
  return loadedFrom(dirname(path), basename(path), bytes, definition)
}

/**
 * Loads the reference dataset's own definition from a folder that holds its `codebook.json`,
 * `question_metadata.json` and `answer_adjustment.json`. Variables come in the order of `question_metadata.json`,
 * whose bytes stay at hand as `questionMetadata`; columns that only the codebook knows follow as technical ones.
 */
export async function loadReferenceDefinition(directory: string): Promise<LoadedDefinition> {
  const { readReferenceDefinition, referenceFiles } = await import('./reference-definition.js')
  const files = referenceFiles.map((name) => ({ name, bytes: readUserFile(join(directory, name)) }))
  const definition = readReferenceDefinition(directory, files, loadDefinition('7').definition)
  const questionMetadata = files.find(({ name }) => name === 'question_metadata.json')?.bytes
  return createLoadedDefinition({
    definition,
    files: () => files,
    readLabelFile: (name) => readLabelFile(directory, name),
    ...(questionMetadata === undefined ? {} : { questionMetadata }),
  })
}

/**
 * Loads whatever definition a path holds: a file in the toolkit's own JSON, a folder with such a `wave.json` and its
 * label files, or a folder with the reference dataset's three files.
 */
export async function loadDefinitionFrom(path: string): Promise<LoadedDefinition> {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return loadDefinitionFile(path)
  if (isFile(join(path, definitionFile))) return loadDefinitionFile(join(path, definitionFile))
  if (isFile(join(path, 'question_metadata.json'))) return loadReferenceDefinition(path)
  throw new SurveyError(`no definition in this folder; expected ${definitionFile}, or codebook.json and its kin`, {
    kind: 'usage',
    place: { file: path },
  })
}

function loadedFrom(
  folder: string,
  file: string,
  bytes: Buffer,
  definition: WaveDefinition,
  builtIn = false,
): LoadedDefinition {
  return createLoadedDefinition({
    definition,
    builtIn,
    *files() {
      yield { name: definitionFile, bytes }
      for (const wave of wavesReferredTo(definition)) {
        const name = `${folderOfWave(wave)}/${definitionFile}`
        yield { name, bytes: readUserFile(join(builtInFolder, name)) }
      }
      for (const name of labelFilesOf(definition)) yield { name, bytes: readUserFile(labelPath(folder, name)) }
    },
    readLabelFile: (name) => readLabelFile(folder, name, file),
  })
}

/** A label file stands beside its definition; one with a folder in its name is that of a built-in wave. */
function labelPath(folder: string, name: string): string {
  return name.includes('/') ? join(builtInFolder, name) : join(folder, name)
}

function readLabelFile(folder: string, name: string, pointedToBy?: string) {
  const path = labelPath(folder, name)
  return checkLabels(parseJson(readUserFile(path), path), path, pointedToBy)
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function readUserFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'no such file' : 'cannot read'
    throw new SurveyError(`${reason}; expected a file of JSON that belongs to a wave definition`, {
      kind: 'usage',
      place: { file: path },
      cause,
    })
  }
}
