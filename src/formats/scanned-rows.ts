/** What the scanner makes of a field; `scan-records.wat` has the same numbers. */
export const fieldKinds = { skip: 0, code: 1, number: 2, text: 3 } as const
export type FieldKind = keyof typeof fieldKinds

/** A code field that is passed over for now: its cells keep their place. */
export const laterKind = 4

/** A code cell that is empty. */
export const emptyCode = -0x80000000
/** A code cell that holds no whole number: its text is in `ScannedRows.oddCells`. */
export const oddCode = -0x7fffffff

export interface ScanLayout {
  delimiter: string
  decimalComma: boolean
  /** One for each field of a record, in file order. */
  fields: FieldKind[]
}

/** A record whose field count is not the header's. */
export interface RaggedRow {
  row: number
  fields: number
  /** The record ends inside a quoted cell: the file is cut off, or a quote is missing. */
  unclosed: boolean
}

/** The cells of a block of records: one row for each, in file order. Fields of one kind stand in file order. */
export interface ScannedRows {
  rows: number
  /** rows x code fields, row by row: the whole number, `emptyCode` or `oddCode`. */
  codes: Int32Array
  /** rows x number fields, row by row; NaN where empty or no number. */
  numbers: Float64Array
  /** rows x text fields x 2, row by row: start and end of each cell's content in `bytes`. */
  texts: Int32Array
  /** Where each record starts in `bytes`. */
  starts: Int32Array
  /**
   * Text of the code cells that hold no whole number, by their index in `codes`; and of the number cells
   * that hold text, by -1 less their index in `numbers`.
   */
  oddCells: Map<number, string>
  ragged: RaggedRow[]
  bytes: Uint8Array
}
