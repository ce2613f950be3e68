import { printable } from './printable.js'

/** Where in the input an error was found. Lines and columns count from 1, as an editor shows them. */
export interface Place {
  file?: string
  line?: number
  column?: string
}

/**
 * An error in the data or the command that the user can act on: its message is one line that says
 * what is wrong, where, and what to do. Anything else that is thrown is a defect of the toolkit.
 *
 * What a file holds (names, cells, its tags) may stand in the message as it is: control characters are shown as such, and what is
 * longer than a screen loses its middle.
 *
 * `kind` decides the exit code: `data` 1 (the data or the run failed), `usage` 2 (the command was wrong).
 */
export class SurveyError extends Error {
  override name = 'SurveyError'
  readonly kind: 'data' | 'usage'

  constructor(message: string, options: { kind?: 'data' | 'usage'; place?: Place; cause?: unknown } = {}) {
    const { kind = 'data', place, cause } = options
    super(shorten(printable(place === undefined ? message : `${describePlace(place)}: ${message}`)), { cause })
    this.kind = kind
  }
}

/** Characters that a message may have: its start says where and what, its end what to do. */
const mostCharacters = 2000
const endCharacters = 300

function shorten(message: string): string {
  if (message.length <= mostCharacters) return message
  return `${message.slice(0, mostCharacters - endCharacters - 5)} ... ${message.slice(-endCharacters)}`
}

/** `survey.csv, line 12, column Q57`, from whatever parts are known. */
export function describePlace({ file, line, column }: Place): string {
  const parts: string[] = []
  if (file !== undefined) parts.push(file)
  if (line !== undefined) parts.push(`line ${line}`)
  if (column !== undefined) parts.push(`column ${column}`)
  return parts.join(', ')
}
