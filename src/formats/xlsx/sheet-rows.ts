import type { SaxesTagPlain } from 'saxes'
import { SurveyError } from '../survey-error.js'
import type { TextRecords } from '../text-records.js'
import { localName } from './local-name.js'

/** Excel's own limits (columns A to XFD). */
const mostColumns = 16_384
const mostRows = 1_048_576
/** Longest text of a cell, with much to spare: Excel's own limit is 32,767 characters. */
const longestText = 1 << 20

/** Turns the elements of a sheet (ECMA-376, part 1, 18.3.1.99) into records; the first row with a cell is the header. */
export class SheetRows {
  private width = 0
  /** Number of the row at hand, from 1; 0 before the first. */
  private row = 0
  private cells: (string | undefined)[] = []
  private column = -1
  private type = 'n'
  /** The value of the cell at hand, gathered while in `v`, or in `t` of an inline string. */
  private value = ''
  private inValue = false
  private inHint = false

  constructor(
    private readonly file: string,
    private readonly shared: readonly string[],
    private readonly records: TextRecords,
  ) {}

  open({ name, attributes }: SaxesTagPlain): void {
    switch (localName(name)) {
      case 'row':
        this.openRow(attributes.r)
        break
      case 'c':
        this.column = this.columnOf(attributes.r)
        this.type = attributes.t ?? 'n'
        this.value = ''
        break
      case 'v':
        this.inValue = true
        break
      case 'rPh':
        this.inHint = true
        break
      case 't':
        this.inValue = !this.inHint
        break
      default:
    }
  }

  text(text: string): void {
    if (!this.inValue) return
    this.value += text
    if (this.value.length > longestText) throw this.damaged(`a cell of more than ${longestText} characters`)
  }

  close({ name }: SaxesTagPlain): void {
    switch (localName(name)) {
      case 'v':
      case 't':
        this.inValue = false
        break
      case 'rPh':
        this.inHint = false
        break
      case 'c':
        if (this.value !== '') this.cells[this.column] = this.type === 's' ? this.sharedText() : this.value
        break
      case 'row':
        this.closeRow()
        break
      default:
    }
  }

  private openRow(reference: string | undefined): void {
    const row = reference === undefined ? this.row + 1 : Number(reference)
    if (!Number.isInteger(row) || row <= this.row || row > mostRows) {
      throw this.damaged(`row ${JSON.stringify(reference)} after row ${this.row}`)
    }
    if (this.width > 0) this.records.addBlankLines(row - this.row - 1)
    this.row = row
    this.cells = []
    this.column = -1
  }

  private closeRow(): void {
    const { cells, records } = this
    if (this.width === 0) {
      if (cells.length === 0) return
      this.width = cells.length
      records.addHeader(Array.from(cells, (cell) => cell ?? ''))
    } else if (cells.length === 0) records.addBlankLines(1)
    else records.addRecord(cells, this.width)
  }

  /** The column of a reference such as `AB12`, from 0; cells may leave theirs out. */
  private columnOf(reference: string | undefined): number {
    if (reference === undefined) return this.column + 1
    let column = 0
    for (let at = 0; at < reference.length; at++) {
      const letter = reference.charCodeAt(at) - 0x40
      if (letter < 1 || letter > 26) break
      column = column * 26 + letter
    }
    if (column < 1 || column > mostColumns) throw this.damaged(`a cell at ${JSON.stringify(reference)}`)
    return column - 1
  }

  private sharedText(): string {
    const text = this.shared[Number(this.value)]
    if (text === undefined) throw this.damaged(`a cell that refers to string ${JSON.stringify(this.value)}`)
    return text
  }

  private damaged(reason: string): SurveyError {
    const place = { file: this.file, ...(this.row === 0 ? {} : { line: this.row }) }
    return new SurveyError(`the workbook is damaged (${reason}); save it again`, { place })
  }
}
