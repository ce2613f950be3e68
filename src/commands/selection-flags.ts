import type { Options } from 'yargs'
import { builtInRecipes, type Recipe } from '../pipelines/recipe.js'

/** Flags that say which respondents and which of their variables a command is about; shared by all that read surveys. */
export interface SelectionArguments {
  demographics: string | undefined
  questions: string | undefined
  where: string | undefined
  derive: string[] | undefined
}

export const selectionFlags = {
  demographics: { type: 'string', describe: 'Ids, names, categories, globs, ranges, derived ones; all or none' },
  questions: { type: 'string', describe: 'Ids, categories, globs, ranges Q7..Q17, !Q7 to leave out' },
  where: { type: 'string', describe: 'Only respondents for whom this is true, e.g. \'age >= 60 && sex == "Female"\'' },
  derive: { type: 'string', array: true, describe: 'Tables (CSV) or bins (JSON) of derived demographics of your own' },
} as const satisfies Record<string, Options>

/** The part of a recipe that the flags decide, in place of what it says. */
export async function selectionOf(
  args: SelectionArguments,
  base: Recipe,
): Promise<Pick<Recipe, 'demographics' | 'questions' | 'where' | 'derive'>> {
  return {
    demographics: args.demographics === undefined ? base.demographics : [args.demographics],
    questions: args.questions === undefined ? base.questions : [args.questions],
    where: args.where ?? base.where,
    derive: args.derive === undefined ? base.derive : await readDeriveFiles(args.derive),
  }
}

async function readDeriveFiles(paths: string[]): Promise<Recipe['derive']> {
  const { readDeriveFile } = await import('../pipelines/derive-file.js')
  return (await Promise.all(paths.map((path) => readDeriveFile(path)))).flat()
}

/** A recipe by its name, or from a file of JSON. */
export async function recipeNamed(name: string): Promise<Recipe> {
  if (Object.hasOwn(builtInRecipes, name)) return builtInRecipes[name]
  const { readRecipeFile } = await import('../pipelines/recipe-file.js')
  return readRecipeFile(name)
}
