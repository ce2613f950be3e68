import { SurveyError } from '../formats/survey-error.js'
import type { InputOptions } from '../formats/survey-input.js'

/** The flags of every command that takes a survey file, in whatever it is packed. */
export const inputFlags = {
  member: { type: 'string', describe: 'Which file of a zip archive, where it holds several' },
  'max-bytes': { type: 'number', describe: 'Most bytes that a compressed file may unfold to (8 GiB, and 250 to 1)' },
} as const

export interface InputArguments {
  member: string | undefined
  'max-bytes': number | undefined
}

export function inputOptionsOf({ member, 'max-bytes': maxBytes }: InputArguments): InputOptions {
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes > 0)) {
    throw new SurveyError('--max-bytes takes a whole number above 0', { kind: 'usage' })
  }
  return { ...(member === undefined ? {} : { member }), ...(maxBytes === undefined ? {} : { maxBytes }) }
}
