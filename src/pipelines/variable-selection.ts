import type { Variable } from '../definitions/schema.js'
import { didYouMean } from '../formats/nearest-name.js'
import { SurveyError } from '../formats/survey-error.js'

/**
 * The variables that a list names, in the definition's order. An entry is a variable id, a friendly name or a
 * category, with `*` for any text; a range `Q7..Q17` in the definition's order; any of these with `!` in front to
 * leave them out again; `all` or `none`. A list of nothing but `!` entries starts from all;
 * an empty one chooses none.
 *
 * `what` names the list in messages (`--questions`); `aliases` are other names, each of one variable's id. Throws a
 * SurveyError for an entry that names nothing.
 */
export function selectVariables(
  entries: readonly string[],
  variables: readonly Variable[],
  what: string,
  aliases: ReadonlyMap<string, string> = new Map(),
): Variable[] {
  const chosen = new Set<Variable>()
  const list = entries.flatMap((entry) => splitEntry(entry, variables)).map((entry) => withIds(entry, aliases))
  if (list.length > 0 && list.every((entry) => entry.startsWith('!')))
    for (const variable of variables) chosen.add(variable)
  for (const entry of list) {
    const leaveOut = entry.startsWith('!')
    const matched = matchEntry(leaveOut ? entry.slice(1) : entry, variables, what)
    for (const variable of matched) {
      if (leaveOut) chosen.delete(variable)
      else chosen.add(variable)
    }
  }
  return variables.filter((variable) => chosen.has(variable))
}

/** An entry may hold several, with commas between; but a category's own commas belong to its name. */
function splitEntry(entry: string, variables: readonly Variable[]): string[] {
  const whole = entry.trim()
  if (variables.some(({ category }) => category === whole)) return [whole]
  return whole
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** An entry with ids in place of their aliases. */
function withIds(entry: string, aliases: ReadonlyMap<string, string>): string {
  if (aliases.size === 0) return entry
  return entry.replace(/[^!.\s]+/g, (name) => aliases.get(name) ?? name)
}

function matchEntry(entry: string, variables: readonly Variable[], what: string): Variable[] {
  if (entry === 'all') return [...variables]
  if (entry === 'none') return []
  const [first, last, ...more] = entry.split('..')
  if (last !== undefined && more.length === 0) return matchRange(first, last, variables, what)
  const pattern = globPattern(entry)
  const matched = variables.filter((variable) => namesOf(variable).some((name) => pattern.test(name)))
  if (matched.length > 0) return matched
  throw unknownEntry(entry, variables, what)
}

function matchRange(first: string, last: string, variables: readonly Variable[], what: string): Variable[] {
  const [start, end] = [first, last].map((id) => {
    const index = variables.findIndex((variable) => variable.id === id.trim())
    if (index === -1) throw unknownEntry(id.trim(), variables, what)
    return index
  })
  if (start > end) {
    throw new SurveyError(`${what}: ${first} comes after ${last}; expected a range such as ${last}..${first}`, {
      kind: 'usage',
    })
  }
  return variables.slice(start, end + 1)
}

function namesOf({ id, name, category }: Variable): string[] {
  return [id, ...(name === undefined ? [] : [name]), ...(category === undefined ? [] : [category])]
}

function unknownEntry(entry: string, variables: readonly Variable[], what: string): SurveyError {
  return new SurveyError(`${what}: "${entry}" names no variable${didYouMean(entry, variables.flatMap(namesOf))}`, {
    kind: 'usage',
  })
}

/** `*` stands for any text; case does not matter. */
function globPattern(glob: string): RegExp {
  const escaped = glob.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${escaped.join('.*')}$`, 'i')
}
