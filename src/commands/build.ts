import type { Argv } from 'yargs'
import { type InvalidPolicy, invalidPolicies } from '../batch/reject-log.js'
import { type Compression, compressions } from '../formats/compression.js'
import { groupedNumber } from '../formats/grouped-number.js'
import type { BuildProgress } from '../pipelines/build.js'
import {
  type ParquetWriterName,
  parquetWriters,
  type Recipe,
  type SplitUnit,
  splitUnits,
  type TableFormat,
  tableFormats,
} from '../pipelines/recipe.js'
import type { AnyManifest } from '../pipelines/waves-manifest.js'
import { type SplitMethod, splitMethods } from '../stages/split.js'
import { type TableName, tableNames } from '../stages/table.js'
import { buildSummary } from './build-summary.js'
import type { CommandDefinition } from './command-definition.js'
import { definitionFlags, definitionsOf, type PerFileArguments, perFileFlags } from './definition-flags.js'
import { choices, parseRatios, positiveInteger, seedOf, usageError } from './flag-values.js'
import { givenOnce } from './given-once.js'
import { type InputArguments, inputFlags, inputOptionsOf } from './input-options.js'
import { interruptible } from './interrupt.js'
import { list } from './list-flag.js'
import { createProgress } from './progress.js'
import {
  recipeNamed,
  type SampleArguments,
  type SelectionArguments,
  sampleFlags,
  sampleOf,
  selectionFlags,
  selectionOf,
} from './selection-flags.js'

interface BuildArguments extends PerFileArguments, InputArguments, SelectionArguments, SampleArguments {
  'split-by': SplitUnit | undefined
  files: string[] | undefined
  out: string | undefined
  recipe: string
  tables: string[] | undefined
  format: string[] | undefined
  weight: boolean | undefined
  'column-names': 'name' | 'id' | undefined
  missing: 'null' | 'label' | undefined
  split: SplitMethod | undefined
  ratios: string | undefined
  seed: number | undefined
  'shard-size': number | undefined
  compression: Compression | undefined
  'parquet-writer': ParquetWriterName | undefined
  threads: number | undefined
  'on-invalid': InvalidPolicy | undefined
  'print-recipe': boolean
  overwrite: boolean
  json: boolean
  quiet: boolean
}

const listFlags = ['tables', 'format', 'demographics', 'questions', 'derive'] as const
const valueFlags = [
  ...['out', 'recipe', 'column-names', 'missing', 'split', 'ratios', 'seed', 'shard-size', 'compression'],
  ...['parquet-writer', 'threads', 'on-invalid', 'definition', 'wave', 'split-by', 'where'],
  ...['sample', 'per-cell', 'cells', 'balance'],
]

function buildOptions(parser: Argv): Argv<BuildArguments> {
  return parser
    .positional('files', {
      type: 'string',
      array: true,
      describe: 'Survey file in any form in which WVS publishes, packed or not; several become one dataset',
    })
    .options({
      ...inputFlags,
      // Defaults stand in the recipe; the descriptions name those of the default one.
      out: { type: 'string', alias: 'o', describe: 'Folder of the dataset; made if absent, must be empty' },
      recipe: { type: 'string', default: 'default', describe: 'default, worldvaluesbench or a file of JSON' },
      tables: { ...list, describe: 'Tables to write (records,examples)' },
      format: { ...list, describe: `Formats, with commas: ${tableFormats.join(', ')} (parquet)` },
      ...selectionFlags,
      ...sampleFlags,
      weight: { type: 'boolean', describe: 'Write the weight column (--no-weight leaves it out)' },
      'column-names': { choices: ['name', 'id'] as const, describe: 'Friendly column names or variable ids (name)' },
      missing: { choices: ['null', 'label'] as const, describe: 'A missing demographic is null, or its label (null)' },
      split: { choices: splitMethods, describe: 'How respondents fall into train, valid and test (hash)' },
      'split-by': { choices: splitUnits, describe: 'What falls into train, valid and test as a whole (respondent)' },
      ratios: { type: 'string', describe: 'Shares of train,valid,test (70,15,15)' },
      seed: { type: 'number', describe: 'Seed of the split (0)' },
      'shard-size': { type: 'number', describe: 'Rows of a shard, at most (2000000)' },
      compression: {
        choices: compressions,
        describe: 'Compression of the shards; text has gzip, zstd or none (snappy)',
      },
      'parquet-writer': { choices: parquetWriters, describe: 'Which Parquet writer (run-length)' },
      threads: { type: 'number', describe: 'Worker threads; as many as cores by default' },
      'on-invalid': {
        choices: invalidPolicies,
        describe: 'What happens to cells and rows that can not be decoded (keep)',
      },
      ...definitionFlags,
      'print-recipe': { type: 'boolean', default: false, describe: 'Print the recipe in force as JSON and stop' },
      overwrite: { type: 'boolean', default: false, describe: 'Replace the dataset in the output folder' },
      json: { type: 'boolean', default: false, describe: 'Print the manifest as JSON' },
      quiet: { type: 'boolean', alias: 'q', default: false, describe: 'No progress and no summary' },
    })
    .requiresArg(valueFlags)
    .check(givenOnce([...listFlags, ...perFileFlags, 'files']))
    .example('$0 build survey.csv --out dataset', 'Everything, as Parquet')
    .example('$0 build survey.csv --out dataset --format jsonl --tables examples', 'The examples as lines of JSON')
    .example("$0 build survey.csv --out religion --questions 'Religious Values'", 'One section of the questionnaire')
    .example('$0 build survey.csv --out wvb --recipe worldvaluesbench', 'The tables of WorldValuesBench, byte for byte')
    .example('$0 build --print-recipe --split none > mine.json', 'A recipe to keep, for --recipe mine.json')
}

