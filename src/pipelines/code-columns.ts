import { builtInDerived, builtInDerivedNames, type DerivedVariable } from '../definitions/derived-variable.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import type { Variable } from '../definitions/schema.js'
import { didYouMean } from '../formats/nearest-name.js'
import { SurveyError } from '../formats/survey-error.js'
import type { CodeColumnOptions, DerivedColumnOptions } from '../stages/derive.js'

/** A column of codes that a condition or a group looks at, by its number among all of them. */
export interface CodeColumn {
  name: string
  /** Number among the file's code columns, or among the derived ones. */
  source: { kind: 'variable' | 'derived'; index: number }
  /** `category`: codes that only labels tell apart; else numbers, with or without labels. */
  measure: 'category' | 'number'
  /** Label -> the codes that bear it. */
  labels: ReadonlyMap<string, number[]>
  /** Code -> the label that stands in outputs. */
  labelOf: ReadonlyMap<number, string>
}

/** Where a variable stands in the records of a file, and what its codes there stand for. */
export interface CodeFields {
  has(id: string): boolean
  slot(id: string): number
  recodes(variable: Variable): [number, number | null][]
  /** The code of all respondents, where the file has no column for the variable. */
  constant(id: string): number | undefined
}

/**
 * Collects the columns of codes that a plan needs beside those that it writes: variables of the file under their id or
 * friendly name, and derived variables, the user's own before those of the toolkit.
 */
export class CodeColumns {
  private readonly variables: Variable[] = []
  private readonly derived: { variable: DerivedVariable; input: number }[] = []
  private readonly known = new Map<string, CodeColumn>()
  private readonly own: Map<string, DerivedVariable>

  constructor(
    private readonly loaded: LoadedDefinition,
    own: readonly DerivedVariable[],
    private readonly fields: Pick<CodeFields, 'has'>,
  ) {
    this.own = new Map(own.map((variable) => [variable.name, variable]))
    for (const { name } of own) {
      if (this.variableOf(name) === undefined) continue
      throw new SurveyError(
        `--derive: "${name}" is already a variable of the survey; give the derived one another name`,
        {
          kind: 'usage',
        },
      )
    }
  }

  /** The column of a name; `what` says in messages who asks. Throws a SurveyError where there is none. */
  column(name: string, what: string): CodeColumn {
    const known = this.known.get(name)
    if (known !== undefined) return known
    const variable = this.variableOf(name)
    const column = variable === undefined ? this.addDerived(name, what) : this.addVariable(variable, what)
    this.known.set(name, column)
    return column
  }

  /** Number of a column in a batch's `codes`: those of the file come first. */
  place({ source }: CodeColumn): number {
    return source.kind === 'variable' ? source.index : this.variables.length + source.index
  }

  /** Whether a name is that of a derived variable. */
  isDerived(name: string): boolean {
    return this.variableOf(name) === undefined && this.derivedNames().includes(name)
  }

  derivedNames(): string[] {
    return [...this.own.keys(), ...builtInDerivedNames().filter((name) => !this.own.has(name))]
  }

  /** Ids of the variables that must be read. */
  variableIds(): string[] {
    return this.variables.map(({ id }) => id)
  }

  isEmpty(): boolean {
    return this.variables.length === 0 && this.derived.length === 0
  }

  columnOptions(fields: CodeFields): CodeColumnOptions[] {
    return this.variables.map((variable) => {
      const constant = fields.constant(variable.id)
      return {
        id: variable.id,
        slot: fields.slot(variable.id),
        recodes: fields.recodes(variable),
        ...(variable.scale === undefined ? {} : { min: variable.scale.min, max: variable.scale.max }),
        ...(constant === undefined ? {} : { constant }),
      }
    })
  }

  derivedOptions(): DerivedColumnOptions[] {
    return this.derived.map(({ variable, input }) => {
      const column = input < 0 ? undefined : this.known.get(this.inputNames[input])
      return derivedOptions(variable, input, column, this.loaded.definition.wave, this.own.has(variable.name))
    })
  }

  private readonly inputNames: string[] = []

  private variableOf(name: string): Variable | undefined {
    return (
      this.loaded.variable(name) ??
      this.loaded.definition.variables.find((variable) => variable.name !== undefined && variable.name === name)
    )
  }

  private addVariable(variable: Variable, what: string): CodeColumn {
    const { id, measure } = variable
    for (const other of [id, variable.name]) {
      const known = other === undefined ? undefined : this.known.get(other)
      if (known !== undefined) return known
    }
    const labels = codeLabels(this.loaded, variable)
    const holdsCodes = measure !== 'text' && variable.kind !== 'id' && variable.kind !== 'weight'
    if (!holdsCodes || (measure === 'category' && labels.labelOf.size === 0)) {
      throw new SurveyError(`${what}: ${id} holds texts or fractions; expected a variable whose cells are codes`, {
        kind: 'usage',
      })
    }
    const index = this.variables.push(variable) - 1
    const name = variable.name ?? id
    this.inputNames[index] = name
    const column: CodeColumn = {
      name,
      source: { kind: 'variable', index },
      measure: measure === 'category' ? 'category' : 'number',
      ...labels,
    }
    this.known.set(id, column)
    this.known.set(name, column)
    return column
  }

