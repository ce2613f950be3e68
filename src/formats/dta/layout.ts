/**
 * What differs between the .dta formats (Stata's help files dta_113, dta_114, dta_115, dta_117, dta
 * (118) and dta_119, section "Dataset format definition").
 */
export interface DtaLayout {
  readonly format: number
  /** From 117 on the parts stand between tags; before, they follow each other by their lengths alone. */
  readonly tagged: boolean
  /** Bytes of the number of variables, and of an entry of the sort order. */
  readonly variableCount: 2 | 4
  /** Bytes of the number of rows. */
  readonly rowCount: 4 | 8
  /** Bytes of the length before the file's label; 0 where the label takes a fixed 81 bytes. */
  readonly labelLength: 0 | 1 | 2
  /** Bytes of a name of a variable or a set of value labels, and its closing zero byte. */
  readonly name: number
  readonly displayFormat: number
  readonly variableLabel: number
  /** Of the eight bytes by which a row refers to a strL, those of the variable; the rest are the row's. */
  readonly strlVariable: 2 | 3 | 4
  /** Bytes of the row in a strL's own record. */
  readonly strlRow: 4 | 8
  /** Undefined: the system's own at the time; else UTF-8. */
  readonly encoding: 'utf-8' | undefined
}

const OLD = {
  tagged: false,
  variableCount: 2,
  rowCount: 4,
  labelLength: 0,
  name: 33,
  displayFormat: 49,
  variableLabel: 81,
  strlVariable: 4,
  strlRow: 4,
  encoding: undefined,
} as const
const STATA_13 = { ...OLD, tagged: true, labelLength: 1 } as const
const UNICODE = {
  ...STATA_13,
  rowCount: 8,
  labelLength: 2,
  name: 129,
  displayFormat: 57,
  variableLabel: 321,
  strlVariable: 2,
  strlRow: 8,
  encoding: 'utf-8',
} as const

/** The formats that are read. 116 was never released; 120 and 121 refer to data outside the file. */
export const LAYOUTS: readonly DtaLayout[] = [
  { ...OLD, format: 113, displayFormat: 12 },
  { ...OLD, format: 114 },
  { ...OLD, format: 115 },
  { ...STATA_13, format: 117 },
  { ...UNICODE, format: 118 },
  { ...UNICODE, format: 119, variableCount: 4, strlVariable: 3 },
]

/** How a cell is stored. */
export type CellType = 'byte' | 'int' | 'long' | 'float' | 'double' | 'text' | 'strL'

export interface Cell {
  readonly type: CellType
  /** Bytes that it takes in a row. */
  readonly width: number
}

const NUMBERS: readonly Cell[] = [
  { type: 'double', width: 8 },
  { type: 'float', width: 4 },
  { type: 'long', width: 4 },
  { type: 'int', width: 2 },
  { type: 'byte', width: 1 },
]

/** The cell of a type code ("Variable types"; before 117, "Descriptors"); undefined for a code that means nothing. */
export function cellOf(code: number, { tagged }: DtaLayout): Cell | undefined {
  if (!tagged)
    return code >= 251 ? NUMBERS[255 - code] : code > 0 && code <= 244 ? { type: 'text', width: code } : undefined
  if (code === 32768) return { type: 'strL', width: 8 }
  return code > 0 && code <= 2045 ? { type: 'text', width: code } : NUMBERS[code - 65526]
}
