import type { CellBatch, TextColumn } from '../batch/cell-batch.js'
import { type InvalidPolicy, RejectLog, type RejectReason } from '../batch/reject-log.js'
import {
  type DemographicColumn,
  firstMissingReason,
  leftOut,
  nullValue,
  type RespondentBatch,
  reasonByte,
} from '../batch/respondent-batch.js'
import type { MissingKind } from '../definitions/schema.js'
import { emptyCode, oddCode, type ScannedRows } from '../formats/delimited-scanner.js'
import type { Dialect } from '../formats/dialect.js'
import { textDecoder } from '../formats/dialect.js'
import { isEmptyText } from '../formats/number-text.js'
import type { Stage, StageContext } from '../pool/stage.js'

export interface QuestionOptions {
  id: string
  /** Which of the code fields, in file order, holds the answers; -1 where the file lacks the question. */
  slot: number
  min: number
  max: number
  /** Code in the file -> code on the scale, null for missing. */
  recodes: [number, number | null][]
}

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
}

export interface DecodeOptions {
  encoding: Dialect['encoding']
  /** Code and text fields in a record. */
  codeFields: number
  textFields: number
  questions: QuestionOptions[]
  demographics: DemographicOptions[]
  /** The codes that answers are indices into, in rising order; at most 240. */
  answerCodes: number[]
  /** Missing codes and their kinds; other negative codes are `missing`. */
  missingCodes: [number, MissingKind][]
  /** Id of the weight variable; undefined where the file lacks it (then all weights are NaN). */
  weight?: string
  onInvalid: InvalidPolicy
  /** Field count of each record, for the messages about ragged rows. */
  fields: number
}

/** Codes from -16 to 239 are decoded by a table look-up, all others by `decodeRareCode`. */
const tableSpan = 256
const tableOffset = 16

/**
 * Maps codes to answers and demographics: recodes first, then the scale (of a question) or the label (of a
 * demographic). What can not be decoded becomes null and is logged.
 */
export function decode(options: DecodeOptions, { reuse }: StageContext): Stage<CellBatch, RespondentBatch> {
  const { questions, codeFields } = options
  const decoders = questions.map((question) => answerDecoder(question, options))
  const table = new Uint8Array(questions.length * tableSpan)
  for (const [index, decodeAnswer] of decoders.entries()) {
    for (let code = -tableOffset; code < tableSpan - tableOffset; code++) {
      table[index * tableSpan + code + tableOffset] = decodeAnswer(code)
    }
  }
  const slots = Int32Array.from(questions, ({ slot }) => slot)
  const demographics = options.demographics.map((demographic) => new DemographicDecoder(demographic, options))
  const firstInvalid = reasonByte('out-of-range')
  const empty = reasonByte('empty')
  let answers = new Uint8Array(0)

  return {
    name: 'decode',
    apply(batch) {
      const { block, cells, ids } = batch
      const { rows, codes } = cells
      const size = rows * questions.length
      if (!reuse || answers.length < size) answers = new Uint8Array(size)
      const answerCounts = new Uint32Array(questions.length * 256)
      const log = new RowLog(batch, options)
      const splits = new Uint8Array(rows)
      if (block.excluded !== undefined) {
        for (let row = 0; row < rows; row++) if (block.excluded[row] === 1) splits[row] = leftOut
      }
      rejectRaggedRows(cells, splits, log, options)
      let answerAt = 0
      for (let row = 0; row < rows; row++) {
        if (splits[row] === leftOut) {
          answers.fill(empty, answerAt, answerAt + slots.length)
          answerAt += slots.length
          continue
        }
        const cellAt = row * codeFields
        for (let question = 0; question < slots.length; question++) {
          const slot = slots[question]
          const code = slot < 0 ? emptyCode : codes[cellAt + slot]
          const entry = code + tableOffset
          let answer = empty
          if (entry >= 0 && entry < tableSpan) answer = table[question * tableSpan + entry]
          else if (code === oddCode) answer = decodeOddCell(cells.oddCells.get(cellAt + slot) ?? '')
          else if (code !== emptyCode) answer = decoders[question](code)
          if (answer >= firstInvalid) logAnswer(log, row, questions[question], answer, cellAt + slot)
          answerCounts[question * 256 + answer]++
          answers[answerAt++] = answer
        }
      }
      return {
        block,
        source: batch,
        rows,
        ids,
        weights: decodeWeights(cells, splits, log, options.weight),
        demographics: demographics.map((demographic) => demographic.decode(cells, splits, log)),
        answers,
        splits,
        report: { answerCounts, rejects: log.rejects },
      }
    },
  }
}

