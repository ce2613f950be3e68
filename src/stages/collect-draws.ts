import type { SelectedBatch, SelectionCounts } from '../batch/cell-batch.js'
import type { Stage } from '../pool/stage.js'
import { hashBytes } from '../random/hash.js'
import { type GroupOptions, rowsReader } from './group.js'
import { type IdOptions, InterviewIds } from './interview-ids.js'

export interface CollectDrawsOptions {
  groups: GroupOptions[]
  seed: number
  ids: IdOptions
  /** A chance that is proportional to the weight, in place of the same for all. */
  weighted: boolean
  /** Ragged rows can not be drawn. */
  rejectRagged: boolean
}

/** What decides who of a block's respondents is drawn. */
export interface BlockDraws {
  index: number
  /** For each row, its rank: the least are drawn first. NaN where the respondent is left out or can not be drawn. */
  ranks: Float64Array
  /** rows x groups. */
  groups: Int32Array
  selection: SelectionCounts
}

/** Ends a chain with a rank for each respondent that the selection leaves: a seeded hash of its id. */
export function collectDraws({
  groups,
  seed,
  ids: idOptions,
  weighted,
  rejectRagged,
}: CollectDrawsOptions): Stage<SelectedBatch, BlockDraws> {
  const ids = new InterviewIds(idOptions)
  const readGroups = rowsReader(groups)
  return {
    name: 'collect-draws',
    apply({ block, cells, codes = [], selection, chosen }) {
      const ranks = new Float64Array(cells.rows).fill(Number.NaN)
      for (const row of chosen) {
        if (block.excluded?.[row] === 1) continue
        const id = ids.at(cells, block, row)
        const hash = hashBytes(id, 0, id.length, seed)
        ranks[row] = weighted ? weightedRank(hash, cells.numbers[row]) : hash
      }
      if (rejectRagged) for (const { row } of cells.ragged) ranks[row] = Number.NaN
      return { index: block.index, ranks, groups: readGroups(codes, cells.rows), selection }
    },
  }
}

/**
 * Draws without replacement, proportional to the weight (Efraimidis and Spirakis, 2006): the least of -ln(u) / w,
 * with u uniform. Respondents without a weight above 0 can not be drawn.
 */
function weightedRank(hash: number, weight: number): number {
  return weight > 0 ? -Math.log((hash + 0.5) / 0x1_0000_0000) / weight : Number.NaN
}
