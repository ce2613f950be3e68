import type { ValueLabels, Variable } from './schema.js'
import { isTimeSeries, type JoinedWave } from './wave-order.js'

/** Id of the variable that says of which wave a respondent is. */
export const waveVariable = 'S002VS'
/** Where the codes start of waves that have no number. */
const firstUnnumbered = 1001

/** The code of each wave in the variable `wave`: its number; waves without one have codes of their own, with labels. */
export type WaveNumbering = ReadonlyMap<string, number>

export function numberWaves(waves: readonly JoinedWave[]): WaveNumbering {
  const names = [...new Set(waves.map(({ wave }) => wave))].filter((wave) => !isTimeSeries(wave))
  const unnumbered = names.filter((wave) => !/^\d{1,3}$/.test(wave)).sort()
  return new Map(
    names.map((wave) => {
      const place = unnumbered.indexOf(wave)
      return [wave, place === -1 ? Number(wave) : firstUnnumbered + place]
    }),
  )
}

/** The variable itself: a number where all waves have one. */
export function waveDefinition(numbering: WaveNumbering): Variable {
  const base = { id: waveVariable, label: 'Wave of the survey', kind: 'demographic' as const, name: 'wave' }
  if ([...numbering.values()].every((code) => code < firstUnnumbered)) return { ...base, measure: 'quantity' }
  // The time series may hold any of the numbered waves.
  const labels: ValueLabels = {}
  for (let wave = 1; wave < 100; wave++) labels[wave] = String(wave)
  for (const [wave, code] of numbering) labels[code] = wave
  return { ...base, measure: 'category', labels }
}

/** Whether a definition has that variable itself, as the time series does. */
export function isWaveVariable({ kind, name, harmonised }: Variable): boolean {
  return kind === 'demographic' && (name === 'wave' || harmonised === waveVariable)
}
