import { isFormOf, kindOfLabel } from './draft-kind.js'
import { type DraftScale, draftScale } from './draft-scale.js'
import { type LabelMatch, LabelMatcher } from './label-match.js'
import type { LoadedDefinition } from './loaded-definition.js'
import type { ValueLabels, Variable, WaveDefinition } from './schema.js'

/** A column of a file or codebook, from which a variable is drafted. */
export interface DraftColumn {
  id: string
  label: string
  labels: ValueLabels
  /** Its cells are texts. */
  text: boolean
}

export interface DraftOptions {
  wave: string
  /** File name, for the definition's source. */
  source: string
  columns: DraftColumn[]
  /** Known waves to learn from, the closest first. */
  like: LoadedDefinition[]
}

/** Labels less alike than this are shown to a person. */
const sureLikeness = 0.8

type Role = keyof WaveDefinition['roles']

/**
 * Drafts the definition of a wave that nobody has defined: what a column is follows from its label, its scale from its
 * value labels, its words and harmonised name from the variable of a known wave that its label means. What
 * needs a person's judgement stands in the variables' `decide`.
 */
export function draftDefinition({ wave, source, columns, like }: DraftOptions): WaveDefinition {
  const matcher = new LabelMatcher()
  for (const loaded of like) {
    for (const variable of loaded.definition.variables) {
      matcher.add(`${loaded.definition.wave}:${variable.id}`, variable, loaded.labelsOf(variable, { mended: false }))
    }
  }
  const roles: Partial<Record<Role, string>> = {}
  const names = new Set<string>()
  const harmonised = new Set<string>()
  const ids = new Set(columns.map(({ id }) => id))
  const variables = columns.map((column) => {
    const { variable, role } = draftVariable(column, matcher, ids)
    if (role !== undefined && roles[role] === undefined) roles[role] = column.id
    else if (variable.kind === 'id') {
      // One number tells the respondents apart; others beside it are those of the countries' own files.
      variable.kind = 'technical'
      delete variable.name
    }
    if (variable.name !== undefined) {
      if (names.has(variable.name) || variable.name === 'question' || variable.name === 'answer') {
        variable.name = `${variable.name}_${column.id.toLowerCase().replaceAll(/[^a-z0-9_]/g, '_')}`
        variable.decide = [...(variable.decide ?? []), 'name: the plain one is taken by another variable']
      }
      names.add(variable.name)
    }
    if (variable.harmonised !== undefined) {
      if (harmonised.has(variable.harmonised)) delete variable.harmonised
      else harmonised.add(variable.harmonised)
    }
    return variable
  })
  const absent = (['id', 'country', 'year', 'weight'] as const).filter((role) => roles[role] === undefined)
  const decide = absent.map((role) => `roles.${role}: no column says that it is the ${role}; name the variable`)
  return {
    format: 1,
    wave,
    title: `World Values Survey, wave ${wave}`,
    ...(decide.length === 0 ? {} : { decide }),
    source: `drafted from ${source}`,
    roles: {
      id: roles.id ?? '?',
      country: roles.country ?? '?',
      year: roles.year ?? '?',
      weight: roles.weight ?? '?',
      ...(roles.version === undefined ? {} : { version: roles.version }),
    },
    missing: like[0].definition.missing,
    repeatedIds: [],
    invertedColumns: [],
    variables,
  }
}

/** How many decisions a definition leaves to a person. */
export function openDecisions(definition: WaveDefinition): number {
  return [definition, ...definition.variables].reduce((sum, { decide = [] }) => sum + decide.length, 0)
}

