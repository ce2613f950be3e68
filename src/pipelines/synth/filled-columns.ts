import type { Xoshiro128 } from '../../random/xoshiro128.js'
import { Choice, fixedFraction } from './chance.js'
import type { CountryCodes } from './country-codes.js'
import type { Country } from './fieldwork.js'
import { type Fill, fillsByColumn } from './layout.js'
import { decimalText, wholeText } from './number-text.js'
import { quoted, type Sheet } from './sheet.js'

const notAsked = -4
const dontKnow = -1
const noAnswer = -2
const wouldNotVote = 2
const otherParty = 5
const notAvailable = -9999

const partyNames = [
  'Unity',
  'Progress',
  'Green Future',
  'Labour, Land and Liberty',
  'Homeland',
  'Civic Forum',
  'Reform',
  "Farmers' Union",
]

/** The vote (`Q223`), and the columns about countries and parties whose names the wave definition does not know. */
export class FilledColumns {
  readonly #sheet: Sheet
  readonly #codes: CountryCodes
  readonly #fills: Map<string, Fill>
  readonly #vote: number
  #parties = new Choice([0], [1])
  #partyCodes: readonly number[] = []

  constructor(sheet: Sheet, codes: CountryCodes) {
    this.#sheet = sheet
    this.#codes = codes
    this.#fills = fillsByColumn(sheet.layout)
    this.#vote = sheet.slot('Q223')
  }

  enter(country: Country, respondents: number): void {
    const sheet = this.#sheet
    this.#partyCodes = this.#codes.of('Q223', country.code).slice(0, partyNames.length)
    if (this.#partyCodes.length > 0) sheet.whole('Q223')
    this.#parties = new Choice(
      partyNames.map((_, party) => party),
      partyNames.map((_, party) =>
        party < this.#partyCodes.length || this.#partyCodes.length === 0 ? 1 / (1 + party) : 0,
      ),
    )
    for (const [column, fill] of this.#fills) this.#enterColumn(column, fill, country, respondents)
  }

  #enterColumn(column: string, fill: Fill, country: Country, respondents: number): void {
    const sheet = this.#sheet
    const { layout } = sheet
    if (fill.kind === 'empty') sheet.text(column, '')
    else if (fill.kind === 'population-weight') {
      sheet.text(column, decimalText(fill.adults / respondents, layout, Math.min(layout.digits, 5)))
    } else if (fill.kind === 'country-number') {
      sheet.text(column, countryNumber(column, fill, country, sheet))
    } else if (fill.kind === 'party-number') {
      const tokens = partyNames.map((_, party) =>
        decimalText(fixedFraction(column, country.code, party) * fill.max, layout, fill.decimals),
      )
      sheet.tokens(column, [...tokens, wholeText(notAsked, layout)], sheet.party)
    } else if (fill.kind === 'party-text') {
      const tokens = partyNames.map((name) => quoted(`${name} (${country.alpha3})`))
      sheet.tokens(column, [...tokens, fill.blank], sheet.party)
    }
  }

  draw(generator: Xoshiro128): void {
    const { row, party } = this.#sheet
    const chance = generator.below(100)
    if (chance < 70) {
      const choice = this.#parties.draw(generator)
      row[party] = choice
      row[this.#vote] = this.#partyCodes.length === 0 ? notAsked : this.#partyCodes[choice]
      return
    }
    row[party] = partyNames.length
    if (this.#partyCodes.length === 0) row[this.#vote] = notAsked
    else row[this.#vote] = chance < 80 ? dontKnow : chance < 88 ? noAnswer : chance < 95 ? wouldNotVote : otherParty
  }
}

/** A figure about the country, the same for all of its respondents; not available for some countries. */
function countryNumber(
  column: string,
  fill: Extract<Fill, { kind: 'country-number' }>,
  country: Country,
  { layout }: Sheet,
): string {
  if (fixedFraction(`${column} available`, country.code) < 0.12) return wholeText(notAvailable, layout)
  const fraction = fixedFraction(column, country.code)
  return decimalText((fill.negative === true ? 2 * fraction - 1 : fraction) * fill.max, layout, fill.decimals)
}
