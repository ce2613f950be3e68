import type { Sheet } from './sheet.js'

/** `target` repeats `source`, each answer (0 and up) put into a coarser group; missing codes stay. */
interface Recoding {
  source: string
  target: string
  groups: readonly number[]
}

const member = [0, 1, 1]
const agreement = [0, 1, 1, 3, 2, 2]
const prayer = [0, 1, 1, 2, 2, 3, 3, 4, 4]
const education = [1, 1, 1, 2, 2, 3, 3, 3, 3]
const income = [0, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3]

const recodings: readonly Recoding[] = [
  ...[33, 34, 35].map((number) => ({ source: `Q${number}`, target: `Q${number}_3`, groups: agreement })),
  ...Array.from({ length: 12 }, (_, index) => ({
    source: `Q${94 + index}`,
    target: `Q${94 + index}R`,
    groups: member,
  })),
  { source: 'Q172', target: 'Q172R', groups: prayer },
  ...[275, 276, 277, 278].map((number) => ({ source: `Q${number}`, target: `Q${number}R`, groups: education })),
  { source: 'Q288', target: 'Q288R', groups: income },
]

/** Columns that follow from others of the same row. */
export class RecodedColumns {
  readonly #sheet: Sheet
  readonly #columns: { source: number; target: number; groups: readonly number[] }[] = []
  readonly #confidence: number
  readonly #vote: number
  readonly #voteCopies: readonly number[]
  #organisation = 0

  constructor(sheet: Sheet) {
    this.#sheet = sheet
    this.#confidence = sheet.slot('Q82')
    this.#vote = sheet.slot('Q223')
    this.#voteCopies = [sheet.slot('Q223_ABREV'), sheet.slot('Q223_LOCAL')]
    for (const { source, target, groups } of recodings) {
      if (sheet.has(source) && sheet.has(target)) {
        this.#columns.push({ source: sheet.slot(source), target: sheet.slot(target), groups })
      }
    }
  }

  /** For a country with this organisation, whose column `Q82` repeats. */
  enter(organisation: string): void {
    for (const { target } of recodings) this.#sheet.whole(target)
    this.#sheet.whole('Q82', 'Q223_ABREV', 'Q223_LOCAL')
    const column = `Q82_${organisation}`
    this.#organisation = this.#sheet.has(column) ? this.#sheet.slot(column) : this.#confidence
  }

  fill(): void {
    const { row } = this.#sheet
    for (const { source, target, groups } of this.#columns) {
      const value = row[source]
      row[target] = value < 0 ? value : groups[value]
    }
    row[this.#confidence] = row[this.#organisation]
    for (const copy of this.#voteCopies) row[copy] = row[this.#vote]
  }
}
