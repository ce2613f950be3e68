import { SurveyError } from '../formats/survey-error.js'
import type { ValueLabels } from './schema.js'

/** Parses a file of JSON; throws a SurveyError with line and column where it is broken. */
export function parseJson(bytes: Uint8Array, file: string): unknown {
  const text = decodeUtf8(bytes, file)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    const position = /at position (\d+)/.exec(message)?.[1]
    const before = position === undefined ? text : text.slice(0, Number(position))
    const line = before.split('\n').length
    const column = before.length - before.lastIndexOf('\n')
    throw new SurveyError(`not JSON: ${firstSentence(message)} (character ${column} of the line)`, {
      kind: 'usage',
      place: { file, line },
      cause,
    })
  }
}

function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    // The decoder drops a byte-order mark, which JSON.parse would stumble over.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new SurveyError('not UTF-8 text; expected JSON', { kind: 'usage', place: { file }, cause })
  }
}

/** V8 words its message as `Unexpected token } in JSON at position 12`: the place is given apart. */
function firstSentence(message: string): string {
  return message.replace(/ (in JSON )?at position \d+.*$/s, '')
}

/** A label file is one JSON object of code to label. Throws a SurveyError where it is anything else. */
export function checkLabels(value: unknown, file: string, pointedToBy?: string): ValueLabels {
  if (isLabels(value)) return value
  const role = pointedToBy === undefined ? '' : `, as the label file of ${pointedToBy}`
  throw new SurveyError(`not a table of labels; expected one object of code to label${role}`, {
    kind: 'usage',
    place: { file },
  })
}

function isLabels(value: unknown): value is ValueLabels {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((label) => typeof label === 'string')
}
