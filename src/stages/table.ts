import type { ParquetColumn } from '../formats/parquet/column.js'

export const tableNames = ['records', 'examples'] as const
export type TableName = (typeof tableNames)[number]

/** What the columns of an output table are: plain data, shared by every format. */
export interface TableOptions {
  table: TableName
  /** Column names of the respondent's id and weight; no weight column where undefined. */
  id: string
  weight?: string
  demographics: { name: string; kind: 'category' | 'quantity' | 'text' }[]
  /** Ids of the questions, and the codes that answers are indices into. */
  questions: string[]
  answerCodes: number[]
}

/** Columns of a table in their order: who, then what was asked and answered, then more of who. */
export function tableColumns(options: TableOptions): ParquetColumn[] {
  const { table, id, weight, demographics, questions } = options
  const respondent: ParquetColumn = { name: id, type: 'text', nullable: false }
  const weights: ParquetColumn[] = weight === undefined ? [] : [{ name: weight, type: 'number', nullable: true }]
  const who = demographics.map(
    ({ name, kind }): ParquetColumn => ({ name, type: kind === 'quantity' ? 'integer' : 'text', nullable: true }),
  )
  if (table === 'records') {
    const answers = questions.map((name): ParquetColumn => ({ name, type: 'integer', nullable: true }))
    return [respondent, ...weights, ...who, ...answers]
  }
  return [
    respondent,
    { name: 'question', type: 'text', nullable: false },
    { name: 'answer', type: 'integer', nullable: false },
    ...weights,
    ...who,
  ]
}
