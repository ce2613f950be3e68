import fc from 'fast-check'
import type { ExampleBatch } from '#src/batch/example-batch.js'
import { RejectLog } from '#src/batch/reject-log.js'
import {
  firstMissingReason,
  leftOut,
  nullValue,
  type RespondentBatch,
  reasonByte,
} from '#src/batch/respondent-batch.js'
import { explode } from '#src/stages/explode.js'
import type { TableName, TableOptions } from '#src/stages/table.js'

/** A respondent as a person would write one down; null is missing. */
export interface PlainRespondent {
  id: string
  weight: number | null
  /** A category, a quantity and a text. */
  who: [string | null, number | null, string | null]
  /** Codes; null where there is no answer. */
  answers: (number | null)[]
  /** Index of the split; `leftOut` where the respondent is left out. */
  split: number
}

export interface PlainSurvey {
  questions: string[]
  answerCodes: number[]
  respondents: PlainRespondent[]
}

const label = fc.oneof(
  fc.constantFrom(
    'Male',
    "Don't know",
    '"quoted", with; separators',
    'tab\there',
    'line\r\nbreak',
    'Łódź 😀',
    '',
    '\u2028',
    '=1',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)

/** Surveys of up to 40 respondents and 7 questions. */
export const plainSurvey: fc.Arbitrary<PlainSurvey> = fc
  .record({
    questions: fc.integer({ min: 1, max: 7 }).map((count) => Array.from({ length: count }, (_, at) => `Q${at + 1}`)),
    answerCodes: fc.constantFrom<number[][]>([0, 1], [1, 2, 3, 4], [-1, 0, 1, 10], [5]),
    ids: fc.uniqueArray(fc.oneof(fc.nat().map(String), fc.constantFrom('Ł-1', '858069901-12')), {
      minLength: 1,
      maxLength: 40,
    }),
  })
  .chain(({ questions, answerCodes, ids }) =>
    fc.record({
      questions: fc.constant(questions),
      answerCodes: fc.constant(answerCodes),
      respondents: fc.tuple(
        ...ids.map((id) =>
          fc.record({
            id: fc.constant(id),
            weight: fc.option(fc.constantFrom(0, 1, 0.5, 1.23456789, 1e-7), { freq: 4 }),
            who: fc.tuple(fc.option(label), fc.option(fc.integer({ min: 0, max: 70_000 })), fc.option(label)),
            answers: fc.array(fc.option(fc.constantFrom(...answerCodes), { freq: 2 }), {
              minLength: questions.length,
              maxLength: questions.length,
            }),
            split: fc.constantFrom(0, 0, 1, 2, leftOut),
          }),
        ),
      ),
    }),
  )

/** The same as the batch that decoding would make of it. */
export function respondentBatch({ questions, answerCodes, respondents }: PlainSurvey): RespondentBatch {
  const rows = respondents.length
  const encoded = respondents.map(({ id }) => Buffer.from(id))
  const offsets = new Uint32Array(rows + 1)
  for (const [row, bytes] of encoded.entries()) offsets[row + 1] = offsets[row] + bytes.length
  const ids = { bytes: new Uint8Array(Buffer.concat(encoded)), offsets }
  const block = { index: 0, offset: 0, length: 0, rows, firstRow: 0, firstLine: 2 }
  const none = new Int32Array(0)
  const cells = {
    rows,
    codes: none,
    numbers: new Float64Array(0),
    texts: none,
    starts: none,
    oddCells: new Map<number, string>(),
    ragged: [],
    bytes: new Uint8Array(0),
  }
  const labelled = (position: 0 | 2) => {
    const labels = [...new Set(respondents.map(({ who }) => who[position]).filter((label) => label !== null))]
    const indices = new Map(labels.map((label, index) => [label, index]))
    return {
      values: Int32Array.from(respondents, ({ who }) =>
        who[position] === null ? nullValue : (indices.get(who[position]) ?? 0),
      ),
      labels,
    }
  }
  const missing = [reasonByte('dont-know'), reasonByte('empty'), firstMissingReason + 8]
  return {
    block,
    source: { block, cells },
    rows,
    ids,
    weights: Float64Array.from(respondents, ({ weight }) => weight ?? Number.NaN),
    demographics: [
      labelled(0),
      { values: Int32Array.from(respondents, ({ who }) => who[1] ?? nullValue) },
      labelled(2),
    ],
    answers: Uint8Array.from(
      respondents.flatMap(({ answers }, row) =>
        answers.map((code, at) => (code === null ? missing[(row + at) % 3] : answerCodes.indexOf(code))),
      ),
    ),
    splits: Uint8Array.from(respondents, ({ split }) => split),
    report: { missingCounts: new Uint32Array(questions.length * 16), rejects: new RejectLog('keep') },
  }
}

export function exampleBatch(survey: PlainSurvey): ExampleBatch {
  const options = { questions: survey.questions.length, examples: true }
  return explode(options, { reuse: false }).apply(respondentBatch(survey))
}

export function tableOptions(table: TableName, { questions, answerCodes }: PlainSurvey): TableOptions {
  return {
    table,
    id: 'respondent_id',
    weight: 'weight',
    demographics: [
      { name: 'sex', kind: 'category' },
      { name: 'age', kind: 'quantity' },
      { name: 'region', kind: 'text' },
    ],
    questions,
    answerCodes,
  }
}

/** The rows of one table and split, by plain loops. */
export function plainRows(
  table: TableName,
  survey: PlainSurvey,
  split: number,
): Record<string, string | number | null>[] {
  const rows: Record<string, string | number | null>[] = []
  for (const { id, weight, who, answers, split: own } of survey.respondents) {
    if (own !== split) continue
    const described = { weight, sex: who[0], age: who[1], region: who[2] }
    if (table === 'records') {
      const answered = Object.fromEntries(survey.questions.map((question, at) => [question, answers[at]]))
      rows.push({ respondent_id: id, ...described, ...answered })
      continue
    }
    for (const [at, answer] of answers.entries()) {
      if (answer !== null) rows.push({ respondent_id: id, question: survey.questions[at], answer, ...described })
    }
  }
  return rows
}
