import { type CellBatch, rowInFile } from '../batch/cell-batch.js'
import { type InvalidPolicy, type Reject, RejectLog, type RejectReason } from '../batch/reject-log.js'
import { oddCode } from '../formats/scanned-rows.js'
import { type TextColumn, textAt } from '../formats/text-column.js'

/** The reject log of one block, with what a message needs to know of a row. */
export class RowLog {
  readonly rejects: RejectLog
  /** A code without a label is written as its digits. */
  readonly keepsUnlabelled: boolean
  private readonly file: Pick<Reject, 'file'>
  private linePosition = 0
  private line: number

  constructor(
    private readonly batch: CellBatch,
    private readonly ids: TextColumn,
    { onInvalid, file }: { onInvalid: InvalidPolicy; file?: string },
  ) {
    this.rejects = new RejectLog(onInvalid)
    this.keepsUnlabelled = onInvalid === 'keep'
    this.file = file === undefined ? {} : { file }
    this.line = batch.block.firstLine
  }

  add(row: number, variable: string, value: string, reason: RejectReason, expected: string): void {
    this.rejects.add(variable, reason, () => ({
      ...this.file,
      line: this.lineOf(row),
      row: rowInFile(this.batch, row),
      respondent: textAt(this.ids, row),
      variable,
      value,
      reason,
      expected,
    }))
  }

  /** What stands in a code cell. */
  codeText(cell: number): string {
    const { codes, oddCells } = this.batch.cells
    return codes[cell] === oddCode ? (oddCells.get(cell) ?? '') : String(codes[cell])
  }

  /** The record's line, or in a table of columns its number; counted from the last one asked for: rows are mostly asked for in order. */
  private lineOf(row: number): number {
    const { starts, bytes } = this.batch.cells
    const { block } = this.batch
    if (block.chosen !== undefined) return block.chosen.lines[row]
    if (block.columns !== undefined) return block.firstLine + rowInFile(this.batch, row) - block.firstRow
    if (starts[row] < this.linePosition) {
      this.linePosition = 0
      this.line = block.firstLine
    }
    for (let at = this.linePosition; at < starts[row]; at++) if (bytes[at] === 0x0a) this.line++
    this.linePosition = starts[row]
    return this.line
  }
}
