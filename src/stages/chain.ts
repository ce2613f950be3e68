import type { Block } from '../batch/block.js'
import type { SelectionCounts } from '../batch/cell-batch.js'
import type { EncodedPiece, ExampleBatch } from '../batch/example-batch.js'
import type { RejectReport } from '../batch/reject-log.js'
import { leftOut, splitNames } from '../batch/respondent-batch.js'
import type { Stage, StageContext } from '../pool/stage.js'
import { type DecodeOptions, decode } from './decode.js'
import { DemographicProfiler } from './demographic-profile.js'
import { type DeriveOptions, derive, type UngroupedCode, ungroupedCodes } from './derive.js'
import { type ExplodeOptions, explode } from './explode.js'
import { keepChosen } from './keep-chosen.js'
import { type ParseOptions, parse } from './parse.js'
import { type ReadBlockOptions, readBlock } from './read-block.js'
import { type SelectOptions, select } from './select.js'
import { type SplitOptions, split } from './split.js'
import { type WriteParquetOptions, writeParquet } from './write-parquet.js'
import { type WriteReferenceOptions, writeReference } from './write-reference.js'
import { type WriteTextOptions, writeText } from './write-text.js'

/** The stages that a block goes through, as plain data: what a plan holds and a worker builds its chain from. */
export interface ChainPlan {
  readBlock: ReadBlockOptions
  parse: ParseOptions
  /** Absent where no condition and no derived demographic is asked for. */
  derive?: DeriveOptions
  select?: SelectOptions
  decode: DecodeOptions
  split: SplitOptions
  explode: ExplodeOptions
  /** In any number and order. */
  writers: WriterPlan[]
}

/** What a plan says of the stages up to the choice of the respondents. */
export type ChosenPlan = Pick<ChainPlan, 'readBlock' | 'parse' | 'derive' | 'select'>

export type WriterPlan =
  | { stage: 'write-parquet'; options: WriteParquetOptions }
  | { stage: 'write-text'; options: WriteTextOptions }
  | { stage: 'write-reference'; options: WriteReferenceOptions }

/** What is left of a block when the chain is done with it: all of it can be moved to another thread. */
export interface BlockResult {
  index: number
  /** Respondents that are in the output. */
  kept: number
  /** By split. */
  respondents: number[]
  examples: number[]
  /** questions x `missingReasonStride`. */
  missingCounts: Uint32Array
  /** Absent where the run is about all respondents. */
  selection?: SelectionCounts
  ungrouped: UngroupedCode[]
  /** For each respondent in the output, a hash of all demographics. */
  profiles: Float64Array
  rejects: RejectReport
  pieces: EncodedPiece[]
}

/** A stage as the streams and the chain see it: what goes in comes from the stage before. */
// biome-ignore lint/suspicious/noExplicitAny: a list of stages of different types has no narrower one; each pair is checked in `chainStages`
export type AnyStage = Stage<any, any>

/** Builds the stages of a plan, in order; as they are, for streams. */
export async function chainStages(plan: ChainPlan, context: StageContext = { reuse: false }): Promise<AnyStage[]> {
  const writers = await Promise.all(plan.writers.map((writer) => writerStage(writer, context)))
  return [
    ...chosenStages(plan, context),
    decode(plan.decode, context),
    split(plan.split),
    explode(plan.explode, context),
    ...writers,
    finishBlock(plan),
  ]
}

/**
 * The stages that every chain begins with: they read a block and choose the respondents, before anything of theirs is
 * decoded. Where there is a choice, the cells that it does not hang on are read afterwards, of the chosen alone, who alone go
 * on; `isWhole` false ends with the choice.
 */
export function chosenStages(
  { readBlock: reading, parse: parsing, derive: deriving, select: selecting }: ChosenPlan,
  context: StageContext,
  isWhole = true,
): AnyStage[] {
  const derived = deriving === undefined ? [] : [derive(deriving)]
  if (selecting === undefined) return [readBlock(reading, context), parse(parsing, context), ...derived]
  const early = deriving?.columns.map(({ slot }) => slot) ?? []
  return [
    readBlock(reading, context),
    parse({ ...parsing, early }, context),
    ...derived,
    select(selecting),
    ...(isWhole ? [keepChosen(parsing, context)] : []),
  ]
}

/** The whole chain as one function from a block to its result. */
export async function buildChain(plan: ChainPlan): Promise<(block: Block) => BlockResult> {
  const stages = await chainStages(plan, { reuse: true })
  return (block) => stages.reduce((batch, stage) => stage.apply(batch), block as unknown) as BlockResult
}

async function writerStage(writer: WriterPlan, context: StageContext): Promise<Stage<ExampleBatch, ExampleBatch>> {
  switch (writer.stage) {
    case 'write-parquet':
      return writeParquet(writer.options)
    case 'write-text':
      return writeText(writer.options)
    case 'write-reference':
      return writeReference(writer.options, context)
    default:
      throw new Error(`unknown stage: ${JSON.stringify(writer satisfies never)}`)
  }
}

function finishBlock(plan: ChainPlan): Stage<ExampleBatch, BlockResult> {
  const profiler = new DemographicProfiler()
  return {
    name: 'finish-block',
    apply({ respondents, splits, pieces }) {
      const { missingCounts, rejects } = respondents.report
      const { selection, codes = [] } = respondents.source
      const isKept = (row: number) => respondents.splits[row] !== leftOut
      return {
        index: respondents.block.index,
        kept: respondents.splits.reduce((sum, split) => sum + (split === leftOut ? 0 : 1), 0),
        respondents: splitNames.map((_, split) => splits[split].respondents.length),
        examples: splitNames.map((_, split) => splits[split].length),
        missingCounts,
        ...(selection === undefined ? {} : { selection }),
        ungrouped: plan.derive === undefined ? [] : ungroupedCodes(plan.derive, codes, isKept),
        profiles: profiler.profile(respondents),
        rejects: rejects.report(),
        pieces,
      }
    },
  }
}
