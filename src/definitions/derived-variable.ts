import { readdirSync, readFileSync } from 'node:fs'

/**
 * A demographic that is not asked for but follows from another one: a continent from the country, a generation from
 * the year of birth. Plain data, so that a table in a file says all of it.
 */
export interface DerivedVariable {
  /** Column name; lower case with underscores. */
  name: string
  /** What it is, for people. */
  label: string
  /** Where the facts come from. */
  source?: string | undefined
  /** Id or friendly name of the variable that it follows from; absent for a constant. */
  from?: string | undefined
  /** Group -> codes (numbers) or value labels (texts) of the variable that belong to it. */
  groups?: Record<string, (number | string)[]> | undefined
  /** Intervals of a quantity or a scale, both ends included; an end left out is open. */
  bins?: { label: string; from?: number | undefined; to?: number | undefined }[] | undefined
  /** The same for every respondent: the wave of the definition. */
  constant?: 'wave' | undefined
}

const tableFolder = new URL('./tables/', import.meta.url)

/** Names of the derived variables that come with the toolkit, e.g. `continent`. */
export function builtInDerivedNames(): string[] {
  return readdirSync(tableFolder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.replace(/\.json$/, ''))
    .sort()
}

/** A derived variable that comes with the toolkit; the tests have checked its table. */
export function builtInDerived(name: string): DerivedVariable {
  const table: DerivedVariable = JSON.parse(readFileSync(new URL(`${name}.json`, tableFolder), 'utf8'))
  return table
}
