import { join } from 'node:path'
import { z } from 'zod'
import { SurveyError } from '../formats/survey-error.js'
import { describeIssue } from './definition-check.js'
import { parseJson } from './definition-file.js'
import type { Scale, Variable, WaveDefinition } from './schema.js'

/**
 * The files in which WorldValuesBench (Zhao et al., LREC-COLING 2024) keeps what we keep in a wave definition.
 * They hold no friendly names, no measures, no missing codes and no roles: those come from our own definition.
 */
export const referenceFiles = ['codebook.json', 'question_metadata.json', 'answer_adjustment.json'] as const

const codebookSchema = z.record(
  z.string(),
  z.looseObject({ question: z.string(), choices: z.record(z.string(), z.string()) }),
)

const scaleEnd = z.union([z.number().int(), z.literal('')])
const questionMetadataSchema = z.record(
  z.string(),
  z.looseObject({
    question: z.string(),
    category: z.string(),
    use_case: z.enum(['demographic', 'value']),
    answer_scale_min: scaleEnd,
    answer_scale_max: scaleEnd,
    answer_data_type: z.enum(['ordinal', 'non_ordinal']),
  }),
)

const adjustmentSchema = z.record(z.string(), z.record(z.string(), z.string().regex(/^(-?\d+)?$/)))

type CodebookEntry = z.infer<typeof codebookSchema>[string]
type QuestionEntry = z.infer<typeof questionMetadataSchema>[string]

/** Turns the reference's three files, given as bytes by name, into a definition; `own` fills what they leave open. */
export function readReferenceDefinition(
  directory: string,
  files: Iterable<{ name: string; bytes: Uint8Array }>,
  own: WaveDefinition,
): WaveDefinition {
  const bytes = new Map([...files].map((file) => [file.name, file.bytes]))
  const read = <T>(name: (typeof referenceFiles)[number], schema: z.ZodType<T>): T => {
    const file = join(directory, name)
    const value = parseJson(bytes.get(name) ?? new Uint8Array(), file)
    const result = schema.safeParse(value)
    if (result.success) return result.data
    const faults = result.error.issues.flatMap((issue) => describeIssue(issue, value))
    throw new SurveyError(faults[0] ?? 'not as expected', { kind: 'usage', place: { file } })
  }
  const codebook = read('codebook.json', codebookSchema)
  const questions = read('question_metadata.json', questionMetadataSchema)
  const adjustments = read('answer_adjustment.json', adjustmentSchema)

  const known = new Map(own.variables.map((variable) => [variable.id, variable]))
  const variables: Variable[] = []
  for (const [id, question] of Object.entries(questions)) {
    const entry = codebook[id]
    if (entry === undefined) {
      throw new SurveyError(`${id} stands in question_metadata.json but not in the codebook`, {
        kind: 'usage',
        place: { file: join(directory, 'codebook.json') },
      })
    }
    variables.push(questionVariable(id, question, entry, adjustments[id] ?? {}, known.get(id), own.roles.id))
  }
  for (const [id, entry] of Object.entries(codebook)) {
    if (questions[id] === undefined) variables.push(technicalVariable(id, entry, known.get(id)))
  }
  const missingRole = Object.values(own.roles).find((id) => id !== undefined && codebook[id] === undefined)
  if (missingRole !== undefined) {
    throw new SurveyError(`there is no variable ${missingRole}, which every wave-7 file needs`, {
      kind: 'usage',
      place: { file: join(directory, 'codebook.json') },
    })
  }
  return {
    ...own,
    title: `${own.title}, as WorldValuesBench defines it`,
    source: 'the WorldValuesBench definition files',
    variables,
  }
}

function questionVariable(
  id: string,
  question: QuestionEntry,
  entry: CodebookEntry,
  adjustment: Record<string, string>,
  known: Variable | undefined,
  idVariable: string,
): Variable {
  const kind = id === idVariable ? 'id' : question.use_case
  const ordinal = question.answer_data_type === 'ordinal'
  const recodes: Record<string, number | null> = {}
  for (const [code, target] of Object.entries(adjustment)) recodes[code] = target === '' ? null : Number(target)
  const { answer_scale_min: min, answer_scale_max: max } = question
  const scale: Scale | undefined =
    ordinal && min !== '' && max !== ''
      ? { min, max, minLabel: endLabel(min, entry, recodes), maxLabel: endLabel(max, entry, recodes) }
      : undefined
  return {
    id,
    label: entry.question,
    kind,
    measure: ordinal ? 'ordinal' : (known?.measure ?? 'category'),
    ...(known?.name === undefined ? {} : { name: known.name }),
    category: question.category,
    ...(scale === undefined ? {} : { scale }),
    stem: stemOf(question.question),
    labels: entry.choices,
    ...(Object.keys(recodes).length === 0 ? {} : { recodes }),
    ...(known?.harmonised === undefined ? {} : { harmonised: known.harmonised }),
  }
}

function technicalVariable(id: string, entry: CodebookEntry, known: Variable | undefined): Variable {
  const unlabelled = Object.keys(entry.choices).length === 0
  return {
    id,
    label: entry.question,
    kind: known?.kind === 'weight' ? 'weight' : 'technical',
    measure: known?.measure ?? (unlabelled ? 'text' : 'category'),
    ...(known?.kind === 'weight' && known.name !== undefined ? { name: known.name } : {}),
    labels: entry.choices,
    ...(known?.harmonised === undefined ? {} : { harmonised: known.harmonised }),
  }
}

/** The label of the code that ends up at one end of the scale; a code that no recode moved there goes first. */
function endLabel(end: number, entry: CodebookEntry, recodes: Record<string, number | null>): string {
  const moved = Object.keys(recodes).find((code) => recodes[code] === end && entry.choices[code] !== undefined)
  const code = Object.hasOwn(recodes, String(end)) || entry.choices[String(end)] === undefined ? moved : String(end)
  return (code === undefined ? undefined : entry.choices[code]) || String(end)
}

/** The reference's questions start with the scale, which our sentences end with: what is left is the stem. */
function stemOf(question: string): string {
  const rest = question
    .replace(/^On a scale of -?\d+ to -?\d+, -?\d+ meaning '.*?' and -?\d+ meaning '.*?', /, '')
    .trim()
  return rest === '' ? question : rest.charAt(0).toUpperCase() + rest.slice(1)
}
