import type { Block } from '../batch/block.js'
import {
  type DemographicColumn,
  firstMissingReason,
  leftOut,
  missingReasonStride,
  nullValue,
  type RespondentBatch,
  splitNames,
} from '../batch/respondent-batch.js'
import type { RespondentColumns } from '../batch/respondent-store.js'
import type { Stage } from '../pool/stage.js'
import { type AnyStage, type BlockResult, type ChainPlan, type ChosenPlan, chosenStages } from './chain.js'
import { decode } from './decode.js'
import { DemographicProfiler } from './demographic-profile.js'
import { ungroupedCodes } from './derive.js'
import { split } from './split.js'

/** A block's respondents, and what the run must report of it. */
export interface GatheredBlock extends RespondentColumns, Omit<BlockResult, 'pieces'> {}

/** What a plan says of the stages up to here. */
export type GatherPlan = ChosenPlan & Pick<ChainPlan, 'decode' | 'split' | 'explode'>

/** Copies out of a block what is known of its respondents, for those who need all respondents at once. */
export function gather(plan: Pick<GatherPlan, 'derive' | 'explode'>): Stage<RespondentBatch, GatheredBlock> {
  const profiler = new DemographicProfiler()
  return {
    name: 'gather',
    apply({ block, source, rows, ids, weights, demographics, answers, splits, report }) {
      const width = rows === 0 ? 0 : report.missingCounts.length / missingReasonStride
      const own = answers.slice(0, rows * width)
      const { selection, codes = [] } = source
      const isKept = (row: number) => splits[row] !== leftOut
      const { questionSplits } = plan.explode
      const respondents = splitNames.map(() => 0)
      const examples = splitNames.map(() => 0)
      let kept = 0
      for (let row = 0; row < rows; row++) {
        if (!isKept(row)) continue
        kept++
        if (questionSplits === undefined) {
          const split = splits[row]
          let count = 0
          for (let cell = row * width; cell < (row + 1) * width; cell++) count += own[cell] < firstMissingReason ? 1 : 0
          respondents[split]++
          examples[split] += count
        } else {
          // Every respondent is in every split, with the answers to its questions.
          for (let split = 0; split < splitNames.length; split++) respondents[split]++
          for (const [question, split] of questionSplits.entries()) {
            examples[split] += own[row * width + question] < firstMissingReason ? 1 : 0
          }
        }
      }
      return {
        index: block.index,
        kept,
        rows,
        ids: { bytes: ids.bytes.slice(0, ids.offsets[rows]), offsets: ids.offsets.slice(0, rows + 1) },
        weights: weights.slice(0, rows),
        demographics: demographics.map(usedLabels),
        answers: own,
        splits: splits.slice(0, rows),
        respondents,
        examples,
        missingCounts: report.missingCounts,
        ...(selection === undefined ? {} : { selection }),
        ungrouped: plan.derive === undefined ? [] : ungroupedCodes(plan.derive, codes, isKept),
        profiles: profiler.profile({ demographics, splits, rows }),
        rejects: report.rejects.report(),
      }
    },
  }
}

/** Builds the stages from a block to its gathered respondents, as one function. */
export function buildChain(plan: GatherPlan): (block: Block) => GatheredBlock {
  const context = { reuse: true }
  const stages: AnyStage[] = [
    ...chosenStages(plan, context),
    decode(plan.decode, context),
    split(plan.split),
    gather(plan),
  ]
  return (block) => stages.reduce((batch, stage) => stage.apply(batch), block as unknown) as GatheredBlock
}

/** Labels that the block does not use stay behind: some variables have thousands. */
function usedLabels({ values, labels }: DemographicColumn): DemographicColumn {
  if (labels === undefined) return { values: values.slice() }
  const indices = new Int32Array(labels.length).fill(-1)
  const used: string[] = []
  const own = new Int32Array(values.length)
  for (let row = 0; row < values.length; row++) {
    const value = values[row]
    if (value === nullValue) own[row] = nullValue
    else {
      if (indices[value] < 0) indices[value] = used.push(labels[value]) - 1
      own[row] = indices[value]
    }
  }
  return { values: own, labels: used }
}
