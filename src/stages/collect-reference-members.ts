import { rowInFile } from '../batch/cell-batch.js'
import { chosenTexts } from '../batch/chosen-rows.js'
import { type RespondentBatch, reasonByte } from '../batch/respondent-batch.js'
import { ByteWriter } from '../formats/byte-writer.js'
import type { Stage } from '../pool/stage.js'
import type { BlockMembers } from './collect-members.js'
import { noGroup } from './group.js'
import { type ReferenceColumn, ReferenceColumnEncoder } from './write-reference.js'

export interface CollectReferenceMembersOptions {
  codeFields: number
  split: number
  questions: ReferenceColumn[]
  /** The columns that cells are made of, and the group of each of their texts. */
  groups: { column: ReferenceColumn; texts: [string, number][] }[]
}

export interface ReferenceBlockMembers extends BlockMembers {
  /** What each column was seen to hold: the questions, then the groups (see `columnFacts`). */
  columnFacts: Uint8Array
}

/**
 * Ends a chain with the respondents of one split as the tables of the reference dataset show them: a question
 * is answered where its cell is not empty, and a group is that of the cell's text.
 */
export function collectReferenceMembers(
  options: CollectReferenceMembersOptions,
): Stage<RespondentBatch, ReferenceBlockMembers> {
  const { codeFields, split, questions, groups } = options
  const columns = [...questions, ...groups.map(({ column }) => column)]
  const encoders = columns.map((column) => new ReferenceColumnEncoder(column))
  const widest = encoders.reduce((most, encoder) => Math.max(most, encoder.widest), 0)
  const groupOf = groups.map(({ texts }) => new Map(texts))
  const writer = new ByteWriter()
  const answered = 0
  const unanswered = reasonByte('empty')
  return {
    name: 'collect-reference-members',
    apply({ source, rows, splits, block, ids }) {
      const facts = new Uint8Array(columns.length)
      const write = (row: number, index: number): void => {
        writer.clear()
        writer.reserve(widest)
        const { slot } = columns[index]
        if (slot >= 0) facts[index] |= encoders[index].write(writer, source.cells, row * codeFields + slot, widest)
      }
      const chosen = Int32Array.from({ length: rows }, (_, row) => row).filter((row) => splits[row] === split)
      const answers = new Uint8Array(chosen.length * questions.length)
      const found = new Int32Array(chosen.length * groups.length)
      for (const [member, row] of chosen.entries()) {
        for (let question = 0; question < questions.length; question++) {
          write(row, question)
          answers[member * questions.length + question] = writer.length > 0 ? answered : unanswered
        }
        for (let group = 0; group < groups.length; group++) {
          write(row, questions.length + group)
          const text = Buffer.from(writer.view()).toString()
          found[member * groups.length + group] = groupOf[group].get(text) ?? noGroup
        }
      }
      // What a column holds shows in all rows: pandas reads the file before any is dropped.
      for (let row = 0; row < rows; row++) {
        if (splits[row] !== split) for (let index = 0; index < columns.length; index++) write(row, index)
      }
      return {
        index: block.index,
        rows: Float64Array.from(chosen, (row) => rowInFile(source, row)),
        ids: chosenTexts(ids, chosen),
        ...(source.selection === undefined ? {} : { selection: source.selection }),
        groups: found,
        answers,
        columnFacts: facts,
      }
    },
  }
}
