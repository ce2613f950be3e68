import type { BatchBuilder } from '../survey-columns/batch-builder.js'
import { type PlacedVariable, SEGMENT_BYTES } from './variables.js'

/** Target of an element that nobody wants. */
export const SKIPPED = -1
/** Targets from here down say where in the row's text an element goes. */
const TEXT = -2

/**
 * What to do with each eight-byte element of a row, worked out once a reading. Numbers go straight
 * to their column. Texts are put together in `text`, a row at a time, because a row's elements come
 * one by one; `appendTexts` then moves them to their columns.
 */
export class RowLayout {
  /** By element: the index in the batch's numbers of its column's first row, `SKIPPED`, or TEXT less the offset in `text`. */
  readonly targets: Int32Array
  /** The texts of the row at hand. */
  readonly text: Uint8Array
  readonly #builder: BatchBuilder
  readonly #slots: readonly { readonly column: number; readonly start: number; readonly width: number }[]

  constructor(placed: readonly PlacedVariable[], columns: readonly number[], elements: number, builder: BatchBuilder) {
    this.#builder = builder
    this.targets = new Int32Array(elements).fill(SKIPPED)
    const slots: { column: number; start: number; width: number }[] = []
    let size = 0
    columns.forEach((index, column) => {
      const { variable, segments } = placed[index]
      if (variable.type === 'number') {
        this.targets[segments[0].element] = builder.starts[column]
        return
      }
      const start = size
      segments.forEach(({ element, elements: count }, segment) => {
        // A segment's 256th byte is padding; the next segment is written over it.
        const from = segment * SEGMENT_BYTES
        for (let piece = 0; piece < count; piece++) {
          const at = from + 8 * piece
          if (at < variable.width) this.targets[element + piece] = TEXT - (start + at)
        }
      })
      slots.push({ column, start, width: variable.width })
      // An element may reach up to seven bytes over the text's end.
      size += variable.width + 8
    })
    this.#slots = slots
    this.text = new Uint8Array(size)
  }

  /** True if any column wanted holds text. */
  get hasText(): boolean {
    return this.#slots.length > 0
  }

  /** Moves the row's texts to their columns, without the blanks that fill them up. */
  appendTexts(): void {
    const { text } = this
    for (const { column, start, width } of this.#slots) {
      let end = start + width
      while (end > start && (text[end - 1] === 0x20 || text[end - 1] === 0)) end--
      this.#builder.texts[column]?.append(text, start, end)
    }
  }
}

/** The offset in `RowLayout.text` that a target below `SKIPPED` stands for. */
export function textOffset(target: number): number {
  return TEXT - target
}