export const command: CommandDefinition<BuildArguments> = {
  builder: buildOptions,
  handler: run,
}

async function run(args: BuildArguments): Promise<void> {
  const recipe = await recipeOf(args)
  if (args['print-recipe']) {
    process.stdout.write(`${JSON.stringify(recipe, null, 2)}\n`)
    return
  }
  const { files = [], out } = args
  if (files.length === 0) throw usageError('no survey file given; expected `wvs build FILE --out DIR`')
  if (out === undefined) throw usageError('no output folder given; pass --out DIR')
  const threads = positiveInteger(args.threads, '--threads')
  const definitions = await definitionsOf(args, files)
  const { build, buildWaves } = await import('../pipelines/build.js')
  const progress = createProgress(args.quiet)
  const started = performance.now()
  const manifest = await interruptible((signal): Promise<AnyManifest> => {
    const options = {
      ...inputOptionsOf(args),
      out,
      recipe,
      overwrite: args.overwrite,
      signal,
      ...(threads === undefined ? {} : { threads }),
      onProgress: ({ respondents, respondentsTotal, examples }: BuildProgress) =>
        progress.update(respondents, respondentsTotal, () => `${groupedNumber(examples)} examples`),
    }
    const inputs = files.map((input, place) => ({ input, definition: definitions[place] }))
    return inputs.length === 1 ? build({ ...options, ...inputs[0] }) : buildWaves({ ...options, inputs })
  }).finally(() => progress.end())
  if (args.json) process.stdout.write(`${JSON.stringify(manifest, null, 2)}\n`)
  else if (!args.quiet) process.stdout.write(buildSummary(manifest, out, (performance.now() - started) / 1000))
}

/** The recipe named, with what the flags say in its place. */
async function recipeOf(args: BuildArguments): Promise<Recipe> {
  const base = await recipeNamed(args.recipe)
  const ratios = args.ratios === undefined ? base.split.ratios : parseRatios(args.ratios)
  const recipe: Recipe = {
    ...base,
    tables: args.tables === undefined ? base.tables : choices<TableName>(args.tables, tableNames, '--tables'),
    formats: args.format === undefined ? base.formats : choices<TableFormat>(args.format, tableFormats, '--format'),
    ...(await selectionOf(args, base)),
    sample: sampleOf(args, base.sample),
    weight: args.weight ?? base.weight,
    columnNames: args['column-names'] ?? base.columnNames,
    missing: args.missing ?? base.missing,
    split: {
      by: args['split-by'] ?? base.split.by,
      method: args.split ?? base.split.method,
      ratios,
      seed: seedOf(args.seed) ?? base.split.seed,
    },
    shardSize: positiveInteger(args['shard-size'], '--shard-size') ?? base.shardSize,
    compression: args.compression ?? base.compression,
    parquetWriter: args['parquet-writer'] ?? base.parquetWriter,
    onInvalid: args['on-invalid'] ?? base.onInvalid,
  }
  if (
    recipe.parquetWriter === 'parquetjs-lite' &&
    recipe.formats.includes('parquet') &&
    recipe.compression === 'zstd'
  ) {
    throw usageError('--parquet-writer parquetjs-lite does not write zstd; choose snappy, gzip or none')
  }
  return recipe
}
