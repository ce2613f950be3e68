import type { LoadedDefinition } from '../../definitions/loader.js'
import { Xoshiro128 } from '../../random/xoshiro128.js'
import { answerItems, traitNames } from './answer-items.js'
import { AnswerModel } from './answer-model.js'
import { Background } from './background.js'
import { fixedFraction, normalDraw } from './chance.js'
import { CountryCodes } from './country-codes.js'
import type { Country } from './fieldwork.js'
import { FilledColumns } from './filled-columns.js'
import { Interview, type Release } from './interview.js'
import type { Layout } from './layout.js'
import { RecodedColumns } from './recoded-columns.js'
import { RowEncoder } from './row-encoder.js'
import { Sheet } from './sheet.js'

/** Draws respondents, country by country, and writes their rows. */
export class Population {
  readonly #countries: readonly Country[]
  readonly #seed: number
  readonly #release: Release
  readonly #sheet: Sheet
  readonly #interview: Interview
  readonly #background: Background
  readonly #answers: AnswerModel
  readonly #filled: FilledColumns
  readonly #recoded: RecodedColumns
  readonly #birthplaces: Birthplaces
  readonly #traits = new Float64Array(traitNames.length)
  readonly #means = new Float64Array(traitNames.length)
  #generator = Xoshiro128.seeded(0)
  #encoder: RowEncoder

  constructor(
    layout: Layout,
    definition: LoadedDefinition,
    countries: readonly Country[],
    seed: number,
    release: Release,
  ) {
    const sheet = new Sheet(layout)
    const codes = new CountryCodes(definition)
    this.#countries = countries
    this.#seed = seed
    this.#release = release
    this.#sheet = sheet
    this.#interview = new Interview(sheet, codes)
    this.#background = new Background(sheet, codes)
    this.#answers = new AnswerModel(answerItems(layout, definition), sheet)
    this.#filled = new FilledColumns(sheet, codes)
    this.#recoded = new RecodedColumns(sheet)
    this.#birthplaces = new Birthplaces(sheet, countries)
    this.#encoder = new RowEncoder(sheet)
  }

  /** The most bytes that a row of the present country can take. */
  get longestRow(): number {
    return this.#encoder.longestRow
  }

  /** Goes on to a country, of which `respondents` are to be drawn. */
  enter(country: Country, respondents: number): void {
    this.#generator = Xoshiro128.seeded(this.#seed, country.code)
    this.#sheet.reset()
    this.#interview.enter(country, respondents, this.#release)
    this.#background.enter(country)
    this.#answers.enter(country)
    this.#filled.enter(country, respondents)
    this.#recoded.enter(country.organisation)
    this.#birthplaces.enter(country)
    for (let trait = 0; trait < traitNames.length; trait++) {
      this.#means[trait] = fixedFraction(traitNames[trait], country.code) - 0.5
    }
    this.#means[0] = 1.6 * (country.secular - 0.4)
    this.#encoder = new RowEncoder(this.#sheet)
  }

  /** Draws the country's respondent number `sequence`, from 1, and writes the row; gives the position after it. */
  write(bytes: Uint8Array, position: number, sequence: number): number {
    const generator = this.#generator
    this.#interview.draw(sequence, generator)
    this.#background.draw(this.#interview.language, this.#countries, generator)
    const reticence = this.#drawTraits(generator)
    this.#answers.draw(this.#traits, reticence, generator)
    this.#filled.draw(generator)
    this.#recoded.fill()
    this.#birthplaces.fill()
    return this.#encoder.encode(bytes, position)
  }

  /** Draws the traits, which lean on who the respondent is; gives how likely the respondent is not to answer. */
  #drawTraits(generator: Xoshiro128): number {
    const traits = this.#traits
    const { age, education, income, female, religious } = this.#background
    for (let trait = 0; trait < traits.length; trait++) {
      traits[trait] = this.#means[trait] + 0.85 * normalDraw(generator)
    }
    const schooling = (education - 3.5) / 4
    const older = (age - 45) / 40
    traits[0] += (religious ? -0.25 : 0.7) - 0.3 * older + 0.2 * schooling
    traits[1] += 0.3 * schooling + 0.15 * older
    traits[2] += 0.4 * schooling + 0.2 * older - (female ? 0.15 : 0)
    traits[3] += 0.14 * (income - 5) - 0.2 * older
    traits[4] += 0.4 * schooling - 0.4 * older + (female ? 0.1 : 0)
    traits[5] += 0.05 * (this.#interview.townSize - 4)
    const reticence = 1 - 0.5 * schooling + 0.3 * older + (female ? 0.1 : -0.1)
    return reticence * (0.4 + 1.2 * generator.fraction() * generator.fraction() * 2)
  }
}

/** Places of birth in letters, in the countries that coded them: columns that hold `-4` here and `"DE"` there. */
class Birthplaces {
  readonly #sheet: Sheet
  readonly #columns: [column: string, source: number, target: number][]
  readonly #indexOf = new Map<number, number>()
  readonly #tokens: string[]
  #active = false

  constructor(sheet: Sheet, countries: readonly Country[]) {
    this.#sheet = sheet
    const pairs = [
      ['X002_02B', 'Q266'],
      ['V002A_01', 'Q267'],
      ['V001A_01', 'Q268'],
    ]
    this.#columns = pairs.map(([target, source]) => [target, sheet.slot(source), sheet.slot(target)])
    this.#tokens = countries.map(({ alpha2 }) => `"${alpha2}"`)
    this.#tokens.push('-4')
    for (const [index, { code }] of countries.entries()) this.#indexOf.set(code, index)
  }

  enter(country: Country): void {
    this.#active = country.birthplaceAlpha
    if (!this.#active) return
    for (const [column] of this.#columns) this.#sheet.tokens(column, this.#tokens)
  }

  fill(): void {
    if (!this.#active) return
    const { row } = this.#sheet
    for (const [, source, target] of this.#columns) {
      row[target] = this.#indexOf.get(row[source]) ?? this.#tokens.length - 1
    }
  }
}
