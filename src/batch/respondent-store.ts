import type { TextColumn } from '../formats/text-column.js'
import type { DemographicColumn } from './respondent-batch.js'

/** Respondents of a block in arrays of their own, so that they can be moved to another thread; labels are those that occur. */
export interface RespondentColumns {
  rows: number
  ids: TextColumn
  weights: Float64Array
  demographics: DemographicColumn[]
  answers: Uint8Array
  splits: Uint8Array
}

/**
 * All respondents of a run, in file order, in memory that every thread shares: about one byte for each question of
 * each respondent, four for each demographic, and the id. Ninety-five thousand respondents take some 30 MB.
 */
export type StoredRespondents = RespondentColumns

/** Puts the respondents of blocks together, in their order: at most `rows` of them. */
export class RespondentStore {
  private readonly weights: Float64Array
  private readonly answers: Uint8Array
  private readonly splits: Uint8Array
  private readonly offsets: Uint32Array
  private readonly idParts: Uint8Array[] = []
  private readonly values: Int32Array[] = []
  private readonly labels: (Map<string, number> | undefined)[] = []
  private filled = 0
  private idBytes = 0

  constructor(
    private readonly rows: number,
    private readonly questions: number,
  ) {
    this.weights = new Float64Array(shared(rows * 8))
    this.answers = new Uint8Array(shared(rows * questions))
    this.splits = new Uint8Array(shared(rows))
    this.offsets = new Uint32Array(shared((rows + 1) * 4))
  }

  add(block: RespondentColumns): void {
    const { rows, ids } = block
    const first = this.filled
    if (first + rows > this.rows) throw new Error(`more than the ${this.rows} respondents that were counted`)
    this.weights.set(block.weights, first)
    this.answers.set(block.answers, first * this.questions)
    this.splits.set(block.splits, first)
    for (let row = 1; row <= rows; row++) this.offsets[first + row] = this.idBytes + ids.offsets[row]
    this.idParts.push(ids.bytes)
    this.idBytes += ids.offsets[rows]
    for (const [index, column] of block.demographics.entries()) this.addDemographic(index, column, first)
    this.filled += rows
  }

  finish(): StoredRespondents {
    const bytes = new Uint8Array(shared(this.idBytes))
    let at = 0
    for (const part of this.idParts) {
      bytes.set(part, at)
      at += part.length
    }
    const { filled: rows, questions } = this
    const demographics = this.values.map((all, index): DemographicColumn => {
      const values = all.subarray(0, rows)
      const labels = this.labels[index]
      return labels === undefined ? { values } : { values, labels: [...labels.keys()] }
    })
    return {
      rows,
      ids: { bytes, offsets: this.offsets.subarray(0, rows + 1) },
      weights: this.weights.subarray(0, rows),
      demographics,
      answers: this.answers.subarray(0, rows * questions),
      splits: this.splits.subarray(0, rows),
    }
  }

  /** A label has one index in the whole store, whatever its index in the block. */
  private addDemographic(index: number, { values, labels }: DemographicColumn, first: number): void {
    this.values[index] ??= new Int32Array(shared(this.rows * 4))
    const target = this.values[index]
    if (labels === undefined) {
      target.set(values, first)
      return
    }
    this.labels[index] ??= new Map()
    const known = this.labels[index]
    const indices = labels.map((label) => {
      const found = known.get(label) ?? known.size
      known.set(label, found)
      return found
    })
    for (let row = 0; row < values.length; row++) {
      const value = values[row]
      target[first + row] = value < 0 ? value : indices[value]
    }
  }
}

function shared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes)
}
