import type { z } from 'zod'
import { SurveyError } from '../formats/survey-error.js'
import { type WaveDefinition, waveDefinitionSchema } from './schema.js'

/** Columns that every table of examples has: no variable may take their names. */
const ownColumns = ['question', 'answer']

/**
 * Checks a definition that a user gives, shape first, then what no schema can say: ids and friendly names given
 * twice, scales without extent, recodes that leave their scale, roles that name no variable. Throws a SurveyError
 * about the first fault, which says how many more there are. `resolve` fills in what other waves say (`like`), in between.
 */
export function checkDefinition(
  value: unknown,
  file: string,
  resolve: (definition: WaveDefinition) => WaveDefinition = (definition) => definition,
): WaveDefinition {
  const result = waveDefinitionSchema.safeParse(value)
  if (!result.success)
    throw firstFault(
      result.error.issues.flatMap((issue) => describeIssue(issue, value)),
      file,
    )
  const definition = resolve(result.data)
  const faults = [...crossFaults(definition)]
  if (faults.length > 0) throw firstFault(faults, file)
  return definition
}

function firstFault(faults: string[], file: string): SurveyError {
  const more = faults.length > 1 ? ` (and ${faults.length - 1} more)` : ''
  return new SurveyError(`${faults[0]}${more}`, { kind: 'usage', place: { file } })
}

/** One line a fault: `variables[3] (Q4) .scale.min: expected number, found "1"`. */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string[] {
  const path = describePath(issue.path, value)
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${path}: unknown key "${key}"; remove it`)
  const found = valueAt(issue.path, value)
  const shown = found === undefined ? 'nothing' : shorten(JSON.stringify(found) ?? typeof found)
  return [`${path}: ${expectation(issue)}, found ${shown}`]
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'int' ? 'a whole number' : issue.expected}`
    case 'invalid_value':
      return `expected ${issue.values.map((option) => JSON.stringify(option)).join(' or ')}`
    case 'invalid_format':
      return issue.pattern === undefined ? `expected ${issue.format}` : `expected text of the form ${issue.pattern}`
    case 'invalid_union':
      return 'expected a table of code to label, or the name of a label file'
    case 'invalid_key':
      return 'expected codes as keys'
    case 'too_small':
      return 'expected more than nothing'
    case 'too_big':
      return `expected ${issue.inclusive ? 'no more than' : 'less than'} ${issue.maximum}`
    default:
      return issue.message
  }
}

/** `variables[3] (Q4).scale`: a variable's id finds the place in a file of thousands of lines sooner than its index. */
function describePath(path: readonly PropertyKey[], value: unknown): string {
  if (path.length === 0) return 'the definition'
  let text = ''
  let at: unknown = value
  for (const [depth, key] of path.entries()) {
    at = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
    if (typeof key !== 'number') text += text === '' ? String(key) : `.${String(key)}`
    else text += `[${key}]`
    const id = depth === 1 && path[0] === 'variables' && typeof at === 'object' && at !== null && Reflect.get(at, 'id')
    if (typeof id === 'string') text += ` (${id})`
  }
  return text
}

function valueAt(path: readonly PropertyKey[], value: unknown): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  )
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** What no schema can say of a definition whose shape is right; each fault begins with its place, `variables[3] (Q4)`. */
export function* crossFaults(definition: WaveDefinition): Iterable<string> {
  const placeById = new Map<string, string>()
  const placeByName = new Map<string, string>()
  for (const [index, variable] of definition.variables.entries()) {
    const place = `variables[${index}] (${variable.id})`
    const sameId = placeById.get(variable.id)
    if (sameId !== undefined) yield `${place}: the id stands at ${sameId} already; an id names one column`
    placeById.set(variable.id, place)
    const { name, scale, recodes } = variable
    if (name !== undefined) {
      const sameName = placeByName.get(name)
      if (sameName !== undefined) yield `${place}.name: "${name}" is the name of ${sameName} already; choose another`
      placeByName.set(name, place)
      if (ownColumns.includes(name)) {
        yield `${place}.name: "${name}" is a column of every table of examples; choose another`
      }
    }
    if (scale !== undefined && scale.min >= scale.max) {
      yield `${place}.scale: min ${scale.min} is not below max ${scale.max}`
    }
    for (const [code, target] of Object.entries(recodes ?? {})) {
      if (scale !== undefined && target !== null && (target < scale.min || target > scale.max)) {
        yield `${place}.recodes: ${code} becomes ${target}, which is not on the scale from ${scale.min} to ${scale.max}`
      }
    }
  }
  for (const [role, id] of Object.entries(definition.roles)) {
    if (id !== undefined && !placeById.has(id)) yield `roles.${role}: there is no variable "${id}"`
  }
  for (const column of definition.invertedColumns) {
    if (placeById.has(column)) yield `invertedColumns: "${column}" is a variable of this definition`
  }
  const codes = new Set<number>()
  for (const [index, { code }] of definition.missing.entries()) {
    if (codes.has(code)) yield `missing[${index}]: code ${code} stands there already`
    codes.add(code)
  }
}
