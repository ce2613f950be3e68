import type { CellBatch, SelectedBatch, SelectionCounts } from '../batch/cell-batch.js'
import { nullValue } from '../batch/respondent-batch.js'
import type { Stage } from '../pool/stage.js'
import { hashFraction } from '../random/hash.js'
import { type Condition, compileCondition, truth } from './condition.js'
import { type IdOptions, InterviewIds } from './interview-ids.js'

export interface SelectOptions {
  /** A respondent stays only where all of these are true; unknown is not. */
  where: Condition[]
  /** A chance for each respondent, by a seeded hash of its id; absent where the blocks say who is drawn, or all are. */
  share?: { share: number; seed: number; ids: IdOptions }
  /** Ragged rows do not stay. */
  rejectRagged: boolean
}

/**
 * Marks the respondents that a run is about, once for each, before anything of theirs is decoded: those for whom the
 * conditions are true and whom the block does not say to be outside of the sample. Where a block has nothing but chosen
 * records they stay.
 */
export function select({ where, share, rejectRagged }: SelectOptions): Stage<CellBatch, SelectedBatch> {
  // One array for all blocks, so that the conditions are compiled once: its entries change, not the array.
  const columns: Int32Array[] = []
  const ids = share && new InterviewIds(share.ids)
  const conditions = where.map((condition) => compileCondition(condition, columns, nullValue))
  return {
    name: 'select',
    apply(batch) {
      columns.length = 0
      columns.push(...(batch.codes ?? []))
      const { block, cells } = batch
      if (block.chosen !== undefined) {
        return {
          ...batch,
          selection: block.chosen.selection,
          chosen: Int32Array.from({ length: cells.rows }, (_, row) => row),
        }
      }
      const isDrawn = (row: number) => {
        if (share === undefined || ids === undefined) return block.unsampled?.[row] !== 1
        const id = ids.at(cells, block, row)
        return hashFraction(id, 0, id.length, share.seed) < share.share
      }
      const chosen = new Int32Array(cells.rows)
      let count = 0
      const passed = conditions.map(() => 0)
      const selection: SelectionCounts = { candidates: 0, passed, sampledOut: 0 }
      // Who is no candidate stays: later stages leave them out, and say why.
      const others = new Set(rejectRagged ? cells.ragged.map(({ row }) => row) : [])
      for (let row = 0; row < cells.rows; row++) {
        if (block.excluded?.[row] !== 1 && !others.has(row)) {
          selection.candidates++
          let met = 0
          while (met < conditions.length && conditions[met](row) === truth.yes) passed[met++]++
          if (met < conditions.length) continue
          if (!isDrawn(row)) {
            selection.sampledOut++
            continue
          }
        }
        chosen[count++] = row
      }
      return { ...batch, selection, chosen: chosen.subarray(0, count) }
    },
  }
}
