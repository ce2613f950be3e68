import type { LoadedDefinition } from '../definitions/loader.js'
import type { Variable } from '../definitions/schema.js'
import type { Compression } from '../formats/compression.js'
import type { WriterPlan } from '../stages/chain.js'
import type { TableName, TableOptions } from '../stages/table.js'
import type { ReferenceColumn } from '../stages/write-reference.js'
import { codeLabels, demographicKind } from './decode-plan.js'
import type { FieldLayout } from './field-layout.js'
import type { ParquetWriterName, Recipe, TableFormat } from './recipe.js'

/** One family of shards: a table in a format. */
export interface ShardOutput {
  kind: 'shards'
  table: TableOptions
  format: TableFormat
  compression: Compression
  parquetWriter: ParquetWriterName
  shardSize: number
}

/** One of the two tables of the reference dataset. */
export interface ReferenceOutput {
  kind: 'reference'
  table: 'demographic_qa' | 'value_qa'
  columns: ReferenceColumn[]
}

export type OutputPlan = ShardOutput | ReferenceOutput

/** What the tables of the reference dataset hold. */
export interface ReferenceVariables {
  demographics: Variable[]
  values: Variable[]
}

export function referenceVariables(variables: Variable[]): ReferenceVariables {
  return {
    demographics: variables.filter(({ kind }) => kind === 'demographic'),
    values: variables.filter(({ kind }) => kind === 'value'),
  }
}

/** What a run decides to write. */
export interface OutputChoice {
  questions: Variable[]
  demographics: Variable[]
  /** Names of the derived demographics. */
  derived: string[]
  answerCodes: number[]
  reference: ReferenceVariables | undefined
}

/** The tables that a recipe asks for: each in each of its formats, then those of the reference dataset. */
export function compileOutputs(
  recipe: Recipe,
  loaded: LoadedDefinition,
  { questions, demographics, derived, answerCodes, reference }: OutputChoice,
  layout: FieldLayout,
): OutputPlan[] {
  const { roles } = loaded.definition
  const byName = recipe.columnNames === 'name'
  const table = (name: TableName): TableOptions => ({
    table: name,
    id: byName ? 'respondent_id' : roles.id,
    ...(recipe.weight ? { weight: byName ? 'weight' : roles.weight } : {}),
    demographics: [
      ...demographics.map((variable) => ({
        name: byName ? (variable.name ?? variable.id) : variable.id,
        kind: demographicKind(variable),
      })),
      ...derived.map((name) => ({ name, kind: 'category' as const })),
    ],
    questions: questions.map(({ id }) => id),
    answerCodes,
  })
  const { compression, parquetWriter, shardSize } = recipe
  const shards = recipe.tables.flatMap((name) =>
    recipe.formats.map(
      (format): ShardOutput => ({ kind: 'shards', table: table(name), format, compression, parquetWriter, shardSize }),
    ),
  )
  if (reference === undefined) return shards
  const column = (variable: Variable): ReferenceColumn => ({
    id: variable.id,
    slot: layout.slot(variable.id),
    recodes: layout.recodes(variable),
    ...(variable.measure === 'ordinal' ? {} : { labels: codeLabels(loaded, variable, false) }),
    holdsText: false,
  })
  return [
    ...shards,
    { kind: 'reference', table: 'demographic_qa', columns: reference.demographics.map(column) },
    { kind: 'reference', table: 'value_qa', columns: reference.values.map(column) },
  ]
}

/** The stage that encodes the pieces of an output, which is number `index` among all. */
export function writerPlan(output: OutputPlan, index: number, codeFields: number): WriterPlan {
  if (output.kind === 'reference') {
    return { stage: 'write-reference', options: { output: index, codeFields, columns: output.columns } }
  }
  const { table, compression, format, parquetWriter, shardSize } = output
  const shared = { output: index, table, pieceRows: shardSize }
  if (format === 'parquet' && parquetWriter === 'run-length') {
    return { stage: 'write-parquet', options: { ...shared, compression } }
  }
  // The other Parquet writer takes rows one by one, which reach it as lines of JSON.
  const plain = format === 'parquet' || compression === 'none' || compression === 'snappy'
  return {
    stage: 'write-text',
    options: { ...shared, format: format === 'parquet' ? 'jsonl' : format, compression: plain ? 'none' : compression },
  }
}
