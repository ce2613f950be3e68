import type { Argv, Options } from 'yargs'
import type { LoadedDefinition } from '../definitions/loader.js'
import type { InputOptions } from '../formats/survey-input.js'
import { type Recipe, type SplitUnit, splitUnits } from '../pipelines/recipe.js'
import { type SplitMethod, splitMethods } from '../stages/split.js'
import { type DefinitionArguments, definitionFlags, definitionOf } from './definition-flags.js'
import { parseRatios, positiveInteger, seedOf, usageError } from './flag-values.js'
import { givenOnce } from './given-once.js'
import { type InputArguments, inputFlags, inputOptionsOf } from './input-options.js'
import { recipeNamed, type SelectionArguments, selectionFlags, selectionOf } from './selection-flags.js'

/** Flags of the commands that look at a survey and write results rather than a dataset. */
export interface SurveyArguments extends DefinitionArguments, RunArguments {
  file: string | undefined
}

/** The same without the files and what they are read with. */
export interface RunArguments extends InputArguments, SelectionArguments {
  recipe: string
  split: SplitMethod | undefined
  'split-by': SplitUnit | undefined
  ratios: string | undefined
  seed: number | undefined
  threads: number | undefined
  json: boolean
}

export const surveyFlags = {
  ...inputFlags,
  ...selectionFlags,
  recipe: { type: 'string', default: 'default', describe: 'default, worldvaluesbench or a file of JSON' },
  split: { choices: splitMethods, describe: 'How respondents fall into train, valid and test (hash)' },
  'split-by': { choices: splitUnits, describe: 'What falls into train, valid and test as a whole (respondent)' },
  ratios: { type: 'string', describe: 'Shares of train,valid,test (70,15,15)' },
  seed: { type: 'number', describe: 'Seed of split and draws (0)' },
  ...definitionFlags,
  threads: { type: 'number', describe: 'Worker threads; as many as cores by default' },
  json: { type: 'boolean', default: false, describe: 'Print the result as JSON' },
} as const satisfies Record<string, Options>

/**
 * Refuses a flag that lacks its value or has several; `own` are flags of the command that take one, `several` those that
 * may take more.
 */
export function checkSurveyFlags<T>(parser: Argv<T>, own: readonly string[], several: readonly string[] = []): Argv<T> {
  const lists = ['demographics', 'questions', 'derive']
  const shared = ['recipe', 'where', 'split', 'split-by', 'ratios', 'seed', 'threads', 'definition', ...lists]
  return parser.requiresArg([...shared, ...own]).check(givenOnce([...lists, ...several]))
}

/** The recipe in force: the named one, with what the flags say in its place. */
export async function surveyRecipe(args: RunArguments): Promise<Recipe> {
  const base = await recipeNamed(args.recipe)
  return {
    ...base,
    ...(await selectionOf(args, base)),
    split: {
      ...base.split,
      by: args['split-by'] ?? base.split.by,
      method: args.split ?? base.split.method,
      ratios: args.ratios === undefined ? base.split.ratios : parseRatios(args.ratios),
      seed: seedOf(args.seed) ?? base.split.seed,
    },
  }
}

export interface SurveyInput extends InputOptions {
  input: string
  definition: LoadedDefinition
  threads?: number
}

/** The survey file that the command is about, and what it is read with. */
export async function surveyInput(args: SurveyArguments, usage: string): Promise<SurveyInput> {
  if (args.file === undefined) throw usageError(`no survey file given; expected \`${usage}\``)
  const threads = positiveInteger(args.threads, '--threads')
  const definition = await definitionOf(args, args.file)
  return { input: args.file, ...inputOptionsOf(args), definition, ...(threads === undefined ? {} : { threads }) }
}
