import type { CellBatch, SelectionCounts } from '../batch/cell-batch.js'
import { nullValue } from '../batch/respondent-batch.js'
import type { Stage } from '../pool/stage.js'
import { hashFraction } from '../random/hash.js'
import { type Condition, compileCondition, truth } from './condition.js'

export interface SelectOptions {
  /** A respondent stays only where all of these are true; unknown is not. */
  where: Condition[]
  /** A chance for each respondent, by a seeded hash of its id; absent where the blocks say who is drawn, or all are. */
  share?: { share: number; seed: number }
  /** Ragged rows do not stay. */
  rejectRagged: boolean
}

/**
 * Marks the respondents that a run is about, once for each, before anything of theirs is decoded: those for whom the
 * conditions are true and whom the block does not say to be outside of the sample.
 */
export function select({ where, share, rejectRagged }: SelectOptions): Stage<CellBatch, CellBatch> {
  // One array for all blocks, so that the conditions are compiled once: its entries change, not the array.
  const columns: Int32Array[] = []
  const conditions = where.map((condition) => compileCondition(condition, columns, nullValue))
  return {
    name: 'select',
    apply(batch) {
      columns.length = 0
      columns.push(...(batch.codes ?? []))
      const { block, cells, ids } = batch
      const isDrawn = (row: number) =>
        share === undefined
          ? block.unsampled?.[row] !== 1
          : hashFraction(ids.bytes, ids.offsets[row], ids.offsets[row + 1], share.seed) < share.share
      const leftOut = new Uint8Array(cells.rows)
      const passed = conditions.map(() => 0)
      const counts: SelectionCounts = { candidates: 0, passed, sampledOut: 0 }
      if (rejectRagged) for (const { row } of cells.ragged) leftOut[row] = 1
      for (let row = 0; row < cells.rows; row++) {
        if (leftOut[row] === 1 || block.excluded?.[row] === 1) continue
        counts.candidates++
        let met = 0
        while (met < conditions.length && conditions[met](row) === truth.yes) passed[met++]++
        if (met < conditions.length) leftOut[row] = 1
        else if (!isDrawn(row)) {
          leftOut[row] = 1
          counts.sampledOut++
        }
      }
      // Rejecting ragged rows is left to the stage that logs them.
      if (rejectRagged) for (const { row } of cells.ragged) leftOut[row] = 0
      return { ...batch, selection: { leftOut, counts } }
    },
  }
}
