import { availableParallelism } from 'node:os'
import { type Block, contentBuffers } from '../batch/block.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { SurveyError } from '../formats/survey-error.js'
import type { InputOptions } from '../formats/survey-input.js'
import { StagePool } from '../pool/pool.js'
import type { BlockResult, ChainPlan } from '../stages/chain.js'
import { indexSurvey, surveyBlocks } from '../stages/read-survey.js'
import { DatasetWriter, type PlanChange } from './dataset-writer.js'
import { drawRespondents } from './draw.js'
import type { Manifest } from './manifest.js'
import { OutputFolder } from './output-folder.js'
import { type BuildPlan, compilePlan, type SurveyFile } from './plan.js'
import type { Recipe } from './recipe.js'
import { openSurveyFile } from './survey-file.js'

export interface BuildOptions extends InputOptions {
  input: string
  out: string
  recipe: Recipe
  definition: LoadedDefinition
  threads?: number
  overwrite?: boolean
  signal?: AbortSignal
  onProgress?: (progress: BuildProgress) => void
}

export interface BuildProgress {
  respondents: number
  respondentsTotal: number
  examples: number
}

/** Worker threads that each run a plan's chain. */
export function chainPool(plan: ChainPlan, threads: number, signal?: AbortSignal): StagePool<Block, BlockResult> {
  const chainModule = new URL('../stages/chain.js', import.meta.url).href
  return new StagePool({ chainModule, plan }, { threads, ...(signal === undefined ? {} : { signal }) }, contentBuffers)
}

/**
 * The main job: a survey file in, a dataset out. The survey is indexed in one pass (record boundaries, ids),
 * then its blocks go through the chain in worker threads, and their pieces into shards, in file order. Throws a
 * SurveyError for what the user can mend; nothing is left under a final name unless all of it is whole.
 */
export async function build(options: BuildOptions): Promise<Manifest> {
  const survey = await openSurveyFile(options.input, options)
  let plan = compilePlan(survey, options.definition, options.recipe)
  const folder = await OutputFolder.prepare(options.out, options.overwrite ?? false)
  try {
    for (;;) {
      const outcome = await run(plan, survey, folder, options)
      if ('files' in outcome) return outcome
      // Only the whole file shows whether a column holds text, on which depends how its fractions are written.
      plan = { ...plan, ...outcome }
    }
  } catch (error) {
    await folder.discard()
    throw error
  }
}

/** One run over the file: gives the manifest, or what must change in the plan for another run. */
async function run(
  plan: BuildPlan,
  survey: SurveyFile,
  folder: OutputFolder,
  { definition, threads = availableParallelism(), signal, onProgress }: BuildOptions,
): Promise<Manifest | PlanChange> {
  // The workers start while the main thread makes its pass over the file.
  const pool = chainPool(plan.chain, threads, signal)
  let writer: DatasetWriter | undefined
  try {
    // The hash of a plain file takes as long as its index and is needed last: a worker makes it meanwhile.
    const hashing = plan.read.input === undefined ? pool.hashFile(plan.read.path) : undefined
    hashing?.catch(() => {})
    const index = await indexSurvey(plan.read, signal, hashing === undefined)
    if (index.respondents === 0) {
      throw new SurveyError('the file holds a header and no respondent', { place: { file: survey.name } })
    }
    const draw = plan.draw === undefined ? undefined : await drawRespondents(plan.draw, index, threads, signal)
    writer = await DatasetWriter.open(folder, plan, {
      survey,
      index,
      definition,
      ...(draw === undefined ? {} : { draw }),
    })
    let respondents = 0
    let examples = 0
    for await (const result of pool.map(surveyBlocks(index, signal))) {
      await writer.take(result)
      respondents += index.blocks[result.index].rows
      examples += result.examples.reduce((sum, count) => sum + count, 0)
      onProgress?.({ respondents, respondentsTotal: index.respondents, examples })
    }
    if (hashing !== undefined) index.sha256 = await hashing
    const change = writer.planAgain()
    if (change === undefined) return await writer.finish(signal)
    await writer.abandon()
    return change
  } catch (error) {
    await writer?.abandon()
    throw error
  } finally {
    await pool.close()
  }
}
