import type { InvalidPolicy } from '../batch/reject-log.js'
import type { SplitName } from '../batch/respondent-batch.js'
import type { DerivedVariable } from '../definitions/derived-variable.js'
import type { Compression } from '../formats/compression.js'
import type { TextFormat } from '../formats/text-row.js'
import type { SplitMethod } from '../stages/split.js'
import type { TableName } from '../stages/table.js'

export const tableFormats = ['parquet', 'jsonl', 'tsv', 'csv'] as const satisfies readonly ('parquet' | TextFormat)[]
export type TableFormat = (typeof tableFormats)[number]

export const parquetWriters = ['run-length', 'parquetjs-lite'] as const
export type ParquetWriterName = (typeof parquetWriters)[number]

export const splitUnits = ['respondent', 'question', 'country'] as const
export type SplitUnit = (typeof splitUnits)[number]

export const sampleMethods = ['count', 'share', 'per-cell', 'balance'] as const

/** How respondents are drawn: by a seeded hash of their ids, so that they are the same on every machine. */
export interface SampleOptions {
  /**
   * `count`: `size` respondents; `share`: each with a chance of `size`; `per-cell`: `size` from each cell; `balance`: from
   * each cell as many as the smallest has.
   */
  method: (typeof sampleMethods)[number]
  size: number
  /** Variables whose groups make the cells. */
  cells: string[]
  /** With a chance that is proportional to the weight, without replacement. */
  weighted: boolean
}

export const distributionFormats = ['parquet', 'csv', 'jsonl', 'globalopinionqa'] as const
export type DistributionFormat = (typeof distributionFormats)[number]

export const probeFormats = ['tsv', 'parquet'] as const

/** What `wvs probe` draws. */
export interface ProbeRecipe {
  /** Of the recipe's questions, in this order. */
  questions: string[]
  cells: string[]
  perCell: number
  /** The split that it draws from. */
  from: SplitName | 'all'
  /** `hash`: by a seeded hash; `reference`: as the pipeline of WorldValuesBench does, to the byte. */
  method: 'hash' | 'reference'
  /** Cells with fewer respondents than are drawn are left out (and listed), or give what they have. */
  thin: 'drop' | 'take'
}

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
  /** Draws respondents among those that `where` leaves; null for all of them. */
  sample: SampleOptions | null
  weight: boolean
  columnNames: 'name' | 'id'
  missing: 'null' | 'label'
  /** Value labels with the codebook's defects put right, or as they are printed there. */
  labels: 'mended' | 'codebook'
  /** Respondents whose id the definition knows to be repeated are kept (with ids of their own), or dropped. */
  repeatedIds: 'keep' | 'drop'
  /** By what units examples fall into train, valid and test, how, and with what shares. */
  split: { by: SplitUnit; method: SplitMethod; ratios: [number, number, number]; seed: number }
  /** Rows of a shard, at most. */
  shardSize: number
  compression: Compression
  parquetWriter: ParquetWriterName
  onInvalid: InvalidPolicy
  probe: ProbeRecipe
}

/** The probe questions of WorldValuesBench, in its order: three of each of its twelve categories. */
const probeQuestions =
  'Q1 Q2 Q3 Q46 Q47 Q48 Q57 Q58 Q59 Q106 Q107 Q108 Q112 Q113 Q114 Q121 Q122 Q123 Q131 Q132 Q133 Q158 Q159 Q160 Q164 Q165 Q166 Q176 Q177 Q178 Q199 Q200 Q201 Q235 Q236 Q237'.split(
    ' ',
  )

export const defaultRecipe: Recipe = {
  name: 'default',
  tables: ['records', 'examples'],
  formats: ['parquet'],
  referenceTables: false,
  demographics: ['all'],
  questions: ['all'],
  where: '',
  derive: [],
  sample: null,
  weight: true,
  columnNames: 'name',
  missing: 'null',
  labels: 'mended',
  repeatedIds: 'keep',
  split: { by: 'respondent', method: 'hash', ratios: [70, 15, 15], seed: 0 },
  shardSize: 2_000_000,
  compression: 'snappy',
  parquetWriter: 'run-length',
  onInvalid: 'keep',
  probe: {
    questions: probeQuestions,
    cells: ['continent', 'urban_rural', 'education_level'],
    perCell: 5,
    from: 'test',
    method: 'hash',
    thin: 'drop',
  },
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
  split: { by: 'respondent', method: 'shuffle', ratios: [70, 15, 15], seed: 0 },
  probe: {
    ...defaultRecipe.probe,
    cells: ['continent_reference', 'urban_rural', 'education_level_reference'],
    method: 'reference',
  },
}

export const builtInRecipes: Record<string, Recipe> = {
  default: defaultRecipe,
  worldvaluesbench: worldValuesBenchRecipe,
}
