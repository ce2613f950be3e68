import { writeDecimal, writeWhole } from './number-text.js'
import type { CellForm, Sheet } from './sheet.js'

const encoder = new TextEncoder()
const lineFeed = 0x0a

/** No cell that is not a text is longer, its delimiter included. */
const longestNumber = 32

const constantStep = 0
const wholeStep = 1
const decimalStep = 2
const tokenStep = 3

/** Lists of texts that stay the same from country to country are encoded once. */
const encodedTokens = new WeakMap<readonly string[], Uint8Array[]>()

function encodeTokens(tokens: readonly string[], delimiter: string): Uint8Array[] {
  let encoded = encodedTokens.get(tokens)
  if (encoded === undefined) {
    encoded = tokens.map((token) => encoder.encode(token + delimiter))
    encodedTokens.set(tokens, encoded)
  }
  return encoded
}

/**
 * Turns a sheet's rows into bytes. Columns that hold the same text in every row of the country are joined into one
 * run of bytes; the rest go cell by cell, without a string for any.
 */
export class RowEncoder {
  /** The most bytes that one row can take. */
  readonly longestRow: number
  readonly #row: Float64Array
  readonly #steps: number[] = []
  readonly #slots: number[] = []
  readonly #places: number[] = []
  readonly #texts: Uint8Array[][] = []
  readonly #delimiter: number
  readonly #doubleWhole: boolean
  readonly #doubleDecimal: boolean
  readonly #trailing: boolean

  /** Reads the sheet's forms as they are now; its row is read anew for each row. */
  constructor(sheet: Sheet) {
    const { layout } = sheet
    this.#row = sheet.row
    this.#delimiter = layout.delimiter.charCodeAt(0)
    this.#doubleWhole = layout.wholeNumbers === 'double'
    this.#doubleDecimal = layout.decimals === 'double'
    this.#trailing = layout.trailingDelimiter
    let constant = ''
    for (const form of sheet.forms) {
      if (form.kind === 'constant') {
        constant += form.text + layout.delimiter
        continue
      }
      this.#addConstant(constant)
      constant = ''
      this.#add(form, layout.delimiter)
    }
    this.#addConstant(constant)
    this.longestRow = this.#texts.reduce(
      (sum, texts) => sum + texts.reduce((longest, text) => Math.max(longest, text.length), longestNumber),
      1,
    )
  }

  #addConstant(text: string): void {
    if (text === '') return
    this.#steps.push(constantStep)
    this.#slots.push(0)
    this.#places.push(0)
    this.#texts.push([encoder.encode(text)])
  }

  #add(form: Exclude<CellForm, { kind: 'constant' }>, delimiter: string): void {
    this.#slots.push(form.slot)
    this.#steps.push(form.kind === 'whole' ? wholeStep : form.kind === 'decimal' ? decimalStep : tokenStep)
    this.#places.push(form.kind === 'decimal' ? form.places : 0)
    this.#texts.push(form.kind === 'token' ? encodeTokens(form.tokens, delimiter) : [])
  }

  /** Writes the row at `position`, line end included; gives the position after it. */
  encode(bytes: Uint8Array, position: number): number {
    const row = this.#row
    const steps = this.#steps
    const slots = this.#slots
    const delimiter = this.#delimiter
    const doubleWhole = this.#doubleWhole
    let at = position
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index]
      if (step === wholeStep) {
        const value = row[slots[index]]
        if (value >= 0 && value < 10) {
          bytes[at++] = 0x30 + value
          if (doubleWhole) {
            bytes[at++] = 0x2e
            bytes[at++] = 0x30
          }
        } else {
          at = writeWhole(bytes, at, value, doubleWhole)
        }
        bytes[at++] = delimiter
      } else if (step === decimalStep) {
        at = writeDecimal(bytes, at, row[slots[index]], this.#places[index], this.#doubleDecimal)
        bytes[at++] = delimiter
      } else {
        const texts = this.#texts[index]
        const text = step === constantStep ? texts[0] : texts[row[slots[index]]]
        // A loop is faster than set() for the few bytes of most cells.
        if (text.length > 48) bytes.set(text, at)
        else for (let byte = 0; byte < text.length; byte++) bytes[at + byte] = text[byte]
        at += text.length
      }
    }
    if (!this.#trailing) at--
    bytes[at++] = lineFeed
    return at
  }
}
