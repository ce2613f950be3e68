import type { Compression } from '../formats/compression.js'
import type { AnswerForm } from '../stages/example-values.js'
import type { ExportFormat } from '../stages/export-line.js'
import { extensionOf } from './shard-sequence.js'

export const containers = ['jsonl', 'parquet'] as const
export type Container = (typeof containers)[number]

/** All that decides what an export makes of the examples that a recipe chooses. Plain JSON; the manifest holds it. */
export interface ExportOptions {
  format: ExportFormat
  /** Names and texts. Each example draws one by seed. */
  templates: { name: string; text: string }[]
  answer: AnswerForm
  missingDemographics: 'skip' | 'say'
  /** Lines of JSON, or Parquet with the same columns. */
  container: Container
  compression: Compression
  /** Members of the body of each batch request. */
  request: Record<string, string | number>
  /** Seeds every draw but that of the split and the shuffle. */
  seed: number
  demographicsPerExample?: number
  contextAnswers: number
  /** Questions of one conversation. */
  turns: number
  fewShot: number
  /** A seed; file order where absent. */
  shuffle?: number
  /** Exact number of shards of each split, in place of their size. */
  shards?: number
  maxExamples?: number
  perRespondent?: number
}

export const defaultExport: ExportOptions = {
  format: 'chat',
  templates: [],
  answer: 'code',
  missingDemographics: 'skip',
  container: 'jsonl',
  compression: 'none',
  request: {},
  seed: 0,
  contextAnswers: 0,
  turns: 1,
  fewShot: 0,
}

/** Demographics that an export shows unless others are chosen: what most studies of this kind look at. */
export const defaultDemographics = [
  'country',
  'urban_rural',
  'sex',
  'age',
  'marital_status',
  'education',
  'employment',
  'social_class',
  'income',
  'religion',
]

/** The Batch API takes at most this many requests in one file. */
export const batchFileRequests = 50_000

/** What the names of the shards end in. */
export function exportExtension({ container, compression }: Pick<ExportOptions, 'container' | 'compression'>): string {
  return extensionOf({ format: container, compression })
}
