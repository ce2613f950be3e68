import type { Options } from 'yargs'
import { builtInRecipes, type Recipe, type SampleOptions } from '../pipelines/recipe.js'
import { positiveInteger, usageError } from './flag-values.js'
import { list } from './list-flag.js'

/** Flags that say which respondents and which of their variables a command is about; shared by all that read surveys. */
export interface SelectionArguments {
  demographics: string[] | undefined
  questions: string[] | undefined
  where: string | undefined
  derive: string[] | undefined
}

export const selectionFlags = {
  demographics: { ...list, describe: 'Ids, names, categories, globs, ranges, derived ones; all or none' },
  questions: { ...list, describe: 'Ids, categories, globs, ranges Q7..Q17, !Q7 to leave out' },
  where: { type: 'string', describe: 'Only respondents for whom this is true, e.g. \'age >= 60 && sex == "Female"\'' },
  derive: { ...list, describe: 'Tables (CSV) or bins (JSON) of derived demographics of your own' },
} as const satisfies Record<string, Options>

/** Flags that draw respondents from those that `--where` leaves. */
export interface SampleArguments {
  sample: string | undefined
  'per-cell': number | undefined
  cells: string | undefined
  balance: string | undefined
  weighted: boolean | undefined
}

export const sampleFlags = {
  sample: { type: 'string', describe: 'So many respondents (500), or a share of them (10%)' },
  'per-cell': { type: 'number', describe: 'So many respondents from each of the --cells' },
  cells: { type: 'string', describe: 'Variables whose groups make the cells, e.g. country,sex' },
  balance: { type: 'string', describe: 'As many from each group of these variables as the smallest has' },
  weighted: { type: 'boolean', describe: 'Draw with a chance proportional to the weight, without replacement' },
} as const satisfies Record<string, Options>

/** The sample that the flags ask for; that of the recipe where they ask for none. */
export function sampleOf(args: SampleArguments, base: SampleOptions | null): SampleOptions | null {
  const { sample, balance, cells, weighted } = args
  const perCell = positiveInteger(args['per-cell'], '--per-cell')
  const given = [sample, perCell, balance].filter((value) => value !== undefined)
  if (given.length > 1) throw usageError('--sample, --per-cell and --balance exclude one another')
  if (given.length === 0) {
    if (base === null && weighted === true) throw usageError('--weighted goes with --sample, --per-cell or --balance')
    return base === null ? null : { ...base, weighted: weighted ?? base.weighted }
  }
  const isWeighted = weighted ?? false
  if (sample !== undefined) return { ...sampleSize(sample), cells: [], weighted: isWeighted }
  if (balance !== undefined) return { method: 'balance', size: 0, cells: names(balance), weighted: isWeighted }
  if (cells === undefined) throw usageError('--per-cell: which cells? Pass --cells, e.g. --cells country,sex')
  return { method: 'per-cell', size: perCell ?? 0, cells: names(cells), weighted: isWeighted }
}

function sampleSize(text: string): Pick<SampleOptions, 'method' | 'size'> {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? []
  const size = Number(digits)
  if (percent === '%' && size > 0 && size <= 100) return { method: 'share', size: size / 100 }
  if (percent === '' && Number.isSafeInteger(size) && size > 0) return { method: 'count', size }
  throw usageError(`--sample: "${text}" is no number of respondents; expected one such as 500, or a share such as 10%`)
}

/** The names in a list with commas. */
export function names(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** The part of a recipe that the flags decide, in place of what it says. */
export async function selectionOf(
  args: SelectionArguments,
  base: Recipe,
): Promise<Pick<Recipe, 'demographics' | 'questions' | 'where' | 'derive'>> {
  return {
    demographics: args.demographics ?? base.demographics,
    questions: args.questions ?? base.questions,
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
