import { encodeZip } from './zip-encoder.js'

export type SheetCell = string | number | boolean | null

export interface WorkbookOptions {
  /** Texts in the cells themselves (as openpyxl writes them) rather than in the table that cells share (as Excel does). */
  inline?: boolean
  /** Rows, from 1, that are left out of the sheet: their cells stand a row further down. */
  blankRows?: number[]
}

const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

/** A workbook with one sheet of these rows (ECMA-376, part 1), for the tests of the reader. */
export function encodeXlsx(rows: SheetCell[][], options: WorkbookOptions = {}): Buffer {
  const parts = workbookParts(rows, options)
  return encodeZip(Object.entries(parts).map(([name, content]) => ({ name, content: Buffer.from(content) })))
}

/** The parts of such a workbook, by name. */
export function workbookParts(
  rows: SheetCell[][],
  { inline = false, blankRows = [] }: WorkbookOptions,
): Record<string, string> {
  const strings = new Map<string, number>()
  let number = 0
  const sheet = rows.map((cells) => {
    number++
    while (blankRows.includes(number)) number++
    return `<row r="${number}">${cells.map((cell, column) => cellXml(cell, column, number, inline, strings)).join('')}</row>`
  })
  const shared = [...strings.keys()].map((text) => `<si>${textXml(text)}</si>`).join('')
  return {
    '[Content_Types].xml': `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    'xl/workbook.xml': `${declaration}<workbook ${main} xmlns:r="${relations}"><sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${relations}/sharedStrings" Target="/xl/sharedStrings.xml"/></Relationships>`,
    'xl/sharedStrings.xml': `${declaration}<sst ${main}>${shared}</sst>`,
    'xl/worksheets/sheet1.xml': `${declaration}<worksheet ${main}><sheetData>${sheet.join('')}</sheetData></worksheet>`,
  }
}

function cellXml(cell: SheetCell, column: number, row: number, inline: boolean, strings: Map<string, number>): string {
  if (cell === null) return ''
  const place = `r="${columnName(column)}${row}"`
  if (typeof cell === 'number') return `<c ${place}><v>${cell}</v></c>`
  if (typeof cell === 'boolean') return `<c ${place} t="b"><v>${cell ? 1 : 0}</v></c>`
  if (inline) return `<c ${place} t="inlineStr"><is>${textXml(cell)}</is></c>`
  const index = strings.get(cell) ?? strings.size
  strings.set(cell, index)
  return `<c ${place} t="s"><v>${index}</v></c>`
}

function textXml(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('\r', '&#13;')
  return `<t xml:space="preserve">${escaped}</t>`
}

function columnName(column: number): string {
  const letter = String.fromCharCode(0x41 + (column % 26))
  return column < 26 ? letter : columnName(Math.floor(column / 26) - 1) + letter
}
