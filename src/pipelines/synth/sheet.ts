import type { Layout } from './layout.js'
import { wholeText } from './number-text.js'

/** How a column's cells are written while one country lasts. */
export type CellForm =
  /** The same text in every row. */
  | { kind: 'constant'; text: string }
  /** The row's number in this slot. */
  | { kind: 'whole'; slot: number }
  /** The row's number in this slot, counted in units of `10 ** -places`. */
  | { kind: 'decimal'; slot: number; places: number }
  /** One of the texts; the row's number in this slot says which. */
  | { kind: 'token'; slot: number; tokens: readonly string[] }

/** Missing-data code of a question that a country was not asked. */
const notAsked = -4

/**
 * The row that is being filled, one number a slot, and the form of each of its columns. The first slots are
 * the layout's columns; then comes the party; what is written for a column that the layout lacks lands in a last
 * slot and is lost.
 */
export class Sheet {
  readonly row: Float64Array
  readonly forms: CellForm[] = []
  readonly layout: Layout
  /** Slot of the respondent's party, which several columns look up: a place in the country's list, or its end for none. */
  readonly party: number
  readonly #slots: Map<string, number>
  readonly #lost: number

  constructor(layout: Layout) {
    this.layout = layout
    this.party = layout.columns.length
    this.#lost = layout.columns.length + 1
    this.row = new Float64Array(layout.columns.length + 2)
    this.#slots = new Map(layout.columns.map((column, slot) => [column, slot]))
  }

  /** Makes every column `-4`, for a country to begin with. */
  reset(): void {
    this.row.fill(notAsked)
    const form: CellForm = { kind: 'constant', text: wholeText(notAsked, this.layout) }
    for (let slot = 0; slot < this.layout.columns.length; slot++) this.forms[slot] = form
  }

  has(column: string): boolean {
    return this.#slots.has(column)
  }

  /** Where a column's number stands in the row. */
  slot(column: string): number {
    return this.#slots.get(column) ?? this.#lost
  }

  /** The column's numbers differ from row to row. */
  whole(...columns: string[]): void {
    for (const column of columns) this.#set(column, { kind: 'whole', slot: this.slot(column) })
  }

  decimal(places: number, ...columns: string[]): void {
    for (const column of columns) this.#set(column, { kind: 'decimal', slot: this.slot(column), places })
  }

  tokens(column: string, tokens: readonly string[], slot = this.slot(column)): void {
    this.#set(column, { kind: 'token', slot, tokens })
  }

  /** The column holds this whole number in every row. */
  constant(column: string, value: number): void {
    this.row[this.slot(column)] = value
    this.#set(column, { kind: 'constant', text: wholeText(value, this.layout) })
  }

  /** The column holds this text in every row, just as it stands: quotes are the caller's. */
  text(column: string, text: string): void {
    this.#set(column, { kind: 'constant', text })
  }

  #set(column: string, form: CellForm): void {
    const slot = this.#slots.get(column)
    if (slot !== undefined) this.forms[slot] = form
  }
}

/** A text as the layouts write it: in quotes. */
export function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}
