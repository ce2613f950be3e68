import type { InvalidPolicy } from '../batch/reject-log.js'
import type { DerivedVariable } from '../definitions/derived-variable.js'
import type { Compression } from '../formats/compression.js'
import type { TextFormat } from '../formats/text-row.js'
import type { SplitMethod } from '../stages/split.js'
import type { TableName } from '../stages/table.js'

export const tableFormats = ['parquet', 'jsonl', 'tsv', 'csv'] as const satisfies readonly ('parquet' | TextFormat)[]
export type TableFormat = (typeof tableFormats)[number]

export const parquetWriters = ['run-length', 'parquetjs-lite'] as const
export type ParquetWriterName = (typeof parquetWriters)[number]

/**
 * All that decides what a build writes from a survey file: the same recipe, file and version give the same
 * bytes. `wvs build --print-recipe` prints one, `--recipe FILE` takes it back.
 */
export interface Recipe {
  name: string
  /** Tables written as shards; none where only the reference's own files are wanted. */
  tables: TableName[]
  formats: TableFormat[]
  /** Also write the tables of the reference dataset, byte for byte. */
  referenceTables: boolean
  /** Variable ids, friendly names, categories, with `*` for any text; `all` or `none`. */
  demographics: string[]
  questions: string[]
  /** Only respondents for whom this expression is true; '' for all. */
  where: string
  /** The user's own derived variables, in front of those of the toolkit. */
  derive: DerivedVariable[]
  weight: boolean
  columnNames: 'name' | 'id'
  missing: 'null' | 'label'
  /** Value labels with the codebook's defects put right, or as they are printed there. */
  labels: 'mended' | 'codebook'
  /** Respondents whose id the definition knows to be repeated are kept (with ids of their own), or dropped. */
  repeatedIds: 'keep' | 'drop'
  split: { method: SplitMethod; ratios: [number, number, number]; seed: number }
  /** Rows of a shard, at most. */
  shardSize: number
  compression: Compression
  parquetWriter: ParquetWriterName
  onInvalid: InvalidPolicy
}

export const defaultRecipe: Recipe = {
  name: 'default',
  tables: ['records', 'examples'],
  formats: ['parquet'],
  referenceTables: false,
  demographics: ['all'],
  questions: ['all'],
  where: '',
  derive: [],
  weight: true,
  columnNames: 'name',
  missing: 'null',
  labels: 'mended',
  repeatedIds: 'keep',
  split: { method: 'hash', ratios: [70, 15, 15], seed: 0 },
  shardSize: 2_000_000,
  compression: 'snappy',
  parquetWriter: 'run-length',
  onInvalid: 'keep',
}

/**
 * What the pipeline of WorldValuesBench does (Zhao et al., LREC-COLING 2024), byte for byte: the codebook's labels as they
 * are printed, the country whose respondents share one id dropped, the split shuffled by Python's generator.
 */
export const worldValuesBenchRecipe: Recipe = {
  ...defaultRecipe,
  name: 'worldvaluesbench',
  tables: [],
  referenceTables: true,
  missing: 'label',
  labels: 'codebook',
  repeatedIds: 'drop',
  split: { method: 'shuffle', ratios: [70, 15, 15], seed: 0 },
}

export const builtInRecipes: Record<string, Recipe> = {
  default: defaultRecipe,
  worldvaluesbench: worldValuesBenchRecipe,
}
