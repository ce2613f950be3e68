import { availableParallelism } from 'node:os'
import { type Block, contentBuffers } from '../batch/block.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { SurveyError } from '../formats/survey-error.js'
import type { InputOptions } from '../formats/survey-input.js'
import { StagePool } from '../pool/pool.js'
import { SideThread } from '../pool/side-thread.js'
import type { BlockResult, ChainPlan } from '../stages/chain.js'
import { indexSurvey, type SurveyIndex, surveyBlocks } from '../stages/read-survey.js'
import type { DatasetSource } from './dataset-description.js'
import { DatasetWriter, type PlanChange } from './dataset-writer.js'
import { type DrawPlan, type DrawReport, drawFromFiles, drawRespondents } from './draw.js'
import { hashBeside } from './hash-beside.js'
import type { Manifest } from './manifest.js'
import { OutputFolder } from './output-folder.js'
import { type BuildPlan, choiceOf, compilePlan, type SurveyFile } from './plan.js'
import type { Recipe } from './recipe.js'
import { openSurveyFile } from './survey-file.js'
import type { AnyManifest, WavesManifest } from './waves-manifest.js'
import type { WaveInput, WavesPlan } from './waves-plan.js'

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

/**
 * Threads that each run a plan's chain. Where a choice leaves little to write, the calling one is among them: to start one
 * worker more takes longer.
 */
export function chainPool(plan: ChainPlan, threads: number, signal?: AbortSignal): StagePool<Block, BlockResult> {
  const chainModule = new URL('../stages/chain.js', import.meta.url).href
  const joinIn = async () => {
    const { buildChain } = await import('../stages/chain.js')
    return buildChain(plan)
  }
  const options = {
    threads,
    ...(plan.select === undefined ? {} : { joinIn }),
    ...(signal === undefined ? {} : { signal }),
  }
  return new StagePool({ chainModule, plan }, options, contentBuffers)
}

/**
 * The main job: a survey file in, a dataset out. The survey is indexed in one pass (record boundaries, ids),
 * then its blocks go through the chain in worker threads, and their pieces into shards, in file order. Throws a
 * SurveyError for what the user can mend; nothing is left under a final name unless all of it is whole.
 */
export async function build(options: BuildOptions): Promise<Manifest> {
  const { threads = availableParallelism(), signal } = options
  return SideThread.during({ threads, signal }, async (side) => {
    // It starts while the plan is made.
    side?.start()
    return buildBeside(options, side)
  })
}

async function buildBeside(options: BuildOptions, side: SideThread | undefined): Promise<Manifest> {
  const { definition } = options
  const survey = await openSurveyFile(options.input, options)
  let plan = compilePlan(survey, definition, options.recipe)
  return OutputFolder.during(options, async (folder) => {
    for (;;) {
      const outcome = await run([{ plan, survey, definition }], folder, options, side)
      if ('input' in outcome) return outcome
      // Only the whole file shows whether a column holds text, on which depends how its fractions are written.
      if ('chain' in outcome) plan = { ...plan, ...outcome }
    }
  })
}

export interface WavesBuildOptions extends Omit<BuildOptions, 'input' | 'definition'> {
  inputs: readonly WaveInput[]
}

/**
 * The same for several survey files, of different waves or the same, which become one dataset: see `harmonise`. The files
 * are read one after the other, in the order given.
 */
export async function buildWaves(options: WavesBuildOptions): Promise<WavesManifest> {
  const { planWaves } = await import('./waves-plan.js')
  const waves = await planWaves(options.inputs, options.recipe, options)
  const files = waves.files.map(({ plan, survey, reading }) => ({ plan, survey, definition: reading.own }))
  const { threads = availableParallelism(), signal } = options
  return SideThread.during({ threads, signal }, (side) =>
    OutputFolder.during(options, async (folder) => {
      const outcome = await run(files, folder, options, side, waves)
      if ('inputs' in outcome) return outcome
      throw new Error('a dataset of several files has no tables that need another run')
    }),
  )
}

type RunOptions = Pick<BuildOptions, 'threads' | 'signal' | 'onProgress'>

/** A survey file with what is done to it. */
interface PlannedFile {
  plan: BuildPlan
  survey: SurveyFile
  definition: LoadedDefinition
}