/** Gives the byte of an answer's index or a missing reason for any whole number. */
function answerDecoder(question: QuestionOptions, options: DecodeOptions): (code: number) => number {
  const { min, max } = question
  const recodes = new Map(question.recodes)
  const indices = new Map(options.answerCodes.map((code, index) => [code, index]))
  const kinds = new Map(options.missingCodes)
  return (code) => {
    const recoded = recodes.get(code)
    if (recoded === null) return reasonByte('recoded')
    const value = recoded ?? code
    if (value >= min && value <= max) return indices.get(value) ?? reasonByte('out-of-range')
    return value < 0 ? reasonByte(kinds.get(value) ?? 'missing') : reasonByte('out-of-range')
  }
}

function decodeOddCell(text: string): number {
  return isNoValue(text) ? reasonByte('empty') : reasonByte('not-a-code')
}

function isNoValue(text: string): boolean {
  return isEmptyText(text.trim())
}

function logAnswer(log: RowLog, row: number, question: QuestionOptions, answer: number, cell: number): void {
  const reason = answer === reasonByte('out-of-range') ? 'out-of-range' : 'not-a-code'
  log.add(row, question.id, log.codeText(cell), reason, `a whole number from ${question.min} to ${question.max}`)
}

/** Logs the records with a wrong number of fields, and leaves them out where the policy says so. */
function rejectRaggedRows(cells: ScannedRows, splits: Uint8Array, log: RowLog, options: DecodeOptions): void {
  for (const { row, fields, unclosed } of cells.ragged) {
    if (splits[row] === leftOut) continue
    const found = unclosed ? `${fields} fields, the last in a quote that is never closed` : `${fields} fields`
    log.add(row, '', found, 'ragged-row', `${options.fields} fields`)
    if (options.onInvalid === 'reject') splits[row] = leftOut
  }
}

function decodeWeights(cells: ScannedRows, splits: Uint8Array, log: RowLog, weight: string | undefined): Float64Array {
  const weights = new Float64Array(cells.rows)
  if (weight === undefined) return weights.fill(Number.NaN)
  weights.set(cells.numbers.subarray(0, cells.rows))
  for (const [key, text] of cells.oddCells) {
    const row = -1 - key
    if (key >= 0 || splits[row] === leftOut || isNoValue(text)) continue
    log.add(row, weight, text, 'not-a-number', 'a weight')
  }
  return weights
}

/** Decodes one demographic: codes to indices into its labels, quantities to themselves. */
class DemographicDecoder {
  private readonly labels: string[] = []
  private readonly indices = new Map<number, number>()
  private readonly decoder
  private readonly codeFields: number
  private readonly textFields: number

  constructor(
    private readonly demographic: DemographicOptions,
    options: DecodeOptions,
  ) {
    this.decoder = textDecoder(options)
    this.codeFields = options.codeFields
    this.textFields = options.textFields
    const positions = new Map<string, number>()
    for (const [code, label] of [...demographic.labels, ...demographic.missingLabels]) {
      let index = positions.get(label)
      if (index === undefined) {
        index = this.labels.push(label) - 1
        positions.set(label, index)
      }
      this.indices.set(code, index)
    }
  }

  decode(cells: ScannedRows, splits: Uint8Array, log: RowLog): DemographicColumn {
    const { slot, kind } = this.demographic
    const values = new Int32Array(cells.rows)
    if (slot < 0) {
      values.fill(nullValue)
      return kind === 'quantity' ? { values } : { values, labels: [] }
    }
    if (kind === 'text') return this.decodeTexts(cells, values, splits, log)
    if (kind === 'quantity') return this.decodeQuantities(cells, values, splits, log)
    return this.decodeCategories(cells, values, splits, log)
  }

