import { type DemographicColumn, leftOut, nullValue } from '../batch/respondent-batch.js'
import { cellText } from '../formats/cell-text.js'
import { cellDecoder, type Dialect } from '../formats/dialect.js'
import { emptyCode, oddCode, type ScannedRows } from '../formats/scanned-rows.js'
import { isNoValue } from './answer-decoder.js'
import type { RowLog } from './row-log.js'

export interface DemographicOptions {
  id: string
  /**
   * `category`: codes with labels; `quantity`: whole numbers that mean themselves; `text`: anything.
   * The slot counts the text fields for `text`, else the code fields; -1 where the file lacks the variable.
   */
  kind: 'category' | 'quantity' | 'text'
  slot: number
  /** Labels of the codes that are values. */
  labels: [number, string][]
  /** Labels of missing codes, where those are wanted in place of null. */
  missingLabels: [number, string][]
  /** A quantity outside of these is out of range. */
  min?: number
  max?: number
  /** The code of all respondents, where the file has no column. */
  constant?: number
}

/** Of the records that all demographics are read from. */
export interface DemographicContext extends Pick<Dialect, 'encoding'> {
  codeFields: number
  textFields: number
}

/** In place of an index into the labels: the code has none. */
const unknownCode = -1

const greatestQuantity = 0x7fffffff

/** Codes below this are looked up in an array. */
const denseCodes = 1 << 16

/** Decodes one demographic: codes to indices into its labels, quantities to themselves. */
export class DemographicDecoder {
  private readonly labels: string[]
  private readonly indices: Map<number, number>
  /** The same for codes from 0, as an array, where that is not too long. */
  private readonly dense: Int32Array
  private readonly decodeText: (bytes: Uint8Array) => string
  private readonly codeFields: number
  private readonly textFields: number

  /** One literal with all that is optional: the loops below are compiled for its shape. */
  private readonly demographic: Pick<DemographicOptions, 'id' | 'kind' | 'slot' | 'missingLabels'> & {
    min: number
    max: number
    constant: number | undefined
  }

  constructor(demographic: DemographicOptions, options: DemographicContext) {
    const { id, kind, slot, missingLabels, min = 0, max = greatestQuantity, constant } = demographic
    this.demographic = { id, kind, slot, missingLabels, min, max, constant }
    const decoder = cellDecoder(options)
    this.decodeText = (bytes) => decoder.decode(bytes)
    this.codeFields = options.codeFields
    this.textFields = options.textFields
    const coded = [...demographic.labels, ...missingLabels]
    const positions = new Map<string, number>()
    const indices = Int32Array.from(coded, ([, label]) => internLabel(label, positions, 0))
    this.labels = [...positions.keys()]
    this.indices = new Map(coded.map(([code], at) => [code, indices[at]]))
    this.dense = denseIndices(this.indices)
  }

  decode(cells: ScannedRows, splits: Uint8Array, log: RowLog): DemographicColumn {
    const { slot, kind, constant } = this.demographic
    const values = new Int32Array(cells.rows)
    if (slot < 0) {
      if (kind === 'quantity') return { values: values.fill(constant ?? nullValue) }
      if (constant === undefined) return { values: values.fill(nullValue), labels: [] }
      return { values: values.fill(this.indices.get(constant) ?? nullValue), labels: this.labels }
    }
    if (kind === 'text') return this.decodeTexts(cells, values, splits, log)
    if (kind === 'quantity') return this.decodeQuantities(cells, values, splits, log)
    return this.decodeCategories(cells, values, splits, log)
  }

  private decodeCategories(cells: ScannedRows, values: Int32Array, splits: Uint8Array, log: RowLog): DemographicColumn {
    const { slot } = this.demographic
    const { codes, rows } = cells
    const { codeFields, indices, dense } = this
    // Labels that only this block needs: codes without one become their digits. They last for the block alone,
    // so that the memory of a long run does not depend on how odd the file is.
    const extra = new Map<string, number>()
    for (let row = 0, cell = slot; row < rows; row++, cell += codeFields) {
      const code = codes[cell]
      const index = code >= 0 && code < dense.length ? dense[code] : (indices.get(code) ?? unknownCode)
      values[row] = index === unknownCode ? this.unlabelled(cells, row, cell, splits, log, extra) : index
    }
    return { values, labels: extra.size === 0 ? this.labels : [...this.labels, ...extra.keys()] }
  }

  /** The value of a category cell whose code has no label. */
  private unlabelled(
    { codes, oddCells }: ScannedRows,
    row: number,
    cell: number,
    splits: Uint8Array,
    log: RowLog,
    extra: Map<string, number>,
  ): number {
    const { id } = this.demographic
    const code = codes[cell]
    const counts = splits[row] !== leftOut
    if (code === oddCode) {
      const text = oddCells.get(cell) ?? ''
      if (counts && !isNoValue(text)) log.add(row, id, text, 'not-a-code', 'a code')
      return nullValue
    }
    if (code < 0) return nullValue
    if (counts) log.add(row, id, String(code), 'no-label', 'a code with a label')
    return log.keepsUnlabelled ? internLabel(String(code), extra, this.labels.length) : nullValue
  }

  private decodeQuantities(cells: ScannedRows, values: Int32Array, splits: Uint8Array, log: RowLog): DemographicColumn {
    const { slot, id, min, max } = this.demographic
    for (let row = 0; row < cells.rows; row++) {
      const cell = row * this.codeFields + slot
      const code = cells.codes[cell]
      if (code >= min && code <= max) values[row] = code
      else {
        values[row] = nullValue
        if (splits[row] === leftOut || code === emptyCode) continue
        if (code === oddCode) {
          const text = cells.oddCells.get(cell) ?? ''
          if (!isNoValue(text)) log.add(row, id, text, 'not-a-code', 'a whole number')
        } else if (code >= 0) log.add(row, id, String(code), 'out-of-range', `a whole number from ${min} to ${max}`)
      }
    }
    return { values }
  }

  private decodeTexts(cells: ScannedRows, values: Int32Array, splits: Uint8Array, log: RowLog): DemographicColumn {
    const { slot, id, missingLabels } = this.demographic
    const labels = new Map<string, number>()
    const missing = new Map(missingLabels.map(([code, label]) => [String(code), label]))
    for (let row = 0; row < cells.rows; row++) {
      const cell = (row * this.textFields + slot) * 2
      const text = cellText(cells.bytes, cells.texts[cell], cells.texts[cell + 1], this.decodeText).trim()
      if (text.includes('\ufffd') && splits[row] !== leftOut) log.add(row, id, text, 'malformed-text', 'valid UTF-8')
      const missingLabel = missing.get(text)
      if (missingLabel !== undefined) values[row] = internLabel(missingLabel, labels, 0)
      else if (isNoValue(text) || /^-\d+$/.test(text)) values[row] = nullValue
      else values[row] = internLabel(text, labels, 0)
    }
    return { values, labels: [...labels.keys()] }
  }
}

/** The indices of codes from 0 as an array up to the greatest code; an empty one where that would be long. */
function denseIndices(indices: ReadonlyMap<number, number>): Int32Array {
  let length = 0
  for (const code of indices.keys()) length = Math.max(length, code + 1)
  const dense = new Int32Array(length <= denseCodes ? length : 0).fill(unknownCode)
  for (const [code, index] of indices) if (code >= 0 && code < dense.length) dense[code] = index
  return dense
}

function internLabel(label: string, labels: Map<string, number>, offset: number): number {
  let index = labels.get(label)
  if (index === undefined) {
    index = labels.size + offset
    labels.set(label, index)
  }
  return index
}
