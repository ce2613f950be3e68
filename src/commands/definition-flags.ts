import type { Options } from 'yargs'
import { openDecisions } from '../definitions/draft-definition.js'
import { type LoadedDefinition, loadDefinition, loadDefinitionFrom } from '../definitions/loader.js'
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