function draftVariable(
  column: DraftColumn,
  matcher: LabelMatcher,
  ids: ReadonlySet<string>,
): { variable: Variable; role?: Role } {
  const { id, label, labels, text } = column
  const said = kindOfLabel(label)
  const match = matcher.find(label, labels)
  const drafted = draftScale(labels)
  const answers = Object.keys(labels).filter((code) => !code.startsWith('-'))
  const decide: string[] = []
  const places = drafted === undefined ? 0 : drafted.scale.max - drafted.scale.min + 1
  let kind: Variable['kind']
  let measure: Variable['measure']
  if (said !== undefined) ({ kind, measure } = said)
  else if (isFormOf(id, ids)) {
    kind = 'technical'
    measure = places > 3 ? 'ordinal' : 'category'
    decide.push('kind: taken for a form of the variable after which it is named; a question of its own?')
  } else if (match !== undefined && isOfItsKind(match, drafted)) {
    ;({ kind, measure } = match.variable)
  } else if (drafted !== undefined) {
    kind = 'value'
    measure = 'ordinal'
    decide.push('kind: taken for a value question, as its value labels make a scale')
  } else {
    kind = 'technical'
    measure = text ? 'text' : answers.length > 1 ? 'category' : 'quantity'
    if (answers.length > 1) decide.push('kind: its codes make no scale; a demographic, or technical?')
  }
  if (text && kind !== 'id') {
    measure = answers.length > 1 ? 'category' : 'text'
    if (measure === 'text' && said?.measure === 'category') kind = 'technical'
  }
  if (kind === 'demographic' && measure === 'category' && answers.length === 0 && said?.role === undefined) {
    kind = 'technical'
    decide.push('labels: nothing says what its codes mean; a demographic as soon as something does')
  }
  const worded = match !== undefined && match.variable.kind === kind && kind !== 'technical' ? match : undefined
  if (kind === 'demographic' && said?.name === undefined && worded === undefined) kind = 'technical'
  const scale = measure === 'ordinal' && (kind === 'value' || kind === 'demographic') ? drafted : undefined
  const name = said?.name ?? worded?.variable.name
  // Recodes are there to be looked at, whether or not the known wave has them too.
  const shared = worded?.sameAnswers === true && sameScale(scale?.scale, worded.variable.scale)
  const sameRange = scale === undefined || sameScale(scale.scale, match?.variable.scale)
  if (worded !== undefined && worded.likeness < sureLikeness) {
    decide.push(`like: "${worded.variable.label}" (${worded.key}) is worded alike; is it the same question?`)
  }
  if (worded !== undefined && !sameRange) {
    decide.push(
      `harmonised: ${worded.key} has another scale; is ${worded.variable.harmonised ?? 'its name'} this variable too?`,
    )
  }
  if (scale !== undefined) decide.push(...scale.suspects)
  if (kind === 'value' && worded === undefined) decide.push('stem: word the question', 'category: name its section')
  if (kind === 'demographic' && worded === undefined) decide.push('stem: word the question')
  const variable: Variable = {
    id,
    label,
    kind,
    measure,
    ...(worded === undefined ? {} : { like: worded.key }),
    ...(name === undefined || kind === 'technical' ? {} : { name }),
    ...(scale === undefined || (shared && scale.recodes === undefined) ? {} : { scale: scale.scale }),
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(scale?.recodes === undefined ? {} : { recodes: scale.recodes }),
    ...(match?.variable.harmonised === undefined || !sameRange ? {} : { harmonised: match.variable.harmonised }),
    ...(decide.length === 0 ? {} : { decide }),
  }
  // With the same answers as the known wave there is nothing to say about them.
  if (shared && scale?.recodes === undefined) delete variable.labels
  return { variable, ...(said?.role === undefined ? {} : { role: said.role }) }
}

/** Whether a variable is what the known one is: a question needs a scale, and a scale of its own may make it one. */
function isOfItsKind({ variable, sameAnswers }: LabelMatch, drafted: DraftScale | undefined): boolean {
  if (variable.kind === 'value') return drafted !== undefined
  return variable.kind !== 'technical' || drafted === undefined || sameAnswers
}

function sameScale(left: Variable['scale'], right: Variable['scale']): boolean {
  return left?.min === right?.min && left?.max === right?.max
}
