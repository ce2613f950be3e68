import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { detectInput, openInput } from '#src/formats/survey-input.js'
import { encodeXlsx, type SheetCell, workbookParts } from './xlsx-encoder.js'
import { encodeZip } from './zip-encoder.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-xlsx-'))
after(() => rmSync(folder, { recursive: true }))

/** The text that a workbook is read as. */
async function textOf(workbook: Uint8Array): Promise<string> {
  const path = join(folder, 'survey.bin')
  writeFileSync(path, workbook)
  const { input } = await detectInput(path, 'survey.xlsx')
  assert.equal(input.form, 'xlsx')
  const chunks: Uint8Array[] = []
  for await (const chunk of (await openInput(input, 'survey.xlsx')).stream(0)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

const rows: SheetCell[][] = [
  ['Q1: Important, "family"', 'Q2: name; with & <marks>', 'Q3'],
  [1, 'Zoë, the "first"', -2.5],
  [null, 'two\nlines', null],
  [1.70070052e8, ' blanks ', true],
  ['7', null, 0.1],
]
const asText = rows.map((cells) => cells.map((cell) => (cell === true ? '1' : cell === null ? '' : String(cell))))

/** A workbook of these rows with its sheet changed. */
function withSheet(change: (xml: string) => string): Buffer {
  const parts = workbookParts(rows, {})
  const name = 'xl/worksheets/sheet1.xml'
  return packed({ ...parts, [name]: change(parts[name]) })
}

function packed(parts: Record<string, string>): Buffer {
  return encodeZip(Object.entries(parts).map(([name, content]) => ({ name, content: Buffer.from(content) })))
}

test('cells come out as they are, shared or inline, and the header in quotes', async () => {
  for (const inline of [false, true]) {
    const text = await textOf(encodeXlsx(rows, { inline }))
    assert.deepEqual(parse(text), asText)
    assert.equal(text.slice(0, text.indexOf('\n')), '"Q1: Important, ""family""","Q2: name; with & <marks>","Q3"')
  }
})

test('rows that the sheet leaves out are blank lines, so that a line is a row of the sheet', async () => {
  const text = await textOf(
    encodeXlsx(
      [
        ['a', 'b'],
        [1, 2],
        [3, 4],
      ],
      { blankRows: [2, 4, 5] },
    ),
  )
  assert.equal(text, '"a","b"\n\n1,2\n\n\n3,4\n')
})

test('columns past Z, and cells and rows without a reference', async () => {
  const wide = [
    Array.from({ length: 800 }, (_, index) => `c${index}`),
    Array.from({ length: 800 }, (_, index) => index),
  ]
  assert.deepEqual(
    parse(await textOf(encodeXlsx(wide))),
    wide.map((cells) => cells.map(String)),
  )
  const bare = await textOf(withSheet((xml) => xml.replaceAll(/ r="[A-Z]*\d+"/g, '')))
  // Without references the cells close up.
  assert.deepEqual(parse(bare, { relax_column_count: true })[1], asText[1])
})

test('texts in runs are put together, without phonetic hints; formulas give their result, errors their name', async () => {
  const runs = '<is><r><t>one</t></r><rPh sb="0" eb="1"><t>hint</t></rPh><r><t xml:space="preserve"> two</t></r></is>'
  const xml = `<row r="1"><c r="A1" t="inlineStr">${runs}</c><c r="B1" t="str"><f>1+1</f><v>two</v></c></row>
    <row r="2"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><f>A1</f><v>5</v></c></row>`
  const text = await textOf(
    withSheet((sheet) => sheet.replace(/<sheetData>.*<\/sheetData>/s, `<sheetData>${xml}</sheetData>`)),
  )
  assert.equal(text, '"one two","two"\n#N/A,5\n')
})

test('damage is told in one line', async () => {
  const parts = workbookParts(rows, {})
  const cases: [Buffer, RegExp][] = [
    [
      withSheet((xml) => xml.replace('</row>', '')),
      /survey\.xlsx: the workbook is damaged \(xl\/worksheets\/sheet1\.xml/,
    ],
    [withSheet((xml) => xml.replace('<v>1</v>', '<v>99</v>')), /refers to string "99"/],
    [withSheet((xml) => xml.replace('r="A2"', 'r="ZZZZ2"')), /a cell at "ZZZZ2"/],
    [withSheet((xml) => xml.replace('<row r="3"', '<row r="2"')), /row "2" after row 2/],
    [withSheet((xml) => xml.replace('<row r="3"', '<row r="99999999"')), /row "99999999" after row 2/],
    [withSheet((xml) => xml.replace('?>', '?><!DOCTYPE a [<!ENTITY b "c">]>')), /a document type declaration/],
    [withSheet((xml) => xml.replace('<v>1</v>', '<v>&b;</v>')), /the workbook is damaged/],
    [packed({ ...parts, 'xl/_rels/workbook.xml.rels': '<Relationships/>' }), /holds no sheet/],
  ]
  for (const [workbook, expected] of cases) {
    await assert.rejects(textOf(workbook), (error) => {
      assert(error instanceof Error)
      assert.equal(error.name, 'SurveyError', error.stack)
      assert.match(error.message, expected)
      assert(!error.message.includes('\n'), error.message)
      return true
    })
  }
})
