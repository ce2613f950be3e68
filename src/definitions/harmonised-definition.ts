import { createHash } from 'node:crypto'
import {
  type ApartVariables,
  apartOf,
  type HarmonisedVariable,
  type Placed,
  reportOf,
  type UnusedVariable,
  unusedOf,
} from './harmonised-report.js'
import { JoinedVariable } from './joined-variable.js'
import { createLoadedDefinition, type LoadedDefinition } from './loaded-definition.js'
import type { MissingCode, Variable, WaveDefinition } from './schema.js'
import { isWaveVariable, numberWaves, type WaveNumbering, waveDefinition, waveVariable } from './wave-numbering.js'
import { isTimeSeries, type JoinedWave, orderWaves, waveNames } from './wave-order.js'

/** Ids of what every survey has, as the time series names them. */
const roles = { id: 'S007', country: 'S003', year: 'S020', weight: 'S017' } as const
/** Columns that every table has under these names. */
const reservedNames = ['respondent_id', 'question', 'answer', 'weight', 'wave']
/** How a file of one wave is read into the joined dataset. */
export interface WaveReading {
  /** The definition as it was given. */
  own: LoadedDefinition
  /** The wave's variables under the dataset's ids; recodes lead from its codes to the dataset's. */
  loaded: LoadedDefinition
  /** Column of the file -> id in the dataset. */
  columns: ReadonlyMap<string, string>
  /** Codes of variables that are the same for all respondents, by id. */
  constants: Readonly<Record<string, number>>
}

/** Several waves as one: the definition of the dataset, how each wave is read into it, and what was decided. */
export interface Harmonisation {
  loaded: LoadedDefinition
  readings: WaveReading[]
  variables: HarmonisedVariable[]
  apart: ApartVariables[]
  unused: UnusedVariable[]
}

/**
 * Joins the definitions of several waves. Variables that share a harmonised id (their name in the time series) and whose
 * answers surely mean the same become one, under that id; its wording, scale and codes are those of the newest wave. All
 * others keep to themselves, under ids that say the wave (`A009_W7`, `W6_V45`). Does not depend on the order of
 * `definitions`; a definition that is given twice counts once. `readings` come in the order of `definitions`.
 */
export function harmonise(definitions: readonly LoadedDefinition[]): Harmonisation {
  const waves = orderWaves(definitions)
  const collected = new Collected()
  for (const wave of waves) for (const variable of wave.loaded.definition.variables) collected.add(wave, variable)
  const numbering = numberWaves(waves)
  const placed = place(collected.variables, waves, numbering)
  const definition = joinedDefinition(waves, placed, numbering)
  const byHash = new Map(waves.map((wave) => [wave.loaded.hash, readingOf(wave, placed, definition, numbering)]))
  return {
    loaded: createLoadedDefinition({
      definition,
      files: () => [],
      hash: () => hashOf(waves.map(({ loaded }) => loaded.hash)),
      readLabelFile: noLabelFile,
      aliases: aliasesOf(placed, definition),
    }),
    readings: definitions.map(({ hash }) => {
      const reading = byHash.get(hash)
      if (reading === undefined) throw new Error('a definition has lost its reading')
      return reading
    }),
    variables: placed.map(({ joined, variable }) => reportOf(joined, variable)),
    apart: apartOf(placed, collected.reasons),
    unused: unusedOf(waves, placed),
  }
}

/** Gathers variables that mean the same, wave by wave from the first. */
class Collected {
  readonly variables: JoinedVariable[] = []
  /** Why variables of a harmonised id are not one. */
  readonly reasons = new Map<string, string[]>()

  add(wave: JoinedWave, variable: Variable): void {
    const own = roleVariable(wave, variable)
    if (own.kind !== 'value' && own.kind !== 'demographic') return
    if (isWaveVariable(own)) return
    const key = this.keyOf(wave, own)
    const alike = key === undefined ? [] : this.variables.filter((joined) => joined.key === key)
    const reasons: string[] = []
    for (const joined of alike) {
      const reason = joined.join(wave, own)
      if (reason === undefined) return
      reasons.push(reason)
    }
    if (key !== undefined && reasons.length > 0) {
      this.reasons.set(key, [...(this.reasons.get(key) ?? []), reasons[0]])
    }
    if (alike.length === 0 && this.joinByName(wave, own, key)) return
    this.variables.push(new JoinedVariable(own, wave, key === roles.country, key))
  }

  /** The harmonised id; undefined where the wave gives none, or gives it to two variables: the first has it. */
  private keyOf(wave: JoinedWave, variable: Variable): string | undefined {
    const { harmonised } = variable
    const isTaken = this.variables.some((joined) => joined.key === harmonised && joined.has(wave))
    return isTaken ? undefined : harmonised
  }

  /** Demographics of one friendly name mean the same, where one of them has no harmonised id to say so. */
  private joinByName(wave: JoinedWave, variable: Variable, key: string | undefined): boolean {
    const { kind, name } = variable
    if (kind !== 'demographic' || name === undefined) return false
    const joined = this.variables.find((other) => other.kind === kind && other.first.name === name && !other.has(wave))
    if (joined === undefined || (joined.key !== undefined && key !== undefined)) return false
    if (joined.join(wave, variable) !== undefined) return false
    joined.key ??= key
    return true
  }
}

