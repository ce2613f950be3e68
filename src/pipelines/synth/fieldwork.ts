import { readWave7 } from './layout.js'

/** A country that took part in wave 7, and what makes its synthetic respondents look like its own. */
export interface Country {
  /** ISO 3166-1 numeric code (909: Northern Ireland), as in `B_COUNTRY`. */
  code: number
  name: string
  alpha3: string
  alpha2: string
  /** Correlates of War number and letters. */
  cow: number
  cowAlpha: string
  /** Size of the national sample. */
  respondents: number
  /** First and last month of fieldwork, as 201811. */
  start: number
  end: number
  /** Code of `Q_MODE`. */
  mode: number
  /** Whether weights differ between respondents; else all are 1. */
  weighted: boolean
  /** Whether places of birth were also coded with letters (`X002_02B` and its kin). */
  birthplaceAlpha: boolean
  longitude: number
  latitude: number
  /** Median age of the sample, in years. */
  medianAge: number
  /** 0 religious to 1 secular: the country's mean on that trait. */
  secular: number
  /** The international organisation that `Q82` asks about here. */
  organisation: string
  /** Codes of `S_INTLANGUAGE` and `LNGE_ISO`, with shares. */
  languages: { code: number; iso: string; share: number }[]
  /** Code of `Q289` to share. */
  religions: Record<string, number>
  /** An interview id that the release gives to every respondent of the country. */
  sharedId?: number
}

/** The 66 countries of release 6.0, by numeric code. */
export function loadCountries(): Country[] {
  return readWave7<{ countries: Country[] }>('fieldwork.json').countries
}

/**
 * Shares `total` respondents out over countries in proportion to their national samples, every country
 * at least one while there are enough. Gives one count a country; they add up to `total`.
 */
export function allotRespondents(countries: readonly Country[], total: number): number[] {
  const sizes = countries.map((country) => country.respondents)
  const whole = sizes.reduce((sum, size) => sum + size, 0)
  const floor = total >= countries.length ? 1 : 0
  const ideal = sizes.map((size) => (size / whole) * total)
  const counts = ideal.map((share) => Math.max(floor, Math.floor(share)))
  const lack = (index: number) => ideal[index] - counts[index]
  let left = total - counts.reduce((sum, count) => sum + count, 0)
  while (left !== 0) {
    const step = Math.sign(left)
    let best = -1
    for (let index = 0; index < counts.length; index++) {
      if (step < 0 && counts[index] <= floor) continue
      if (best < 0 || lack(index) * step > lack(best) * step) best = index
    }
    counts[best] += step
    left -= step
  }
  return counts
}
