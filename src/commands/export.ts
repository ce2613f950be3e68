import { type SplitName, splitNames } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { batchFileRequests, defaultDemographics, type ExportOptions } from '../pipelines/export-options.js'
import { builtInRecipes, type Recipe } from '../pipelines/recipe.js'
import type { CommandDefinition } from './command-definition.js'
import { definitionOf } from './definition-flags.js'
import { type ExportArguments, exportOptions } from './export-flags.js'
import { exportOptionsOf } from './export-request.js'
import { exportSummary } from './export-summary.js'
import { parseRatios, positiveInteger, seedOf, usageError } from './flag-values.js'
import { inputOptionsOf } from './input-options.js'
import { interruptible } from './interrupt.js'
import { createProgress } from './progress.js'
import { recipeNamed, sampleOf, selectionOf } from './selection-flags.js'

export const command: CommandDefinition<ExportArguments> = {
  builder: exportOptions,
  handler: run,
}

async function run(args: ExportArguments): Promise<void> {
  const { file, out } = args
  if (file === undefined) throw usageError('no survey file given; expected `wvs export FILE --out DIR`')
  const head = args.head === undefined && args.stats ? 3 : positiveInteger(args.head, '--head')
  if (out === undefined && head === undefined) {
    throw usageError('no output given; pass --out DIR, --out - for standard output, or --head 3 for a look')
  }
  if (args.shards !== undefined && args['shard-size'] !== undefined) {
    throw usageError('--shards and --shard-size say the same thing twice; pass one of them')
  }
  if (out === '-' && args.as === 'parquet') throw usageError('--as parquet needs a folder; pass --out DIR')
  const options = await exportOptionsOf(args)
  const splits = args.splits === undefined ? undefined : splitIndices(args.splits)
  const threads = positiveInteger(args.threads, '--threads')
  const definition = await definitionOf(args, file)
  const recipe = await recipeOf(args, options, definition)
  const { exportSurvey, previewExport, streamSurvey } = await import('../pipelines/export.js')
  const progress = createProgress(args.quiet || out === '-')
  const started = performance.now()
  await interruptible(async (signal) => {
    const job = {
      input: file,
      ...inputOptionsOf(args),
      recipe,
      definition,
      export: options,
      signal,
      ...(splits === undefined ? {} : { splits }),
      ...(threads === undefined ? {} : { threads }),
      onProgress: ({ step, done, total }: { step: 'reading' | 'writing'; done: number; total: number }) =>
        progress.update(done, total, () => (step === 'reading' ? 'reading respondents' : 'writing lines')),
    }
    if (out === undefined || head !== undefined) {
      const preview = await previewExport(job, head ?? 0).finally(() => progress.end())
      const { exportPreview, exportStatistics } = await import('./export-preview.js')
      if (args.json) process.stdout.write(`${JSON.stringify({ ...preview, sample: undefined }, null, 2)}\n`)
      else process.stdout.write(exportPreview(preview) + (args.stats ? await exportStatistics(preview) : ''))
      return
    }
    if (out === '-') {
      await streamSurvey(job, writeOut)
      return
    }
    const manifest = await exportSurvey({ ...job, out, overwrite: args.overwrite }).finally(() => progress.end())
    if (args.json) process.stdout.write(`${JSON.stringify(manifest, null, 2)}\n`)
    else if (!args.quiet) process.stdout.write(exportSummary(manifest, out, (performance.now() - started) / 1000))
  })
}

/** Waits until standard output has taken the bytes: they are overwritten afterwards. */
function writeOut(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error == null ? resolve() : reject(error)))
  })
}

/** The recipe named, with what the flags say in its place. */
async function recipeOf(args: ExportArguments, { format }: ExportOptions, loaded: LoadedDefinition): Promise<Recipe> {
  const base = await recipeNamed(args.recipe)
  const { demographics, ...selection } = await selectionOf(args, base)
  // Of a recipe of one's own the demographics count; the built-in ones choose all, which no prompt is made for.
  const isOwn = args.demographics !== undefined || !Object.hasOwn(builtInRecipes, args.recipe)
  const known = loaded.definition.variables.map(({ name }) => name)
  // One stream holds everything in file order, unless splits are asked for.
  const method = args.split ?? (args.out === '-' && args.splits === undefined ? 'none' : base.split.method)
  const by = args['split-by'] ?? base.split.by
  return {
    ...base,
    ...selection,
    sample: sampleOf(args, base.sample),
    referenceTables: false,
    demographics: isOwn ? demographics : defaultDemographics.filter((name) => known.includes(name)),
    split: {
      by,
      method: args.split ?? (by === 'respondent' ? method : base.split.method),
      ratios: args.ratios === undefined ? base.split.ratios : parseRatios(args.ratios),
      seed: seedOf(args.seed) ?? base.split.seed,
    },
    shardSize:
      positiveInteger(args['shard-size'], '--shard-size') ??
      (format === 'openai-batch' ? batchFileRequests : base.shardSize),
    onInvalid: args['on-invalid'] ?? base.onInvalid,
  }
}

function splitIndices(list: string): number[] {
  const names = list.split(',').map((part) => part.trim())
  const unknown = names.find((name) => !splitNames.some((split) => split === name))
  if (unknown !== undefined) throw usageError(`--splits: "${unknown}" is none of ${splitNames.join(', ')}`)
  return splitNames.flatMap((split: SplitName, index) => (names.includes(split) ? [index] : []))
}