/** Country and year are demographics of every dataset, whatever a definition calls them. */
function roleVariable({ loaded: { definition } }: JoinedWave, variable: Variable): Variable {
  const { country, year } = definition.roles
  if (variable.id === country) return { ...variable, kind: 'demographic', harmonised: roles.country, name: 'country' }
  if (variable.id === year) return { ...variable, kind: 'demographic', harmonised: roles.year, name: 'year' }
  return variable
}

/** Gives the joined variables their ids and names. */
function place(variables: readonly JoinedVariable[], waves: readonly JoinedWave[], numbering: WaveNumbering): Placed[] {
  const alike = new Map<string, number>()
  for (const { key } of variables) if (key !== undefined) alike.set(key, (alike.get(key) ?? 0) + 1)
  const names = new Set(reservedNames)
  const wave = new JoinedVariable(waveDefinition(numbering), waves[0], false, waveVariable)
  return [
    { joined: wave, variable: { ...waveDefinition(numbering), harmonised: waveVariable } },
    ...variables.map((joined) => {
      const { key, members, first } = joined
      const tags = members.map((member) => member.wave.tag).join('_')
      const isWhole = key !== undefined && alike.get(key) === 1
      const id = key === undefined ? `${members[0].wave.tag}_${first.id}` : isWhole ? key : `${key}_${tags}`
      return { joined, variable: joined.definition(id, freeName(first, tags, names)) }
    }),
  ]
}

function freeName({ kind, name }: Variable, tags: string, names: Set<string>): string | undefined {
  if (kind !== 'demographic' || name === undefined) return undefined
  let free = names.has(name) ? `${name}_${tags.toLowerCase()}` : name
  for (let time = 2; names.has(free); time++) free = `${name}_${tags.toLowerCase()}_${time}`
  names.add(free)
  return free
}

function joinedDefinition(
  waves: readonly JoinedWave[],
  placed: readonly Placed[],
  numbering: WaveNumbering,
): WaveDefinition {
  const missing = new Map<number, MissingCode>()
  for (const { loaded } of waves) {
    for (const entry of loaded.definition.missing) if (!missing.has(entry.code)) missing.set(entry.code, entry)
  }
  const names = waves.map(({ wave }) => wave)
  return {
    format: 1,
    wave: [...numbering.keys(), ...names.filter(isTimeSeries)].sort().join('+'),
    title: `World Values Survey, ${waveNames(names)}`,
    source: 'The definitions of the waves, joined by harmonised id',
    roles,
    missing: [...missing.values()].sort((left, right) => right.code - left.code),
    repeatedIds: [],
    invertedColumns: [],
    variables: [
      { id: roles.id, label: 'Interview id', kind: 'id', measure: 'text' },
      { id: roles.weight, label: 'Weight', kind: 'weight', measure: 'quantity', name: 'weight' },
      ...placed.map(({ variable }) => variable),
    ],
  }
}

function readingOf(
  wave: JoinedWave,
  placed: readonly Placed[],
  joined: WaveDefinition,
  numbering: WaveNumbering,
): WaveReading {
  const own = wave.loaded.definition
  const columns = new Map([
    [own.roles.id, roles.id as string],
    [own.roles.weight, roles.weight as string],
  ])
  const variables: Variable[] = []
  for (const { joined: variable, variable: definition } of placed) {
    const member = variable.members.find((other) => other.wave === wave)
    if (member === undefined || definition.id === waveVariable) continue
    variables.push(variable.reading(member, definition))
    columns.set(member.variable.id, definition.id)
  }
  const code = numbering.get(wave.wave)
  const waveColumn = own.variables.find(isWaveVariable)
  if (code === undefined && waveColumn !== undefined) columns.set(waveColumn.id, waveVariable)
  const { version: _version, ...kept } = own.roles
  return {
    own: wave.loaded,
    columns,
    constants: code === undefined ? {} : { [waveVariable]: code },
    loaded: createLoadedDefinition({
      definition: { ...own, roles: { ...kept, ...joined.roles }, invertedColumns: [], variables },
      files: () => [],
      hash: () => wave.loaded.hash,
      readLabelFile: noLabelFile,
    }),
  }
}

/** What waves call the joined variables, where that means one of them only. */
function aliasesOf(placed: readonly Placed[], { variables }: WaveDefinition): Map<string, string> {
  const taken = new Set(variables.flatMap(({ id, name }) => (name === undefined ? [id] : [id, name])))
  const meanings = new Map<string, Set<string>>()
  for (const { joined, variable } of placed) {
    for (const member of joined.members) {
      for (const alias of [member.variable.id, member.variable.name]) {
        if (alias === undefined || taken.has(alias)) continue
        meanings.set(alias, (meanings.get(alias) ?? new Set()).add(variable.id))
      }
    }
  }
  return new Map([...meanings].flatMap(([alias, ids]) => (ids.size === 1 ? [[alias, [...ids][0]] as const] : [])))
}

function hashOf(hashes: readonly string[]): string {
  return createHash('sha256').update(hashes.join('\n')).digest('hex')
}

function noLabelFile(name: string): never {
  throw new Error(`a joined definition holds its labels itself, and none in ${name}`)
}