/** One run over the files: gives the manifest, or what must change in the plan for another run. */
async function run(
  files: readonly PlannedFile[],
  folder: OutputFolder,
  options: RunOptions,
  side: SideThread | undefined,
  waves?: WavesPlan,
): Promise<AnyManifest | PlanChange> {
  const { threads = availableParallelism(), signal } = options
  const output = new RunOutput(folder, options, waves)
  try {
    // A draw from all files comes before any of them is read for good.
    const drawn = files.length > 1 ? await drawFromAll(files, options) : undefined
    for (const [place, file] of files.entries()) {
      // The workers start while the main thread makes its pass over the file.
      const pool = chainPool(file.plan.chain, threads, signal)
      try {
        await runFile(file, pool, output, options, side, drawn?.indices[place], drawn?.report)
      } finally {
        await pool.close()
      }
    }
    return await output.finish(() => side?.end())
  } catch (error) {
    await output.writer?.abandon()
    throw error
  }
}

async function runFile(
  { plan, survey, definition }: PlannedFile,
  pool: StagePool<Block, BlockResult>,
  output: RunOutput,
  { threads = availableParallelism(), signal }: RunOptions,
  side: SideThread | undefined,
  known: SurveyIndex | undefined,
  drawnFromAll: DrawReport | undefined,
): Promise<void> {
  const hashing = known === undefined ? hashBeside(plan.read, side) : undefined
  const index = known ?? (await indexSurvey(plan.read, signal, hashing === undefined, choiceOf(plan)))
  if (index.respondents === 0) {
    throw new SurveyError('the file holds a header and no respondent', { place: { file: survey.name } })
  }
  const draw =
    plan.draw === undefined || known !== undefined
      ? undefined
      : await drawRespondents(plan.draw, index, threads, signal)
  const source = { survey, index, definition, ...(draw === undefined ? {} : { draw }) }
  await output.startFile(plan, source, drawnFromAll)
  if (hashing !== undefined) output.hashed(index, hashing)
  for await (const result of pool.map(surveyBlocks(index, signal))) await output.take(result)
}

/** Indexes all files and draws from all of their respondents; undefined where nothing depends on all of them. */
async function drawFromAll(
  files: readonly PlannedFile[],
  { threads = availableParallelism(), signal }: RunOptions,
): Promise<{ indices: SurveyIndex[]; report: DrawReport | undefined } | undefined> {
  if (files[0].plan.draw === undefined) return undefined
  const drawn: { plan: DrawPlan; index: SurveyIndex }[] = []
  for (const { plan } of files) {
    if (plan.draw !== undefined) drawn.push({ plan: plan.draw, index: await indexSurvey(plan.read, signal) })
  }
  return { indices: drawn.map(({ index }) => index), report: await drawFromFiles(drawn, threads, signal) }
}

/** The dataset of a run on its way, and how far it is. */
class RunOutput {
  writer: DatasetWriter | undefined
  private readonly progress: BuildProgress = { respondents: 0, respondentsTotal: 0, examples: 0 }
  private index: SurveyIndex | undefined
  private readonly hashes: Promise<void>[] = []

  constructor(
    private readonly folder: OutputFolder,
    private readonly options: RunOptions,
    private readonly waves: WavesPlan | undefined,
  ) {}

  async startFile(plan: BuildPlan, source: DatasetSource, draw: DrawReport | undefined): Promise<void> {
    const { waves } = this
    this.index = source.index
    this.progress.respondentsTotal += source.index.respondents
    if (this.writer !== undefined) this.writer.startFile(plan, source)
    else {
      const joined = waves === undefined ? undefined : { waves, draw }
      this.writer = await DatasetWriter.open(this.folder, plan, source, joined)
    }
  }

  /** The SHA-256 of a file that is made beside all else: it may take the longest. */
  hashed(index: SurveyIndex, hashing: Promise<string>): void {
    const hashed = hashing.then((sha256) => {
      index.sha256 = sha256
    })
    // Whoever finishes is told.
    hashed.catch(() => {})
    this.hashes.push(hashed)
  }

  async take(result: BlockResult): Promise<void> {
    await this.writer?.take(result)
    this.progress.respondents += this.index?.blocks[result.index].rows ?? 0
    this.progress.examples += result.examples.reduce((sum, count) => sum + count, 0)
    this.options.onProgress?.({ ...this.progress })
  }

  /** `onRead` is called when the files will not be read again. */
  async finish(onRead: () => void): Promise<AnyManifest | PlanChange> {
    const { writer } = this
    if (writer === undefined) throw new Error('a run without files')
    const change = writer.planAgain()
    if (change === undefined) return writer.finish(this.options.signal, Promise.all(this.hashes).then(onRead))
    await writer.abandon()
    return change
  }
}
