import type { LoadedDefinition } from './loaded-definition.js'

/** A definition among those that are joined, with what tells its wave from the others. */
export interface JoinedWave {
  loaded: LoadedDefinition
  wave: string
  /** Stands in ids of variables that only this wave has: `W6`, `TS` of the time series. */
  tag: string
}

/** The definitions in a fixed order, each once: numbered waves from the newest, then the time series, then others by name. */
export function orderWaves(definitions: readonly LoadedDefinition[]): JoinedWave[] {
  const byHash = new Map(definitions.map((loaded) => [loaded.hash, loaded]))
  const sorted = [...byHash.values()].sort(
    (left, right) =>
      rankOf(left) - rankOf(right) ||
      compare(left.definition.wave, right.definition.wave) ||
      compare(left.hash, right.hash),
  )
  const taken = new Map<string, number>()
  return sorted.map((loaded) => {
    const { wave } = loaded.definition
    const plain = tagOf(wave)
    const times = (taken.get(plain) ?? 0) + 1
    taken.set(plain, times)
    return { loaded, wave, tag: times === 1 ? plain : `${plain}_${times}` }
  })
}

/** `wave 7`, `the time series`. */
export function waveName(wave: string): string {
  return isTimeSeries(wave) ? 'the time series' : `wave ${wave}`
}

/** `wave 7`, `waves 5, 6 and 7`, `waves 6 and 7 and the time series`: oldest first. */
export function waveNames(waves: readonly string[]): string {
  const distinct = [...new Set(waves)]
  const own = distinct.filter((wave) => !isTimeSeries(wave)).sort((left, right) => numberOf(left) - numberOf(right))
  const last = own.at(-1) ?? ''
  const list =
    own.length > 1 ? `waves ${own.slice(0, -1).join(', ')} and ${last}` : own.length === 1 ? `wave ${last}` : ''
  return [list, ...(distinct.some(isTimeSeries) ? ['the time series'] : [])].filter((part) => part !== '').join(' and ')
}

/** Whether a definition is of several waves at once. */
export function isTimeSeries(wave: string): boolean {
  return wave === 'timeseries'
}

function rankOf({ definition: { wave } }: LoadedDefinition): number {
  const number = numberOf(wave)
  return isTimeSeries(wave) ? 1e6 : number < 1e5 ? -number : 2e6
}

function numberOf(wave: string): number {
  return /^\d{1,4}$/.test(wave) ? Number(wave) : 1e6
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function tagOf(wave: string): string {
  if (isTimeSeries(wave)) return 'TS'
  const plain = wave.replace(/\W+/g, '_').toUpperCase()
  return /^\d/.test(plain) ? `W${plain}` : plain
}
