import { missingReasonStride, reasonByte } from '../batch/respondent-batch.js'
import type { MissingKind } from '../definitions/schema.js'
import { isEmptyText } from '../formats/number-text.js'
import { emptyCode, oddCode, type ScannedRows } from '../formats/scanned-rows.js'
import { exportedFunction, webAssembly } from '../formats/web-assembly.js'
import { WorkMemory } from '../formats/work-memory.js'

export interface QuestionOptions {
  id: string
  /** Which of the code fields, in file order, holds the answers; -1 where the file lacks the question. */
  slot: number
  min: number
  max: number
  /** Code in the file -> code on the scale, null for missing. */
  recodes: [number, number | null][]
}

export interface AnswerOptions {
  /** Code fields in a record. */
  codeFields: number
  questions: QuestionOptions[]
  /** The codes that answers are indices into, in rising order; at most 240. */
  answerCodes: number[]
  /** False where nobody asks how many answers are missing, and why. */
  missingCounts?: boolean
  /** Missing codes and their kinds; other negative codes are `missing`. */
  missingCodes: [number, MissingKind][]
}

/** Codes from -16 to 239 are decoded by a table look-up, all others by a function. */
const tableSpan = 256
const tableOffset = 16

const emptyAnswer = reasonByte('empty')
const firstInvalid = reasonByte('out-of-range')

/**
 * Turns a block's codes into answers: recodes first, then the scale. The look-ups are `decode-answers.wat`, which is compiled
 * when the project is built; what is in no table comes back for a second look.
 */
export class AnswerDecoder {
  private readonly memory = new WorkMemory()
  private readonly decodeRows: (...numbers: number[]) => number
  private readonly countMissing: (...numbers: number[]) => number
  private readonly decoders: ((code: number) => number)[]
  /** What is kept from block to block: the table, and which fields hold the questions. */
  private readonly tableAt: number
  private readonly fieldsAt: number
  private readonly fieldsEnd: number

  constructor(private readonly options: AnswerOptions) {
    const { questions } = options
    const exports = webAssembly(new URL('./decode-answers.wasm', import.meta.url), this.memory.memory)
    this.decodeRows = exportedFunction(exports, 'decode')
    this.countMissing = exportedFunction(exports, 'countMissing')
    const indices = new Map(options.answerCodes.map((code, index) => [code, index]))
    const kinds = new Map(options.missingCodes)
    this.decoders = questions.map((question) => answerDecoder(question, indices, kinds))
    const table = answerTable(questions, this.decoders)
    const fields = Int32Array.from(questions.flatMap(({ slot }, question) => (slot < 0 ? [] : [slot * 4, question])))
    const { memory } = this
    this.tableAt = memory.hold(table)
    this.fieldsAt = memory.hold(fields)
    this.fieldsEnd = this.fieldsAt + fields.byteLength
    memory.keep()
  }

  /**
   * Gives rows x questions answers, which are good until the next call, and questions x `missingReasonStride` counts of the
   * reasons why there is none; those of rows that are left out are all empty, and not counted. Calls `invalid` for each
   * answer that is none by the definition, in the order of the rows.
   */
  decode(
    cells: ScannedRows,
    splits: Uint8Array,
    invalid: (row: number, question: number, answer: number) => void,
  ): { answers: Uint8Array; missingCounts: Uint32Array } {
    const { rows } = cells
    const { memory, fieldsAt, fieldsEnd, tableAt } = this
    const { questions, codeFields } = this.options
    const width = questions.length
    const codes = cells.codes.subarray(0, rows * codeFields)
    memory.clear()
    const countsAt = memory.room(width * missingReasonStride * 4)
    const codesAt = memory.hold(codes)
    const answersAt = memory.room(rows * width)
    const splitsAt = memory.hold(splits.subarray(0, rows))
    const { buffer } = memory.memory
    const counts = new Uint32Array(buffer, countsAt, width * missingReasonStride).fill(0)
    const answers = memory.bytes(answersAt, rows * width).fill(emptyAnswer)
    const isCounted = width > 0 && this.options.missingCounts !== false
    for (let row = 0; ; row++) {
      row = this.decodeRows(
        ...[row, rows, fieldsAt, fieldsEnd, tableAt, emptyAnswer, firstInvalid],
        ...[codesAt, codeFields * 4, answersAt, width, splitsAt, isCounted ? countsAt : 0],
      )
      if (row === rows) break
      this.decodeOddRow(cells, row, answers, invalid)
      const at = answersAt + row * width
      if (isCounted) this.countMissing(at, at + width, countsAt)
    }
    const missingCounts = counts.slice()
    // It took up what is an answer.
    for (let last = missingReasonStride - 1; last < missingCounts.length; last += missingReasonStride) {
      missingCounts[last] = 0
    }
    return { answers, missingCounts }
  }

