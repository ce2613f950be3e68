import { leftOut, type RespondentBatch } from '../batch/respondent-batch.js'
import type { Stage } from '../pool/stage.js'
import { hashFraction } from '../random/hash.js'

export const splitMethods = ['hash', 'shuffle', 'none'] as const
export type SplitMethod = (typeof splitMethods)[number]

export interface SplitOptions {
  method: SplitMethod
  /** Shares of train, valid and test; only their proportion counts. */
  ratios: [number, number, number]
  seed: number
}

/**
 * Gives each respondent its split. `hash`: by a seeded hash of the respondent's id, so that a respondent
 * keeps its split when a later release adds others; `shuffle`: as the block says (it depends on all
 * respondents of the file); `none`: all are `train`.
 */
export function split({ method, ratios, seed }: SplitOptions): Stage<RespondentBatch, RespondentBatch> {
  const total = ratios[0] + ratios[1] + ratios[2]
  const trainEnd = ratios[0] / total
  const validEnd = (ratios[0] + ratios[1]) / total
  return {
    name: 'split',
    apply(batch) {
      if (method === 'none') return batch
      const { splits, rows, ids, block } = batch
      if (method === 'shuffle' && block.splits === undefined) {
        throw new Error(`block ${block.index} came without the splits of its respondents`)
      }
      for (let row = 0; row < rows; row++) {
        if (splits[row] === leftOut) continue
        if (block.splits !== undefined) splits[row] = block.splits[row]
        else {
          const share = hashFraction(ids.bytes, ids.offsets[row], ids.offsets[row + 1], seed)
          splits[row] = share < trainEnd ? 0 : share < validEnd ? 1 : 2
        }
      }
      return batch
    },
  }
}
