import { type CellBatch, rowInFile, type TextColumn } from '../batch/cell-batch.js'
import { type InvalidPolicy, type Reject, RejectLog, type RejectReason } from '../batch/reject-log.js'
import {
  type DemographicColumn,
  firstMissingReason,
  leftOut,
  nullValue,
  type RespondentBatch,
  reasonByte,
} from '../batch/respondent-batch.js'
import { cellText } from '../formats/cell-text.js'
import { cellDecoder } from '../formats/dialect.js'
import { emptyCode, oddCode, type ScannedRows } from '../formats/scanned-rows.js'
import type { Stage, StageContext } from '../pool/stage.js'
import { AnswerDecoder, type AnswerOptions, isNoValue, type QuestionOptions } from './answer-decoder.js'
import { type IdOptions, InterviewIds } from './interview-ids.js'

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

export interface DecodeOptions extends AnswerOptions, IdOptions {
  demographics: DemographicOptions[]
  /** Id of the variable that holds the interview id: what messages about it name. Undefined: ids are not looked at. */
  idVariable?: string
  /** False where nobody asks who a respondent is: all ids are empty then. */
  ids?: boolean
  /** Id of the weight variable; undefined where the file lacks it (then all weights are NaN). */
  weight?: string
  onInvalid: InvalidPolicy
  /** Field count of each record, for the messages about ragged rows. */
  fields: number
  /** Name of the file, where rejects must say which. */
  file?: string
}

/**
 * Maps codes to answers and demographics: recodes first, then the scale (of a question) or the label (of a
 * demographic). What can not be decoded becomes null and is logged. Interview ids come into their canonical form.
 */
export function decode(options: DecodeOptions, { reuse }: StageContext): Stage<CellBatch, RespondentBatch> {
  const { questions, codeFields } = options
  const decoder = new AnswerDecoder(options)
  const interviewIds = new InterviewIds(options)
  const demographics = options.demographics.map((demographic) => new DemographicDecoder(demographic, options))

  return {
    name: 'decode',
    apply(batch) {
      const { block, cells } = batch
      const { rows } = cells
      const ids = options.ids === false ? noTexts(rows) : interviewIds.read(cells, block)
      const log = new RowLog(batch, ids, options)
      const splits = new Uint8Array(rows)
      if (block.excluded !== undefined) {
        for (let row = 0; row < rows; row++) if (block.excluded[row] === 1) splits[row] = leftOut
      }
      rejectRaggedRows(cells, splits, log, options)
      if (options.idVariable !== undefined) logIds(batch, ids, splits, log, options.idVariable, options.idPrefix)
      const { answers, missingCounts } = decoder.decode(cells, splits, (row, question, answer) =>
        logAnswer(log, row, questions[question], answer, row * codeFields + questions[question].slot),
      )
      return {
        block,
        source: batch,
        rows,
        ids,
        weights: decodeWeights(cells, splits, log, options.weight),
        demographics: [
          ...demographics.map((demographic) => demographic.decode(cells, splits, log)),
          ...(batch.derived ?? []),
        ],
        answers: reuse ? answers : answers.slice(),
        splits,
        report: { missingCounts, rejects: log.rejects },
      }
    },
  }
}

function noTexts(rows: number): TextColumn {
  return { bytes: new Uint8Array(0), offsets: new Uint32Array(rows + 1) }
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

/** Logs the respondents without an interview id, and those whose id holds bytes that are no text. */
function logIds(
  { block, cells }: CellBatch,
  ids: TextColumn,
  splits: Uint8Array,
  log: RowLog,
  variable: string,
  prefix = '',
): void {
  const ragged = new Set(cells.ragged.map(({ row }) => row))
  // The first byte of U+FFFD, which the decoder puts in place of what is no text.
  const isOdd = ids.bytes.includes(0xef)
  for (let row = 0; row < cells.rows; row++) {
    const repeat = block.idRepeats?.[row] ?? 0
    const end = ids.offsets[row + 1] - (repeat === 0 ? 0 : String(repeat).length + 1)
    const start = ids.offsets[row] + prefix.length
    if (end === start) {
      if (splits[row] !== leftOut && !ragged.has(row)) log.add(row, variable, '', 'no-id', 'an interview id')
      continue
    }
    if (!isOdd || splits[row] === leftOut) continue
    const text = textAt(ids, row)
    if (text.includes('\ufffd', prefix.length)) log.add(row, variable, text, 'malformed-text', 'valid UTF-8')
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

/** In place of an index into the labels: the code has none. */
const unknownCode = -1

/** Codes below this are looked up in an array. */
const denseCodes = 1 << 16

/** Decodes one demographic: codes to indices into its labels, quantities to themselves. */
class DemographicDecoder {
  private readonly labels: string[] = []
  private readonly indices = new Map<number, number>()
  /** The same for codes from 0, as an array, where that is not too long. */
  private readonly dense: Int32Array
  private readonly decodeText: (bytes: Uint8Array) => string
  private readonly codeFields: number
  private readonly textFields: number

  constructor(
    private readonly demographic: DemographicOptions,
    options: DecodeOptions,
  ) {
    const decoder = cellDecoder(options)
    this.decodeText = (bytes) => decoder.decode(bytes)
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
    const greatest = Math.max(-1, ...this.indices.keys())
    this.dense = new Int32Array(greatest < denseCodes ? greatest + 1 : 0).fill(unknownCode)
    for (const [code, index] of this.indices) if (code >= 0 && code < this.dense.length) this.dense[code] = index
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
  private readonly file: Pick<Reject, 'file'>
  private linePosition = 0
  private line: number

  constructor(
    private readonly batch: CellBatch,
    private readonly ids: TextColumn,
    options: DecodeOptions,
  ) {
    this.rejects = new RejectLog(options.onInvalid)
    this.keepsUnlabelled = options.onInvalid === 'keep'
    this.file = options.file === undefined ? {} : { file: options.file }
    this.line = batch.block.firstLine
  }

  add(row: number, variable: string, value: string, reason: RejectReason, expected: string): void {
    this.rejects.add(variable, reason, () => ({
      ...this.file,
      line: this.lineOf(row),
      row: rowInFile(this.batch, row),
      respondent: textAt(this.ids, row),
      variable,
      value,
      reason,
      expected,
    }))
  }

  /** What stands in a code cell. */
  codeText(cell: number): string {
    const { codes, oddCells } = this.batch.cells
    return codes[cell] === oddCode ? (oddCells.get(cell) ?? '') : String(codes[cell])
  }

  /** The record's line, or in a table of columns its number; counted from the last one asked for: rows are mostly asked for in order. */
  private lineOf(row: number): number {
    const { starts, bytes } = this.batch.cells
    const { block } = this.batch
    if (block.chosen !== undefined) return block.chosen.lines[row]
    if (block.columns !== undefined) return block.firstLine + rowInFile(this.batch, row) - block.firstRow
    if (starts[row] < this.linePosition) {
      this.linePosition = 0
      this.line = block.firstLine
    }
    for (let at = this.linePosition; at < starts[row]; at++) if (bytes[at] === 0x0a) this.line++
    this.linePosition = starts[row]
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
