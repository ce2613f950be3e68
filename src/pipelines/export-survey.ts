import { availableParallelism } from 'node:os'
import { type Block, contentBuffers } from '../batch/block.js'
import { RespondentStore, type StoredRespondents } from '../batch/respondent-store.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { SurveyError } from '../formats/survey-error.js'
import type { InputOptions } from '../formats/survey-input.js'
import { StagePool } from '../pool/pool.js'
import type { GatheredBlock, GatherPlan } from '../stages/gather.js'
import { indexSurvey, type SurveyIndex, surveyBlocks } from '../stages/read-survey.js'
import { invalidError } from './dataset-writer.js'
import { type DrawReport, drawRespondents } from './draw.js'
import type { ExportOptions } from './export-options.js'
import { compileExportPlan, type ExportPlan } from './export-plan.js'
import { choiceOf, type SurveyFile } from './plan.js'
import type { Recipe } from './recipe.js'
import { RunTally } from './run-counts.js'
import { openSurveyFile } from './survey-file.js'

export interface ExportRunOptions extends InputOptions {
  input: string
  recipe: Recipe
  definition: LoadedDefinition
  export: ExportOptions
  /** Indices of the splits that are written; all where absent. */
  splits?: readonly number[]
  threads?: number
  signal?: AbortSignal
  onProgress?: (progress: ExportProgress) => void
}

export interface ExportProgress {
  step: 'reading' | 'writing'
  done: number
  total: number
}

/** A survey that was read whole, for an export. */
export interface ExportSurvey {
  survey: SurveyFile
  plan: ExportPlan
  index: SurveyIndex
  tally: RunTally
  /** What the sample's draw found, where there was one. */
  draw?: DrawReport
  respondents: StoredRespondents
}

/** The address of the module whose workers read the survey. */
const gatherModule = new URL('../stages/gather.js', import.meta.url).href

export function threadsOf({ threads }: Pick<ExportRunOptions, 'threads'>): number {
  return threads ?? availableParallelism()
}

/** Opens the survey and compiles the plan of the export: all that can be refused is refused here. */
export async function planExport(options: ExportRunOptions): Promise<{ survey: SurveyFile; plan: ExportPlan }> {
  const survey = await openSurveyFile(options.input, options)
  return { survey, plan: compileExportPlan(survey, options.definition, options.recipe, options.export) }
}

/**
 * Reads all respondents. An export has them at hand at once, since it shuffles, draws and counts over all of them; what
 * is kept of each is small (see `StoredRespondents`). `onRejects` takes the lines of the rejects.
 */
export async function readForExport(
  { survey, plan }: { survey: SurveyFile; plan: ExportPlan },
  options: ExportRunOptions,
  onRejects: (lines: Uint8Array) => Promise<void>,
): Promise<ExportSurvey> {
  const { read, chain } = plan.build
  const { signal } = options
  const { writers: _, ...gatherPlan }: { writers: unknown } & GatherPlan = chain
  const pool = new StagePool<Block, GatheredBlock>(
    { chainModule: gatherModule, plan: gatherPlan },
    { threads: threadsOf(options), ...(signal === undefined ? {} : { signal }) },
    contentBuffers,
  )
  try {
    const index = await indexSurvey(read, signal, true, choiceOf(plan.build))
    if (index.respondents === 0) {
      throw new SurveyError('the file holds a header and no respondent', { place: { file: survey.name } })
    }
    const { draw: drawPlan } = plan.build
    const draw = drawPlan === undefined ? undefined : await drawRespondents(drawPlan, index, threadsOf(options), signal)
    const tally = new RunTally(plan.build)
    const total = index.blocks.reduce((sum, block) => sum + block.rows, 0)
    const store = new RespondentStore(total, plan.data.questions.length)
    let done = 0
    for await (const block of pool.map(surveyBlocks(index, signal))) {
      if (block.rejects.first !== undefined) throw invalidError(survey, block.rejects.first)
      if (block.rejects.lines.length > 0) await onRejects(block.rejects.lines)
      tally.add({ ...block, invalid: block.rejects.counts })
      store.add(block)
      done += index.blocks[block.index].rows
      options.onProgress?.({ step: 'reading', done, total })
    }
    tally.checkSelection()
    return { survey, plan, index, tally, respondents: store.finish(), ...(draw === undefined ? {} : { draw }) }
  } finally {
    await pool.close()
  }
}
