import type { CellBatch } from '../batch/cell-batch.js'
import type { InvalidPolicy } from '../batch/reject-log.js'
import { firstMissingReason, leftOut, type RespondentBatch, reasonByte } from '../batch/respondent-batch.js'
import type { ScannedRows } from '../formats/scanned-rows.js'
import { type TextColumn, textAt } from '../formats/text-column.js'
import type { Stage, StageContext } from '../pool/stage.js'
import { AnswerDecoder, type AnswerOptions, isNoValue, type QuestionOptions } from './answer-decoder.js'
import { DemographicDecoder, type DemographicOptions } from './demographic-decoder.js'
import { type IdOptions, InterviewIds } from './interview-ids.js'
import { RowLog } from './row-log.js'

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
  const { idRepeats } = block
  const { offsets } = ids
  for (let row = 0; row < cells.rows; row++) {
    const repeat = idRepeats === undefined ? 0 : idRepeats[row]
    const end = offsets[row + 1] - (repeat === 0 ? 0 : String(repeat).length + 1)
    if (end === offsets[row] + prefix.length) {
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

/** Whether a byte of `answers` is an answer. */
export function isAnswer(answer: number): boolean {
  return answer < firstMissingReason
}
