import { z } from 'zod'

/**
 * The shape of a wave definition: the JSON that says all that the toolkit knows about one wave.
 * Built-in definitions are checked against this schema in the tests; a definition that a user
 * gives is checked at the border, once. Only types are imported from here on the way of a build
 * with a built-in definition, so that zod is not loaded there.
 */

/** A code as it stands in a survey file, written as a JSON object key: `"-1"`, `"36"`, `"ALB"`. */
const valueLabels = z.record(z.string(), z.string())

/** Kinds of missing answer that WVS tells apart (WVS codebooks, negative codes). */
export const missingKinds = ['dont-know', 'no-answer', 'not-applicable', 'not-asked', 'missing'] as const

export const missingCodeSchema = z.strictObject({
  code: z.number().int().negative(),
  kind: z.enum(missingKinds),
  label: z.string().min(1),
})

/** The answers of an ordinal variable after recodes: every whole number from `min` to `max`. */
export const scaleSchema = z.strictObject({
  min: z.number().int(),
  max: z.number().int(),
  minLabel: z.string().min(1),
  maxLabel: z.string().min(1),
})

/** What a person must still decide, in a drafted definition: each entry is taken out once it is settled. */
const decide = z.array(z.string().min(1)).min(1).optional()

export const variableSchema = z.strictObject({
  /** Column name in the survey file, e.g. `Q57`. */
  id: z.string().min(1),
  /** The codebook's variable label. */
  label: z.string(),
  /**
   * The same question in another built-in wave, as `wave:id`, e.g. `7:Q1`: its wording (stem, category, friendly name)
   * is worded there once. Where this variable says nothing of its own about the answers (scale, labels,
   * mendedLabels, recodes), those are the same too.
   */
  like: z
    .string()
    .regex(/^[a-z0-9]+:[A-Za-z0-9_]+$/)
    .optional(),
  kind: z.enum(['id', 'demographic', 'value', 'weight', 'technical']),
  /**
   * `category`: codes with labels, no order; `ordinal`: codes on a scale; `quantity`: a number
   * that means itself (a year, an age, a count); `text`: anything else.
   */
  measure: z.enum(['category', 'ordinal', 'quantity', 'text']),
  /** Friendly column name of a demographic or weight, e.g. `country`; lower case with underscores. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/)
    .optional(),
  /** Section of the questionnaire, e.g. `Ethical Values`. */
  category: z.string().optional(),
  scale: scaleSchema.optional(),
  /**
   * What is asked, in our words and without the scale: the sentence is built from the stem and
   * the scale's two end labels.
   */
  stem: z.string().min(1).optional(),
  /**
   * Value labels as the codebook has them, missing codes included; or the file that holds them; or `unknown`: the
   * codes surely have labels, but no codebook at hand says which.
   */
  labels: z.union([valueLabels, z.literal('unknown'), z.string().regex(/^[A-Za-z0-9_-]+\.json$/)]).optional(),
  /** Labels that the codebook has wrong, put right: these stand in front of `labels` by default. */
  mendedLabels: valueLabels.optional(),
  /** Code in the file -> code on the scale; null: counts as missing. Keys are codes. */
  recodes: z.record(z.string().regex(/^-?\d+$/), z.number().int().nullable()).optional(),
  /** The variable's name in the WVS time series (waves 1 to 7), e.g. `A001`. */
  harmonised: z.string().optional(),
  decide,
})

export const waveDefinitionSchema = z.strictObject({
  format: z.literal(1),
  wave: z.string().min(1),
  title: z.string().min(1),
  decide,
  /** Where the facts come from. */
  source: z.string().min(1),
  /** Which variables play the parts that every survey file needs. */
  roles: z.strictObject({
    id: z.string(),
    country: z.string(),
    year: z.string(),
    weight: z.string(),
    /** Which release of the data the file is; older waves have no such column. */
    version: z.string().optional(),
  }),
  missing: z.array(missingCodeSchema).min(1),
  /** Interview ids that a release repeats over many respondents, with the reason. */
  repeatedIds: z.array(z.strictObject({ id: z.string(), reason: z.string() })),
  /** Column names that tell an "Inverted" release (scales turned round), which this definition must not read. */
  invertedColumns: z.array(z.string()),
  variables: z.array(variableSchema).min(1),
})

export type ValueLabels = z.infer<typeof valueLabels>
export type MissingKind = (typeof missingKinds)[number]
export type MissingCode = z.infer<typeof missingCodeSchema>
export type Scale = z.infer<typeof scaleSchema>
export type Variable = z.infer<typeof variableSchema>
export type WaveDefinition = z.infer<typeof waveDefinitionSchema>
