import type { Variable } from './schema.js'

/**
 * How to answer, from the scale's codes and its two end labels:
 * `Answer on a scale from 1 (Very important) to 4 (Not at all important).`, or where there are but two answers
 * `Answer 1 (Yes) or 2 (No).`. Empty for a variable without a scale.
 */
export function questionScale({ scale }: Variable): string {
  if (scale === undefined) return ''
  const low = `${scale.min} (${scale.minLabel})`
  const high = `${scale.max} (${scale.maxLabel})`
  return scale.max - scale.min === 1 ? `Answer ${low} or ${high}.` : `Answer on a scale from ${low} to ${high}.`
}

/**
 * The question as it is put to a language model: the stem, then how to answer. A variable without a stem is named
 * by the codebook's label.
 */
export function questionSentence(variable: Variable): string {
  const stem = variable.stem ?? variable.label
  const scale = questionScale(variable)
  return scale === '' ? stem : `${stem} ${scale}`
}
