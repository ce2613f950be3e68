import type { LoadedDefinition } from '../definitions/loader.js'
import type { Variable } from '../definitions/schema.js'
import { SurveyError } from '../formats/survey-error.js'
import type { QuestionOptions } from '../stages/answer-decoder.js'
import type { DemographicOptions } from '../stages/demographic-decoder.js'
import type { FieldLayout, FileReading } from './field-layout.js'
import type { Recipe } from './recipe.js'

/** The codes of all scales together, in rising order. Throws a SurveyError where they are too many for a byte. */
export function answerCodesOf(questions: Variable[]): number[] {
  const codes = new Set<number>()
  for (const { scale } of questions) {
    for (let code = scale?.min ?? 0; scale !== undefined && code <= scale.max; code++) codes.add(code)
  }
  if (codes.size > 240) {
    throw new SurveyError(
      `the scales of the chosen questions have ${codes.size} codes together; expected 240 at most`,
      {
        kind: 'usage',
      },
    )
  }
  return [...codes].sort((left, right) => left - right)
}

/** How a question is read from a file. */
export function questionOptions(variable: Variable, layout: FieldLayout): QuestionOptions {
  const { min, max } = variable.scale ?? { min: 0, max: -1 }
  return { id: variable.id, slot: layout.slot(variable.id), min, max, recodes: layout.recodes(variable) }
}

/** How a demographic is written. */
export function demographicKind({ measure }: Variable): DemographicOptions['kind'] {
  if (measure === 'text') return 'text'
  return measure === 'category' ? 'category' : 'quantity'
}

/** How a demographic is read from a file. */
export function demographicOptions(
  variable: Variable,
  layout: FieldLayout,
  { loaded }: FileReading,
  recipe: Recipe,
): DemographicOptions {
  const kind = demographicKind(variable)
  const labels = kind === 'category' ? codeLabels(loaded, layout.asRead(variable), recipe.labels === 'mended') : []
  const missing = new Set(loaded.definition.missing.map(({ code }) => code))
  const constant = layout.constant(variable.id)
  return {
    id: variable.id,
    kind,
    slot: layout.slot(variable.id),
    labels: labels.filter(([code]) => code >= 0),
    missingLabels: recipe.missing === 'label' ? labels.filter(([code]) => code < 0 && missing.has(code)) : [],
    ...(variable.scale === undefined ? {} : { min: variable.scale.min, max: variable.scale.max }),
    ...(constant === undefined ? {} : { constant }),
  }
}

/** The labels of the codes that are whole numbers. */
export function codeLabels(loaded: LoadedDefinition, variable: Variable, mended: boolean): [number, string][] {
  const labels: [number, string][] = []
  for (const [key, label] of Object.entries(loaded.labelsOf(variable, { mended }))) {
    const code = Number(key)
    if (Number.isInteger(code)) labels.push([code, label])
  }
  return labels
}