  private decodeCategories(cells: ScannedRows, values: Int32Array, splits: Uint8Array, log: RowLog): DemographicColumn {
    const { slot, id } = this.demographic
    const { codes, oddCells } = cells
    // Labels that only this block needs: codes without one become their digits. They last for the block alone,
    // so that the memory of a long run does not depend on how odd the file is.
    const extra = new Map<string, number>()
    let lastCode = emptyCode
    let lastValue = nullValue
    for (let row = 0; row < cells.rows; row++) {
      const cell = row * this.codeFields + slot
      const code = codes[cell]
      if (code === lastCode) {
        values[row] = lastValue
        continue
      }
      let value = nullValue
      const index = this.indices.get(code)
      if (index !== undefined) value = index
      else if (code === oddCode) {
        const text = oddCells.get(cell) ?? ''
        if (splits[row] !== leftOut && !isNoValue(text)) log.add(row, id, text, 'not-a-code', 'a code')
        values[row] = nullValue
        continue
      } else if (code >= 0) {
        if (splits[row] !== leftOut) log.add(row, id, String(code), 'no-label', 'a code with a label')
        if (log.keepsUnlabelled) values[row] = internLabel(String(code), extra, this.labels.length)
        else values[row] = nullValue
        continue
      }
      lastCode = code
      lastValue = value
      values[row] = value
    }
    return { values, labels: extra.size === 0 ? this.labels : [...this.labels, ...extra.keys()] }
  }

  private decodeQuantities(cells: ScannedRows, values: Int32Array, splits: Uint8Array, log: RowLog): DemographicColumn {
    const { slot, id, min = 0, max = 0x7fffffff } = this.demographic
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
      const text = this.decoder.decode(cells.bytes.subarray(cells.texts[cell], cells.texts[cell + 1])).trim()
      if (text.includes('\ufffd') && splits[row] !== leftOut) log.add(row, id, text, 'malformed-text', 'valid UTF-8')
      const missingLabel = missing.get(text)
      if (missingLabel !== undefined) values[row] = internLabel(missingLabel, labels, 0)
      else if (isNoValue(text) || /^-\d+$/.test(text)) values[row] = nullValue
      else values[row] = internLabel(text, labels, 0)
    }
    return { values, labels: [...labels.keys()] }
  }
}

function internLabel(label: string, labels: Map<string, number>, offset: number): number {
  let index = labels.get(label)
  if (index === undefined) {
    index = labels.size + offset
    labels.set(label, index)
  }
  return index
}

/** The reject log of one block, with what a message needs to know of a row. */
class RowLog {
  readonly rejects: RejectLog
  /** A code without a label is written as its digits. */
  readonly keepsUnlabelled: boolean
  private lineRow = 0
  private line: number

  constructor(
    private readonly batch: CellBatch,
    options: DecodeOptions,
  ) {
    this.rejects = new RejectLog(options.onInvalid)
    this.keepsUnlabelled = options.onInvalid === 'keep'
    this.line = batch.block.firstLine
  }

  add(row: number, variable: string, value: string, reason: RejectReason, expected: string): void {
    const { block } = this.batch
    const respondent = this.idOf(row)
    this.rejects.add({
      line: this.lineOf(row),
      row: block.firstRow + row,
      respondent,
      variable,
      value,
      reason,
      expected,
    })
  }

  idOf(row: number): string {
    return textAt(this.batch.ids, row)
  }

  /** What stands in a code cell. */
  codeText(cell: number): string {
    const { codes, oddCells } = this.batch.cells
    return codes[cell] === oddCode ? (oddCells.get(cell) ?? '') : String(codes[cell])
  }

  /** The record's line, counted from the last one asked for: rows are mostly asked for in order. */
  private lineOf(row: number): number {
    const { starts, bytes } = this.batch.cells
    if (row < this.lineRow) {
      this.lineRow = 0
      this.line = this.batch.block.firstLine
    }
    let at = this.lineRow === 0 ? 0 : starts[this.lineRow]
    for (; at < starts[row]; at++) if (bytes[at] === 0x0a) this.line++
    this.lineRow = row
    return this.line
  }
}

/** Text of one row. */
export function textAt({ bytes, offsets }: TextColumn, row: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offsets[row], offsets[row + 1] - offsets[row]).toString()
}

/** Whether a byte of `answers` is an answer. */
export function isAnswer(answer: number): boolean {
  return answer < firstMissingReason
}
