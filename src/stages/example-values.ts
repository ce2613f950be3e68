import { nullValue } from '../batch/respondent-batch.js'
import type { StoredRespondents } from '../batch/respondent-store.js'
import { textAt } from '../formats/text-column.js'

export const answerForms = ['code', 'label', 'both'] as const
/** How an answer is given: `2`, `Rather important` or `2 (Rather important)`. */
export type AnswerForm = (typeof answerForms)[number]

/** One demographic as templates see it. */
export interface ExampleDemographic {
  id: string
  name: string
  /** What a respondent would have been asked. */
  question: string
  kind: 'category' | 'quantity' | 'text'
  /** Texts of the values of a quantity that have one; all others are their digits. */
  texts: [number, string][]
  /** What follows the digits of a value on a scale, e.g. ` on a scale from 1 (Lowest step) to 10 (Highest step)`. */
  scale: string
}

/** One question as templates see it. */
export interface ExampleQuestion {
  id: string
  question: string
  /** How to answer, for the form in which answers are given. */
  scale: string
  category: string
  /** The scale's codes with their labels (the digits where the codebook has none), in rising order. */
  options: { code: number; label: string }[]
}

/** Everything that the text of an example is made from; plain data and shared memory. */
export interface ExampleData {
  respondents: StoredRespondents
  demographics: ExampleDemographic[]
  /** Which of them the list `demographics` holds, in its order. */
  listed: number[]
  questions: ExampleQuestion[]
  answerCodes: number[]
  answer: AnswerForm
  /** Stands for a missing demographic; where absent, it is skipped. */
  missingText?: string
}

/** Names that every template may use, beside those of the demographics. */
export const exampleFields = [
  'respondent_id',
  'weight',
  'question',
  'question_id',
  'scale',
  'category',
  'answer',
  'answer_code',
  'answer_label',
  'answer_json',
] as const
export type ExampleField = (typeof exampleFields)[number]

export const exampleLists = {
  demographics: ['number', 'name', 'question', 'answer', 'first', 'last'],
  options: ['number', 'code', 'label', 'first', 'last'],
  answers: [
    'number',
    'question',
    'question_id',
    'scale',
    'category',
    'answer',
    'answer_code',
    'answer_label',
    'first',
    'last',
  ],
} as const

/** Fields that hang on the question and its answer alone. */
export type QuestionField = Exclude<ExampleField, 'respondent_id' | 'weight'>

/** Gives the text of every field of an example. */
export class ExampleValues {
  private readonly texts: Map<number, string>[]
  private readonly labels: Map<number, string>[]

  constructor(readonly data: ExampleData) {
    this.texts = data.demographics.map(({ texts }) => new Map(texts))
    this.labels = data.questions.map(({ options }) => new Map(options.map(({ code, label }) => [code, label])))
  }

  /** The number that stands for a respondent's demographic: equal ones have equal texts; `nullValue` is missing. */
  demographicValue(demographic: number, row: number): number {
    return this.data.respondents.demographics[demographic].values[row]
  }

  /** The text of a value of a demographic; undefined where it is missing. */
  demographicText(demographic: number, value: number): string | undefined {
    if (value === nullValue) return undefined
    const { labels } = this.data.respondents.demographics[demographic]
    if (labels !== undefined) return labels[value]
    return this.texts[demographic].get(value) ?? `${value}${this.data.demographics[demographic].scale}`
  }

  respondentId(row: number): string {
    return textAt(this.data.respondents.ids, row)
  }

  /** Undefined where there is none. */
  weight(row: number): string | undefined {
    const weight = this.data.respondents.weights[row]
    return Number.isNaN(weight) ? undefined : String(weight)
  }

  /** `answer` is an index into the answer codes. */
  questionField(field: QuestionField, question: number, answer: number): string {
    const asked = this.data.questions[question]
    const code = this.data.answerCodes[answer]
    switch (field) {
      case 'question':
        return asked.question
      case 'question_id':
        return asked.id
      case 'scale':
        return asked.scale
      case 'category':
        return asked.category
      case 'answer_code':
        return String(code)
      case 'answer_label':
        return this.label(question, code)
      case 'answer':
        return this.answerText(question, code)
      case 'answer_json':
        return this.data.answer === 'code' ? String(code) : JSON.stringify(this.answerText(question, code))
      default:
        throw new Error(`unknown field: ${String(field satisfies never)}`)
    }
  }

  private label(question: number, code: number): string {
    return this.labels[question].get(code) ?? String(code)
  }

  private answerText(question: number, code: number): string {
    const { answer } = this.data
    if (answer === 'code') return String(code)
    const label = this.label(question, code)
    return answer === 'label' || label === String(code) ? label : `${code} (${label})`
  }
}
