import type { Xoshiro128 } from '../../random/xoshiro128.js'
import { Choice, fixedFraction, normalDraw } from './chance.js'
import type { CountryCodes } from './country-codes.js'
import type { Country } from './fieldwork.js'
import { decimalText } from './number-text.js'
import { quoted, type Sheet } from './sheet.js'

const missing = -5

/** What a release is called in its `version` column; the rest of the technical columns are the interview's. */
export interface Release {
  version: string
  doi: string
}

/** The technical columns: when, where, in which language and how the interview was held, and its weight. */
export class Interview {
  /** How urban the respondent's place is: 1 under 2,000 people, 8 half a million and more. */
  townSize = 1
  readonly #sheet: Sheet
  readonly #codes: CountryCodes
  readonly #slots
  #country: Country | undefined
  #language = 0
  #languages = new Choice([0], [1])
  #months: number[] = []
  #towns: readonly number[] = []
  #regions: [slot: number, codes: readonly number[]][] = []
  #perThousand = 1
  #clock = false
  /** The smallest step of the country's weights, in 1e-9. */
  #unit = 1

  constructor(sheet: Sheet, codes: CountryCodes) {
    this.#sheet = sheet
    this.#codes = codes
    this.#slots = {
      id: sheet.slot('D_INTERVIEW'),
      date: sheet.slot('J_INTDATE'),
      started: sheet.slot('K_TIME_START'),
      ended: sheet.slot('K_TIME_END'),
      duration: sheet.slot('K_DURATION'),
      town: sheet.slot('N_TOWN'),
      townSize: sheet.slot('G_TOWNSIZE'),
      townSize2: sheet.slot('G_TOWNSIZE2'),
      settlement: sheet.slot('H_SETTLEMENT'),
      urbanRural: sheet.slot('H_URBRURAL'),
      unit: sheet.slot('I_PSU'),
      longitude: sheet.slot('O1_LONGITUDE'),
      latitude: sheet.slot('O2_LATITUDE'),
      language: sheet.slot('S_INTLANGUAGE'),
      languageIso: sheet.slot('LNGE_ISO'),
      interest: sheet.slot('E_RESPINT'),
      literacy: sheet.slot('E1_LITERACY'),
      privacy: sheet.slot('F_INTPRIVACY'),
      weight: sheet.slot('W_WEIGHT'),
      weight1000: sheet.slot('S018'),
    }
  }

  /** Index, in the country's list, of the language that the interview was held in. */
  get language(): number {
    return this.#language
  }

  enter(country: Country, respondents: number, release: Release): void {
    const sheet = this.#sheet
    const year = Math.floor(country.end / 100)
    this.#country = country
    sheet.text('version', quoted(release.version))
    sheet.text('doi', quoted(release.doi))
    sheet.text('B_COUNTRY_ALPHA', quoted(country.alpha3))
    sheet.text('C_COW_ALPHA', quoted(country.cowAlpha))
    sheet.constant('A_WAVE', 7)
    sheet.constant('A_YEAR', year)
    sheet.constant('A_STUDY', 2)
    sheet.constant('B_COUNTRY', country.code)
    sheet.constant('C_COW_NUM', country.cow)
    sheet.constant('S025', country.code * 10_000 + year)
    sheet.constant('FW_START', country.start)
    sheet.constant('FW_END', country.end)
    sheet.constant('Q_MODE', country.mode)
    sheet.whole('D_INTERVIEW', 'J_INTDATE', 'S_INTLANGUAGE', 'E_RESPINT', 'F_INTPRIVACY')
    if (fixedFraction('literacy', country.code) < 0.7) sheet.whole('E1_LITERACY')
    sheet.tokens(
      'LNGE_ISO',
      country.languages.map(({ iso }) => quoted(iso)),
    )
    this.#languages = new Choice(
      country.languages.map((_, index) => index),
      country.languages.map(({ share }) => share),
    )
    this.#months = monthsFrom(country.start, country.end)
    this.#clock = fixedFraction('clock', country.code) < 0.65
    if (this.#clock) {
      sheet.decimal(2, 'K_TIME_START', 'K_TIME_END')
      sheet.whole('K_DURATION')
    }
    this.#enterPlace(country)
    this.#enterWeight(country, respondents)
  }

  #enterPlace(country: Country): void {
    const sheet = this.#sheet
    this.#regions = []
    for (const column of ['N_REGION_ISO', 'N_REGION_WVS', 'N_REGION_NUTS2']) {
      const codes = this.#codes.of(column, country.code)
      if (codes.length === 0) continue
      this.#regions.push([sheet.slot(column), codes])
      sheet.whole(column)
    }
    this.#towns = this.#codes.of('N_TOWN', country.code)
    if (this.#towns.length > 0) sheet.whole('N_TOWN')
    sheet.whole('G_TOWNSIZE', 'G_TOWNSIZE2', 'H_SETTLEMENT', 'H_URBRURAL')
    if (fixedFraction('unit', country.code) < 0.5) sheet.whole('I_PSU')
    if (fixedFraction('coordinates', country.code) < 0.75) {
      sheet.decimal(2, 'O1_LONGITUDE', 'O2_LATITUDE')
    } else {
      for (const column of ['O1_LONGITUDE', 'O2_LATITUDE']) sheet.text(column, decimalText(-999, sheet.layout, 2))
    }
  }

  #enterWeight(country: Country, respondents: number): void {
    const { layout } = this.#sheet
    this.#perThousand = 1000 / respondents
    if (country.weighted) {
      this.#unit = [1, 10, 100, 1000][Math.floor(fixedFraction('places', country.code) * 4)]
      this.#sheet.decimal(9, 'W_WEIGHT', 'S018')
      return
    }
    this.#sheet.text('W_WEIGHT', decimalText(1, layout, layout.digits))
    this.#sheet.text('S018', decimalText(this.#perThousand, layout, layout.digits))
  }

  /** Fills in the interview of the country's respondent number `sequence`, from 1. */
  draw(sequence: number, generator: Xoshiro128): void {
    const country = this.#country
    if (country === undefined) throw new Error('enter a country first')
    const { row } = this.#sheet
    const slots = this.#slots
    // The releases number a country's wave-7 interviews from here.
    row[slots.id] = country.sharedId ?? country.code * 1_000_000 + 70_000 + sequence
    const month = this.#months[generator.below(this.#months.length)]
    row[slots.date] = generator.below(400) === 0 ? missing : month * 100 + 1 + generator.below(daysOf(month))
    if (this.#clock) {
      const start = 540 + generator.below(620)
      const duration = 28 + generator.below(40) + generator.below(40)
      row[slots.started] = clockOf(start)
      row[slots.ended] = clockOf(start + duration)
      row[slots.duration] = duration
    }
    this.#drawPlace(country, generator)
    this.#language = this.#languages.draw(generator)
    row[slots.language] = country.languages[this.#language].code
    row[slots.languageIso] = this.#language
    const interest = generator.below(100)
    row[slots.interest] = interest < 62 ? 1 : interest < 94 ? 2 : interest < 99 ? 3 : missing
    row[slots.literacy] = generator.below(100) < 97 ? 1 : 2
    row[slots.privacy] = generator.below(100) < 78 ? 1 : 2
    if (country.weighted) {
      const wide = 1 + 0.22 * (normalDraw(generator) + 0.01 * generator.fraction())
      const unit = this.#unit
      const weight = Math.round(((wide * wide) / (1 + 0.22 * 0.22)) * (1e9 / unit)) * unit
      row[slots.weight] = weight
      row[slots.weight1000] = Math.round(weight * this.#perThousand)
    }
  }

  #drawPlace(country: Country, generator: Xoshiro128): void {
    const { row } = this.#sheet
    const slots = this.#slots
    // One number for the place, so that regions and towns, which are both numbered across the country, agree roughly.
    const place = generator.fraction()
    for (const [slot, codes] of this.#regions) row[slot] = codes[Math.floor(place * codes.length)]
    const towns = this.#towns.length > 0 ? this.#towns.length : 40
    const town = Math.floor(place * towns)
    if (this.#towns.length > 0) row[slots.town] = this.#towns[town]
    const size = 1 + ((town * 5 + country.code) % 8)
    this.townSize = size
    const sizeKnown = generator.below(60) > 0
    row[slots.townSize] = sizeKnown ? size : missing
    row[slots.townSize2] = sizeKnown ? coarseTownSize[size] : missing
    row[slots.settlement] = size === 8 && town < 8 ? 1 : size >= 7 ? 2 : size >= 5 ? 3 : size >= 3 ? 4 : 5
    row[slots.urbanRural] = size >= 4 || (size === 3 && generator.below(2) === 0) ? 1 : 2
    row[slots.unit] = 1 + town
    row[slots.longitude] = Math.round((country.longitude + 5 * (place - 0.5)) * 100)
    row[slots.latitude] = Math.round((country.latitude + 3 * (scattered(town) - 0.5)) * 100)
  }
}

const coarseTownSize = [0, 1, 1, 2, 2, 3, 3, 4, 5]

/** A fraction that is scattered from one town to the next. */
function scattered(town: number): number {
  return ((town * 37) % 101) / 101
}

/** 16:05 as 1605, in minutes after midnight; the releases write it 16.05. */
function clockOf(minutes: number): number {
  return Math.floor(minutes / 60) * 100 + (minutes % 60)
}

function monthsFrom(start: number, end: number): number[] {
  const months: number[] = []
  for (let month = start; month <= end; month += month % 100 === 12 ? 89 : 1) months.push(month)
  return months
}

function daysOf(month: number): number {
  const number = month % 100
  if (number === 2) return 28
  return number === 4 || number === 6 || number === 9 || number === 11 ? 30 : 31
}
