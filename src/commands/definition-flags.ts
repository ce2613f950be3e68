import type { Options } from 'yargs'
import { openDecisions } from '../definitions/draft-definition.js'
import { builtInWaves, type LoadedDefinition, loadDefinition, loadDefinitionFrom } from '../definitions/loader.js'
import { usageError } from './flag-values.js'
import { type InputArguments, inputOptionsOf } from './input-options.js'

/** Flags that say which wave definition a survey file is read with; shared by all commands that read surveys. */
export interface DefinitionArguments {
  wave: string | undefined
  definition: string | undefined
  'allow-draft': boolean
}

export const definitionFlags = {
  wave: { type: 'string', describe: 'Built-in wave: see `wvs waves`; told by the columns by default' },
  definition: { type: 'string', describe: "A wave definition, or a folder with the reference's own files" },
  'allow-draft': {
    type: 'boolean',
    default: false,
    describe: 'Take a drafted definition with decisions still open',
  },
} as const satisfies Record<string, Options>

/** The definition that the flags name; where they name none, the built-in one that fits the file's columns. */
export async function definitionOf(
  args: DefinitionArguments & InputArguments,
  file: string,
): Promise<LoadedDefinition> {
  const { wave, definition } = args
  if (wave !== undefined && definition !== undefined) throw usageError('--wave and --definition exclude one another')
  if (definition !== undefined) return settled(await loadDefinitionFrom(definition), definition, args['allow-draft'])
  if (wave !== undefined) return loadDefinition(wave)
  const { definitionOfSurvey } = await import('../pipelines/survey-definition.js')
  return definitionOfSurvey(file, inputOptionsOf(args))
}

/** Flags that may be given once for all of several files, or once for each of them. */
export const perFileFlags = ['wave', 'definition']

/** Such flags as they come from the command line. */
export interface PerFileArguments extends Pick<DefinitionArguments, 'allow-draft'> {
  wave: string | string[] | undefined
  definition: string | string[] | undefined
}

/**
 * The definition of each of several files. A flag that is given once is for all of them; given several times, it is
 * for one file each, in their order. `auto` tells the definition by the file's columns, and the name of a built-in wave
 * serves as a definition, so that files with and without one of their own can be named together.
 */
export async function definitionsOf(
  args: PerFileArguments & InputArguments,
  files: readonly string[],
): Promise<LoadedDefinition[]> {
  const waves = eachOf(args.wave, files.length, '--wave')
  const definitions = eachOf(args.definition, files.length, '--definition')
  const loaded: LoadedDefinition[] = []
  for (const [place, file] of files.entries()) {
    const [wave, definition] = [waves[place], definitions[place]].map((value) => (value === 'auto' ? undefined : value))
    const isWave = definition !== undefined && builtInWaves().includes(definition)
    const named = isWave ? { wave: definition, definition: undefined } : { wave, definition }
    loaded.push(await definitionOf({ ...args, ...named }, file))
  }
  return loaded
}

function eachOf(value: string | string[] | undefined, files: number, flag: string): (string | undefined)[] {
  const values = value === undefined ? [] : [value].flat()
  if (values.length <= 1) return new Array(files).fill(values[0])
  if (values.length === files) return values
  throw usageError(
    `${flag} was given ${values.length} times for ${files} ${files === 1 ? 'file' : 'files'}; expected it once for all, or once for each`,
  )
}

/** Refuses a draft that a person has yet to go through, unless that is wanted. */
function settled(loaded: LoadedDefinition, path: string, allowDraft: boolean): LoadedDefinition {
  const open = openDecisions(loaded.definition)
  if (open > 0 && !allowDraft) {
    throw usageError(
      `${path}: a draft with ${open} ${open === 1 ? 'decision' : 'decisions'} still open; \`wvs lint ${path}\` lists them, ` +
        '--allow-draft builds all the same',
    )
  }
  return loaded
}
