import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { invalidPolicies } from '../batch/reject-log.js'
import { splitNames } from '../batch/respondent-batch.js'
import { compressions } from '../formats/compression.js'
import { SurveyError } from '../formats/survey-error.js'
import { splitMethods } from '../stages/split.js'
import { tableNames } from '../stages/table.js'
import { derivedVariableSchema } from './derive-file.js'
import { defaultRecipe, parquetWriters, type Recipe, sampleMethods, splitUnits, tableFormats } from './recipe.js'

const share = z.number().nonnegative()

const recipeSchema: z.ZodType<Recipe> = z.strictObject({
  name: z.string(),
  tables: z.array(z.enum(tableNames)),
  formats: z.array(z.enum(tableFormats)).min(1),
  referenceTables: z.boolean(),
  demographics: z.array(z.string()),
  questions: z.array(z.string()),
  where: z.string().default(''),
  derive: z.array(derivedVariableSchema).default([]),
  sample: z
    .strictObject({
      method: z.enum(sampleMethods),
      size: z.number().nonnegative(),
      cells: z.array(z.string()),
      weighted: z.boolean(),
    })
    .nullable()
    .default(null),
  weight: z.boolean(),
  columnNames: z.enum(['name', 'id']),
  missing: z.enum(['null', 'label']),
  labels: z.enum(['mended', 'codebook']),
  repeatedIds: z.enum(['keep', 'drop']),
  split: z.strictObject({
    by: z.enum(splitUnits).default('respondent'),
    method: z.enum(splitMethods),
    ratios: z
      .tuple([share, share, share])
      .refine((ratios) => ratios[0] + ratios[1] + ratios[2] > 0, 'all shares are 0'),
    seed: z.number().int().nonnegative(),
  }),
  shardSize: z.number().int().positive(),
  compression: z.enum(compressions),
  parquetWriter: z.enum(parquetWriters),
  onInvalid: z.enum(invalidPolicies),
  probe: z
    .strictObject({
      questions: z.array(z.string()).min(1),
      cells: z.array(z.string()).min(1),
      perCell: z.number().int().positive(),
      from: z.enum([...splitNames, 'all']),
      method: z.enum(['hash', 'reference']),
      thin: z.enum(['drop', 'take']),
    })
    .default(defaultRecipe.probe),
})

/** Reads a recipe from a file of JSON, checked in full; a SurveyError says what is wrong and where. */
export async function readRecipeFile(path: string): Promise<Recipe> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new SurveyError('the recipe can not be read; expected default, worldvaluesbench or a file of JSON', {
      kind: 'usage',
      place: { file: path },
      cause,
    })
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new SurveyError(`the recipe is not JSON: ${reason}`, { kind: 'usage', place: { file: path }, cause })
  }
  const result = recipeSchema.safeParse(json)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const place = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
  throw new SurveyError(
    `the recipe is wrong: ${place}${issue.message}; \`wvs build --print-recipe\` prints a whole one`,
    {
      kind: 'usage',
      place: { file: path },
    },
  )
}
