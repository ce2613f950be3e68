import type { Compression } from '../formats/compression.js'
import type { WriterPlan } from '../stages/chain.js'
import type { TableOptions } from '../stages/table.js'
import type { ReferenceColumn } from '../stages/write-reference.js'
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

/** The shards that a recipe asks for: each of its tables in each of its formats. */
export function shardOutputs(recipe: Recipe, table: (name: TableOptions['table']) => TableOptions): ShardOutput[] {
  const { compression, parquetWriter, shardSize } = recipe
  return recipe.tables.flatMap((name) =>
    recipe.formats.map(
      (format): ShardOutput => ({ kind: 'shards', table: table(name), format, compression, parquetWriter, shardSize }),
    ),
  )
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
