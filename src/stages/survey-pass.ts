import type { Block } from '../batch/block.js'
import type { TextMemory } from '../formats/text-memory.js'
import { type AnyStage, type ChainPlan, type ChosenPlan, chosenStages } from './chain.js'
import { type CollectDrawsOptions, collectDraws } from './collect-draws.js'
import { type CollectMembersOptions, collectMembers } from './collect-members.js'
import { type CollectReferenceMembersOptions, collectReferenceMembers } from './collect-reference-members.js'
import { decode } from './decode.js'
import { type ProfileOptions, profile } from './profile.js'
import { split } from './split.js'
import { type TabulateOptions, tabulate } from './tabulate.js'

/** A pass over a survey that ends in something small for each block, in place of encoded tables; plain data. */
export interface PassPlan extends ChosenPlan {
  /** Both absent where the last stage only looks at who a respondent is. */
  decode?: ChainPlan['decode']
  split?: ChainPlan['split']
  last: LastStage
}

export type LastStage =
  | { stage: 'collect-members'; options: CollectMembersOptions }
  | { stage: 'collect-reference-members'; options: CollectReferenceMembersOptions }
  | { stage: 'collect-draws'; options: CollectDrawsOptions }
  | { stage: 'profile'; options: ProfileOptions }
  | { stage: 'tabulate'; options: TabulateOptions }

/**
 * The whole pass as one function from a block to its result, which is that of the plan's last stage. `memory` is as in
 * `StageContext`.
 */
export function buildChain<Result>(plan: PassPlan, memory?: TextMemory): (block: Block) => Result {
  const context = { reuse: true, ...(memory && { memory }) }
  const stages: AnyStage[] = [
    ...chosenStages(plan, context, plan.last.stage !== 'collect-draws'),
    ...(plan.decode === undefined ? [] : [decode(plan.decode, context)]),
    ...(plan.split === undefined ? [] : [split(plan.split)]),
    lastStage(plan.last),
  ]
  return (block) => stages.reduce((batch, stage) => stage.apply(batch), block as unknown) as Result
}

function lastStage(last: LastStage): AnyStage {
  switch (last.stage) {
    case 'collect-members':
      return collectMembers(last.options)
    case 'collect-reference-members':
      return collectReferenceMembers(last.options)
    case 'collect-draws':
      return collectDraws(last.options)
    case 'profile':
      return profile(last.options)
    case 'tabulate':
      return tabulate(last.options)
    default:
      throw new Error(`unknown stage: ${JSON.stringify(last satisfies never)}`)
  }
}
