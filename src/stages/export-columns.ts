import type { PlainColumn } from '../formats/parquet/plain-file.js'
import type { ExampleData } from './example-values.js'
import type { ExportFormat } from './export-line.js'

/** What a line of each format holds; undefined for requests, whose members are their endpoint's own. */
export function exportColumns(
  format: ExportFormat,
  { demographics, listed }: Pick<ExampleData, 'demographics' | 'listed'>,
): PlainColumn[] | undefined {
  const text = (name: string): PlainColumn => ({ kind: 'flat', name, type: 'text', nullable: false })
  switch (format) {
    case 'chat':
      return [{ kind: 'list', name: 'messages', fields: ['role', 'content'] }]
    case 'sharegpt':
      return [{ kind: 'list', name: 'conversations', fields: ['from', 'value'] }]
    case 'prompt-completion':
      return ['prompt', 'completion'].map(text)
    case 'alpaca':
      return ['instruction', 'input', 'output'].map(text)
    case 'text':
      return [text('text')]
    case 'fields':
      return [
        ...['respondent_id', 'question', 'wording', 'category'].map(text),
        { kind: 'flat', name: 'answer', type: 'integer', nullable: false },
        text('answer_label'),
        { kind: 'flat', name: 'weight', type: 'number', nullable: true },
        ...listed.map((demographic): PlainColumn => {
          const { name, kind } = demographics[demographic]
          return { kind: 'flat', name, type: kind === 'quantity' ? 'integer' : 'text', nullable: true }
        }),
      ]
    case 'openai-batch':
      return undefined
    default:
      throw new Error(`unknown export format: ${String(format satisfies never)}`)
  }
}
