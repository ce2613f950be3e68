import { createHash } from 'node:crypto'
import { JoinedVariable } from './joined-variable.js'
import { createLoadedDefinition, type LoadedDefinition } from './loaded-definition.js'
import type { RewordedCode } from './scale-match.js'
import type { MissingCode, ValueLabels, Variable, WaveDefinition } from './schema.js'
import { isTimeSeries, type JoinedWave, orderWaves, waveName, waveNames } from './wave-order.js'

/** Ids of what every survey has, as the time series names them. */
const roles = { id: 'S007', country: 'S003', year: 'S020', weight: 'S017' } as const
/** Id of the variable that says of which wave a respondent is. */
export const waveVariable = 'S002VS'
/** Columns that every table has under these names. */
const reservedNames = ['respondent_id', 'question', 'answer', 'weight', 'wave']
/** Where the codes start of waves that have no number. */
const firstUnnumbered = 1001

/** What one wave has of a variable of the dataset. */
export interface HarmonisedMember {
  wave: string
  /** Its id in that wave. */
  variable: string
  /** Absent where its codes stand as they are. */
  scale?: 'reversed' | 'reordered'
  /** Codes whose labels say the same in other words. */
  reworded?: RewordedCode[]
}

export interface HarmonisedVariable {
  id: string
  kind: 'value' | 'demographic'
  members: HarmonisedMember[]
}

/** Variables that share a harmonised id and yet can not be one, with the ids that they have instead. */
export interface ApartVariables {
  harmonised: string
  ids: string[]
  reasons: string[]
}

/** A wave's counterpart of a variable that is of no use there. */
export interface UnusedVariable {
  wave: string
  variable: string
  harmonised: string
  reason: string
}

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

/** A variable of the joined definition with what it was made of. */
interface Placed {
  joined: JoinedVariable
  variable: Variable
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

function isWaveVariable({ kind, name, harmonised }: Variable): boolean {
  return kind === 'demographic' && (name === 'wave' || harmonised === waveVariable)
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

/** The code of each wave in the variable `wave`: its number; waves without one have codes of their own, with labels. */
type WaveNumbering = ReadonlyMap<string, number>

function numberWaves(waves: readonly JoinedWave[]): WaveNumbering {
  const names = [...new Set(waves.map(({ wave }) => wave))].filter((wave) => !isTimeSeries(wave))
  const unnumbered = names.filter((wave) => !/^\d{1,3}$/.test(wave)).sort()
  return new Map(
    names.map((wave) => {
      const place = unnumbered.indexOf(wave)
      return [wave, place === -1 ? Number(wave) : firstUnnumbered + place]
    }),
  )
}

function waveDefinition(numbering: WaveNumbering): Variable {
  const base = { id: waveVariable, label: 'Wave of the survey', kind: 'demographic' as const, name: 'wave' }
  if ([...numbering.values()].every((code) => code < firstUnnumbered)) return { ...base, measure: 'quantity' }
  // The time series may hold any of the numbered waves.
  const labels: ValueLabels = {}
  for (let wave = 1; wave < 100; wave++) labels[wave] = String(wave)
  for (const [wave, code] of numbering) labels[code] = wave
  return { ...base, measure: 'category', labels }
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

function reportOf(joined: JoinedVariable, { id, kind }: Variable): HarmonisedVariable {
  const isWave = id === waveVariable
  return {
    id,
    kind: kind === 'value' ? 'value' : 'demographic',
    members: (isWave ? [] : joined.members).map(({ wave, variable, how, reworded }) => ({
      wave: wave.wave,
      variable: variable.id,
      ...(how === 'same' ? {} : { scale: how }),
      ...(reworded.length === 0 ? {} : { reworded }),
    })),
  }
}

function apartOf(placed: readonly Placed[], reasons: ReadonlyMap<string, string[]>): ApartVariables[] {
  const found: ApartVariables[] = []
  for (const [harmonised, list] of reasons) {
    const ids = placed.filter(({ joined }) => joined.key === harmonised).map(({ variable }) => variable.id)
    found.push({ harmonised, ids, reasons: list })
  }
  return found
}

/** Variables that other waves make use of, and this one does not. */
function unusedOf(waves: readonly JoinedWave[], placed: readonly Placed[]): UnusedVariable[] {
  const keys = new Set(placed.map(({ joined }) => joined.key))
  return waves.flatMap(({ wave, loaded }) =>
    loaded.definition.variables.flatMap((variable) => {
      const { id, kind, harmonised, labels } = variable
      if (kind !== 'technical' || harmonised === undefined || !keys.has(harmonised) || harmonised === waveVariable) {
        return []
      }
      const reason =
        labels === 'unknown'
          ? `its value labels in ${waveName(wave)} are not known`
          : `it is technical in ${waveName(wave)}`
      return [{ wave, variable: id, harmonised, reason }]
    }),
  )
}

function hashOf(hashes: readonly string[]): string {
  return createHash('sha256').update(hashes.join('\n')).digest('hex')
}

function noLabelFile(name: string): never {
  throw new Error(`a joined definition holds its labels itself, and none in ${name}`)
}