  /** Whether the file has what a column needs. */
  isPresent({ source }: CodeColumn): boolean {
    if (source.kind === 'variable') return this.fields.has(this.variables[source.index].id)
    const { input } = this.derived[source.index]
    return input < 0 || this.fields.has(this.variables[input].id)
  }

  private addDerived(name: string, what: string): CodeColumn {
    const variable = this.own.get(name) ?? (this.isDerived(name) ? builtInDerived(name) : undefined)
    if (variable === undefined) throw this.unknown(name, what)
    const source = variable.from === undefined ? undefined : this.column(variable.from, `${what}, ${name}`)
    if (source !== undefined && source.source.kind === 'derived') {
      throw new SurveyError(`--derive: "${name}" follows from "${variable.from}", which is itself derived`, {
        kind: 'usage',
      })
    }
    const index = this.derived.push({ variable, input: source?.source.index ?? -1 }) - 1
    const groups = groupLabels(variable, this.loaded.definition.wave)
    return {
      name,
      source: { kind: 'derived', index },
      measure: 'category',
      labels: new Map(groups.map((label, code) => [label, [code]])),
      labelOf: new Map(groups.map((label, code) => [code, label])),
    }
  }

  private unknown(name: string, what: string): SurveyError {
    const names = this.loaded.definition.variables.flatMap(({ id, name: friendly }) =>
      friendly === undefined ? [id] : [id, friendly],
    )
    const near = didYouMean(name, [...names, ...this.derivedNames()])
    return new SurveyError(`${what}: "${name}" is no variable${near}`, { kind: 'usage' })
  }
}

function groupLabels({ groups, bins, constant }: DerivedVariable, wave: string): string[] {
  if (constant !== undefined) return [wave]
  return groups === undefined ? [...new Set((bins ?? []).map(({ label }) => label))] : Object.keys(groups)
}

/** The codes of a table's groups; a table of the toolkit may know more labels than the wave, a user's may not. */
function derivedOptions(
  variable: DerivedVariable,
  input: number,
  source: CodeColumn | undefined,
  wave: string,
  strict: boolean,
): DerivedColumnOptions {
  const labels = groupLabels(variable, wave)
  const codes = new Map<number, number>()
  for (const [group, members] of Object.entries(variable.groups ?? {})) {
    for (const member of members) {
      for (const code of codesOf(member, source, variable.name, strict)) {
        const earlier = codes.get(code)
        if (earlier !== undefined && strict) {
          throw new SurveyError(
            `--derive: ${variable.name}: ${JSON.stringify(member)} stands twice, in "${labels[earlier]}" and in "${group}"`,
            { kind: 'usage' },
          )
        }
        codes.set(code, labels.indexOf(group))
      }
    }
  }
  const bins = (variable.bins ?? []).map(({ label, from = 0, to = 0x7fffffff }) => ({
    from,
    to,
    index: labels.indexOf(label),
  }))
  return { name: variable.name, input, labels, codes: [...codes], bins }
}

function codesOf(member: number | string, source: CodeColumn | undefined, name: string, strict: boolean): number[] {
  if (source === undefined) return []
  const codes = typeof member === 'string' ? source.labels.get(member) : undefined
  if (codes !== undefined) return codes
  const code = typeof member === 'number' || /^\d+$/.test(member) ? Number(member) : undefined
  if (code !== undefined && (source.labelOf.size === 0 || source.labelOf.has(code) || !strict)) return [code]
  if (!strict) return []
  throw new SurveyError(
    `--derive: ${name}: ${JSON.stringify(member)} is no code or label of ${source.name}${didYouMean(String(member), source.labels.keys())}`,
    { kind: 'usage' },
  )
}

/** The labels of a variable's codes that are values, in the codebook's wording and in ours. */
function codeLabels(loaded: LoadedDefinition, variable: Variable): Pick<CodeColumn, 'labels' | 'labelOf'> {
  const labels = new Map<string, number[]>()
  const labelOf = new Map<number, string>()
  const recodes = variable.recodes ?? {}
  for (const mended of [true, false]) {
    for (const [key, label] of Object.entries(loaded.labelsOf(variable, { mended }))) {
      const code = Number(key)
      const recoded = Object.hasOwn(recodes, key) ? recodes[key] : code
      if (!Number.isInteger(code) || code < 0 || recoded === null) continue
      if (mended && !labelOf.has(recoded)) labelOf.set(recoded, label)
      const known = labels.get(label) ?? []
      if (!known.includes(recoded)) labels.set(label, [...known, recoded])
    }
  }
  return { labels, labelOf }
}
