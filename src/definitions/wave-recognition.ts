import { builtInWaves, readWaveFile } from './loader.js'

/** How well a built-in wave fits a survey file. */
export interface WaveMatch {
  wave: string
  /** Columns of the file that the wave's definition has. */
  known: number
}

/**
 * The built-in waves that a survey file with these columns may be of, the best first: those whose id and country
 * columns it has, by the number of columns that they know. Waves 5 and 6 share the names V1, V2 ... for other
 * questions, so that only the count tells them apart.
 */
export function recogniseWave(columns: readonly string[]): WaveMatch[] {
  const present = new Set(columns)
  return builtInWaves()
    .map((wave) => ({ wave, definition: readWaveFile(wave) }))
    .filter(({ definition: { roles } }) => present.has(roles.id) && present.has(roles.country))
    .map(({ wave, definition }) => ({ wave, known: definition.variables.filter(({ id }) => present.has(id)).length }))
    .sort((left, right) => right.known - left.known)
}
