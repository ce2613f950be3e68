/**
 * How WVS releases and the programs that save them write numbers: `7`, `2018.0`, `1.70070052E8`,
 * `.946`, and with a decimal comma `0,95`. No two of its parts take the same digits, so that a long text takes no more than
 * one pass.
 */
const numberPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/**
 * The number that a cell's text says, or NaN where it says none or one that is too great for a double. Spaces
 * around it do not count.
 */
export function parseNumberText(text: string, decimalComma: boolean): number {
  const trimmed = text.trim()
  const pointed = decimalComma ? trimmed.replace(',', '.') : trimmed
  const number = numberPattern.test(pointed) ? Number(pointed) : Number.NaN
  return Number.isFinite(number) ? number : Number.NaN
}

/** Texts that pandas and most survey programs take for an empty cell. */
const emptyTexts = new Set([
  '',
  '#N/A',
  '#N/A N/A',
  '#NA',
  '-1.#IND',
  '-1.#QNAN',
  '-NaN',
  '-nan',
  '1.#IND',
  '1.#QNAN',
  '<NA>',
  'N/A',
  'NA',
  'NULL',
  'NaN',
  'None',
  'n/a',
  'nan',
  'null',
])

/** Whether a cell's text stands for "no value" (the default `na_values` of pandas.read_csv). */
export function isEmptyText(text: string): boolean {
  return emptyTexts.has(text)
}
