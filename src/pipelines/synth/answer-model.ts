import type { Xoshiro128 } from '../../random/xoshiro128.js'
import type { AnswerItem } from './answer-items.js'
import { bellDeviation, bellQuantile, fixedFraction } from './chance.js'
import type { Country } from './fieldwork.js'
import type { Sheet } from './sheet.js'

/** Answers with more codes than this are spread evenly over a bell instead of cut at thresholds. */
const maxThresholds = 12
/** Entries of a table that shares out what is no answer: as many as 6 bits tell apart. */
const specialEntries = 64
/** Standard deviation of a country's own leaning in one question, in that of the respondents. */
const countryDeviation = 0.35

/**
 * Draws answers. Each is a latent number - two traits of the respondent, the country's leaning, and noise - cut
 * into codes at fixed thresholds, so that answers of one person hang together and countries differ. One draw a cell
 * decides both whether there is an answer and which.
 */
export class AnswerModel {
  readonly #items: readonly AnswerItem[]
  readonly #sheet: Sheet
  readonly #thresholds: Float64Array
  readonly #codes: Int32Array
  readonly #special: Int32Array
  // The items that the country asked, one entry each.
  #count = 0
  readonly #asked: Int32Array
  readonly #slots: Int32Array
  readonly #limits: Float64Array
  readonly #shifts: Float64Array

  constructor(items: readonly AnswerItem[], sheet: Sheet) {
    this.#items = items
    this.#sheet = sheet
    this.#thresholds = new Float64Array(items.length * maxThresholds)
    this.#codes = new Int32Array(items.length * maxThresholds)
    this.#special = new Int32Array(items.length * specialEntries)
    this.#asked = new Int32Array(items.length)
    this.#slots = new Int32Array(items.length)
    this.#limits = new Float64Array(items.length)
    this.#shifts = new Float64Array(items.length)
    for (const [index, item] of items.entries()) {
      this.#special.set(specialTable(item), index * specialEntries)
      if (item.codes.length > maxThresholds) continue
      this.#codes.set(item.codes, index * maxThresholds)
      this.#thresholds.set(thresholdsOf(item), index * maxThresholds)
    }
  }

  /** Settles which questions the country asked, and how it leans in each; tells the sheet. */
  enter(country: Country): void {
    this.#count = 0
    const reticence = 0.5 + fixedFraction('reticence', country.code)
    for (const [index, item] of this.#items.entries()) {
      const { column } = item
      const skipped = fixedFraction(`asked ${column}`, country.code) >= item.asked
      if (item.organisation === undefined ? skipped : item.organisation !== country.organisation) continue
      if (item.tokens === undefined) this.#sheet.whole(column)
      else this.#sheet.tokens(column, item.tokens)
      const share = item.special.reduce((sum, [, part]) => sum + part, 0)
      const leaning = fixedFraction(`leaning ${column}`, country.code) + fixedFraction(column, country.code) - 1
      const at = this.#count++
      this.#asked[at] = index
      this.#slots[at] = this.#sheet.slot(column)
      this.#limits[at] = share * reticence * 2 ** 32
      // The sum of two even fractions has a standard deviation of 1 / sqrt(6).
      this.#shifts[at] = leaning * Math.sqrt(6) * countryDeviation * bellDeviation
    }
  }

  /**
   * Fills in one respondent's answers. `reticence`: how much likelier than most the respondent is to give none;
   * about 1.
   */
  draw(traits: Float64Array, reticence: number, generator: Xoshiro128): void {
    const { row } = this.#sheet
    const items = this.#items
    const thresholds = this.#thresholds
    for (let at = 0; at < this.#count; at++) {
      const index = this.#asked[at]
      const item = items[index]
      const chance = generator.nextInt32() >>> 0
      if (chance < this.#limits[at] * reticence) {
        row[this.#slots[at]] = this.#special[index * specialEntries + (chance & (specialEntries - 1))]
        continue
      }
      const bits = generator.nextInt32()
      const bell = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510
      const [one, other] = item.traits
      const pull = item.loadings[0] * traits[one] + item.loadings[1] * traits[other]
      const latent = bell + this.#shifts[at] + pull * bellDeviation
      const count = item.codes.length
      if (count > maxThresholds) {
        const code = Math.floor(count * (item.position + (latent / bellDeviation) * 0.18))
        row[this.#slots[at]] = Math.min(count - 1, Math.max(0, code))
        continue
      }
      const first = index * maxThresholds
      const last = first + count - 1
      let code = first
      while (code < last && latent > thresholds[code]) code++
      row[this.#slots[at]] = this.#codes[code]
    }
  }
}

/** Where the latent number is cut so that the codes come out with about the shares that the item's position asks for. */
function thresholdsOf(item: AnswerItem): number[] {
  const [one, other] = item.loadings
  const spread = Math.sqrt(1 + one * one + other * other + countryDeviation * countryDeviation)
  let below = 0
  return sharesOf(item)
    .slice(0, -1)
    .map((share) => {
      below += share
      return bellQuantile(below) * spread
    })
}

/** The share of each code: a hump around the position, and more on the ends of a long scale, where people like to be. */
function sharesOf({ codes, position }: AnswerItem): number[] {
  const count = codes.length
  if (count === 1) return [1]
  if (count === 2) return [1 - position, position]
  // The hump is narrow near the ends, so that what nearly all agree on stays that way.
  const width = 0.2 + 1.2 * position * (1 - position)
  const away = 1 - position
  const weights = codes.map((_, index) => {
    const distance = (index / (count - 1) - position) / width
    const hump = 1 / ((1 + distance * distance) * (1 + distance * distance))
    if (count < 10) return hump
    if (index === 0) return hump * (1 + 10 * away * away * away)
    if (index === count - 1) return hump * (1 + 6 * position * position * position)
    return index === 4 ? hump * 1.5 : hump
  })
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** The item's special values, each as often in the table as its share says, and at least once. */
function specialTable({ special }: AnswerItem): number[] {
  const total = special.reduce((sum, [, share]) => sum + share, 0)
  const table: number[] = []
  for (const [value, share] of special.slice(1)) {
    const entries = Math.max(1, Math.round((share / total) * specialEntries))
    for (let entry = 0; entry < entries; entry++) table.push(value)
  }
  while (table.length < specialEntries) table.push(special[0][0])
  return table.slice(0, specialEntries)
}
