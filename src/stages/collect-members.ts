import { rowInFile, type SelectionCounts } from '../batch/cell-batch.js'
import { chosenRows, chosenTexts } from '../batch/chosen-rows.js'
import { leftOut, type RespondentBatch } from '../batch/respondent-batch.js'
import type { TextColumn } from '../formats/text-column.js'
import type { Stage } from '../pool/stage.js'
import { type GroupOptions, rowsReader } from './group.js'

export interface CollectMembersOptions {
  questions: number
  groups: GroupOptions[]
  /** Only respondents of this split; all where undefined. */
  split?: number
}

/** The respondents of a block that a probe may draw: who they are, their groups, their answers. */
export interface BlockMembers {
  index: number
  /** Numbers of the respondents in the file, from 0. */
  rows: Float64Array
  ids: TextColumn
  /** members x groups. */
  groups: Int32Array
  /** members x questions: bytes as in `RespondentBatch.answers`. */
  answers: Uint8Array
  /** Absent where the run is about all respondents. */
  selection?: SelectionCounts
}

/** Ends a chain with the respondents of one split, packed together. */
export function collectMembers(options: CollectMembersOptions): Stage<RespondentBatch, BlockMembers> {
  const { questions, groups, split } = options
  const readGroups = rowsReader(groups)
  return {
    name: 'collect-members',
    apply(batch) {
      const { rows, splits, answers, ids, block, source } = batch
      const chosen = Int32Array.from({ length: rows }, (_, row) => row).filter((row) =>
        split === undefined ? splits[row] !== leftOut : splits[row] === split,
      )
      const found = readGroups(source.codes ?? [], rows)
      return {
        index: block.index,
        rows: Float64Array.from(chosen, (row) => rowInFile(source, row)),
        ids: chosenTexts(ids, chosen),
        groups: chosenRows(found, new Int32Array(chosen.length * groups.length), chosen, groups.length),
        ...(source.selection === undefined ? {} : { selection: source.selection }),
        answers: chosenRows(answers, new Uint8Array(chosen.length * questions), chosen, questions),
      }
    },
  }
}