  /** Decodes a row with codes that are in no table, or answers that are none by the definition. */
  private decodeOddRow(
    { codes, oddCells }: ScannedRows,
    row: number,
    answers: Uint8Array,
    invalid: (row: number, question: number, answer: number) => void,
  ): void {
    const { questions, codeFields } = this.options
    for (const [question, { slot }] of questions.entries()) {
      if (slot < 0) continue
      const at = row * questions.length + question
      const cell = row * codeFields + slot
      const code = codes[cell]
      if (code === oddCode) answers[at] = decodeOddCell(oddCells.get(cell) ?? '')
      else if (code !== emptyCode) answers[at] = this.decoders[question](code)
      if (answers[at] >= firstInvalid) invalid(row, question, answers[at])
    }
  }
}

/** questions x `tableSpan` answers. */
function answerTable(questions: readonly QuestionOptions[], decoders: ((code: number) => number)[]): Uint8Array {
  const table = new Uint8Array(questions.length * tableSpan)
  // Most questions share their scale with others.
  const known = new Map<string, Uint8Array>()
  for (const [question, options] of questions.entries()) {
    const key = [options.min, options.max, ...options.recodes].join(' ')
    const answers = known.get(key) ?? answersOf(options, decoders[question])
    known.set(key, answers)
    table.set(answers, question * tableSpan)
  }
  return table
}

/** The answers of one question. Whatever is neither negative nor on the scale nor recoded is out of range. */
function answersOf({ min, max, recodes }: QuestionOptions, decode: (code: number) => number): Uint8Array {
  const answers = new Uint8Array(tableSpan).fill(firstInvalid)
  const set = (code: number) => {
    if (code >= -tableOffset && code < tableSpan - tableOffset) answers[tableOffset + code] = decode(code)
  }
  for (let code = -tableOffset; code < 0; code++) set(code)
  for (let code = Math.max(0, min); code <= Math.min(max, tableSpan); code++) set(code)
  for (const [code] of recodes) set(code)
  return answers
}

/** Gives the byte of an answer's index or a missing reason for any whole number. */
function answerDecoder(
  question: QuestionOptions,
  indices: ReadonlyMap<number, number>,
  kinds: ReadonlyMap<number, MissingKind>,
): (code: number) => number {
  const { min, max } = question
  const recodes = new Map(question.recodes)
  return (code) => {
    const recoded = recodes.get(code)
    if (recoded === null) return reasonByte('recoded')
    const value = recoded ?? code
    if (value >= min && value <= max) return indices.get(value) ?? reasonByte('out-of-range')
    return value < 0 ? reasonByte(kinds.get(value) ?? 'missing') : reasonByte('out-of-range')
  }
}

function decodeOddCell(text: string): number {
  return isNoValue(text) ? emptyAnswer : reasonByte('not-a-code')
}

/** Whether the text of a cell stands for no value. */
export function isNoValue(text: string): boolean {
  return isEmptyText(text.trim())
}
