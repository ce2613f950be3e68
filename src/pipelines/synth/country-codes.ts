import type { LoadedDefinition } from '../../definitions/loader.js'

/**
 * The codes of country-specific variables: regions, towns, parties, ethnic groups, schools. The country's number is
 * their first digits: `170013` is a town of Colombia (170), `8400361` one of the United States (840).
 */
export class CountryCodes {
  readonly #definition: LoadedDefinition
  readonly #byVariable = new Map<string, Map<number, number[]>>()

  constructor(definition: LoadedDefinition) {
    this.#definition = definition
  }

  /** The codes that the variable has for the country, in order; none where it was not coded there. */
  of(variableId: string, country: number): readonly number[] {
    let byCountry = this.#byVariable.get(variableId)
    if (byCountry === undefined) {
      byCountry = this.#group(variableId)
      this.#byVariable.set(variableId, byCountry)
    }
    return byCountry.get(country) ?? []
  }

  /** Whether the codebook has a label for this code. */
  has(variableId: string, code: number): boolean {
    const variable = this.#definition.variable(variableId)
    return variable !== undefined && this.#definition.labelsOf(variable, { mended: false })[String(code)] !== undefined
  }

  #group(variableId: string): Map<number, number[]> {
    const byCountry = new Map<number, number[]>()
    const variable = this.#definition.variable(variableId)
    if (variable === undefined) return byCountry
    for (const key of Object.keys(this.#definition.labelsOf(variable, { mended: false }))) {
      const code = Number(key)
      if (!(code >= 1000)) continue
      // Towns come with three digits after the country's number, or four where seven in all; NUTS-2 regions with four.
      const fourDigits = variableId === 'N_REGION_NUTS2' || key.length >= 7
      const country = Math.floor(code / (fourDigits ? 10_000 : 1_000))
      const codes = byCountry.get(country)
      if (codes === undefined) byCountry.set(country, [code])
      else codes.push(code)
    }
    for (const codes of byCountry.values()) codes.sort((one, other) => one - other)
    return byCountry
  }
}
