import { readFileSync } from 'node:fs'

/** The layouts of raw wave-7 files that can be made. */
export const layoutNames = ['cross-national', 'country', 'country-float'] as const
export type LayoutName = (typeof layoutNames)[number]

/** What to put in columns that the wave definition does not know: from one column to another in file order. */
export type Fill = { from: string; to?: string } & (
  | { kind: 'answer'; codes: number[] /** Share of countries that ask. */; asked: number }
  | { kind: 'index'; steps?: number; values?: number[] /** Typical mean, 0 to 1. */; position: number }
  | { kind: 'country-number'; decimals: number; max: number; negative?: boolean }
  | { kind: 'party-number'; decimals: number; max: number }
  | { kind: 'party-text'; blank: string }
  | { kind: 'population-weight'; adults: number }
  | { kind: 'empty' }
)

/** How a release writes its file: which columns, in which order, and how a number looks. */
export interface Layout {
  layout: LayoutName
  /** Numeric code of the only country in the file; absent where the file holds all. */
  country?: number
  delimiter: ',' | ';'
  byteOrderMark: boolean
  /** Each row, but not the header, ends with a delimiter: one field more than columns. */
  trailingDelimiter: boolean
  /** Whole numbers as `2018`, or as Java prints a double: `2018.0`, `1.70070052E8`. */
  wholeNumbers: 'digits' | 'double'
  /** Quantities with decimals as `1` and `0.5`, or as Java prints a double: `1.0` and `0.5`. */
  decimals: 'shortest' | 'double'
  /** Decimals kept of a weight; 17 for all that a double has. */
  digits: number
  columns: string[]
  fills: Fill[]
}

/** Reads a built-in layout of wave 7: one small file of JSON. */
export function loadLayout(name: LayoutName): Layout {
  return readWave7(`layouts/${name}.json`)
}

/** Reads one of the files that stand beside the built-in definition of wave 7; its shape is for tests to check. */
export function readWave7<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(`../../definitions/wave7/${path}`, import.meta.url), 'utf8'))
}

/** The fill of each column that has one, by column name. */
export function fillsByColumn({ columns, fills }: Layout): Map<string, Fill> {
  const byColumn = new Map<string, Fill>()
  for (const fill of fills) {
    const last = columns.indexOf(fill.to ?? fill.from)
    for (let index = columns.indexOf(fill.from); index <= last; index++) byColumn.set(columns[index], fill)
  }
  return byColumn
}
