import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { gzipSource } from '#src/formats/container/gzip.js'
import { ZipArchive } from '#src/formats/container/zip.js'
import { openDta } from '#src/formats/dta.js'
import { openSav } from '#src/formats/sav.js'
import { type ByteSource, bytesSource } from '#src/formats/survey-columns/byte-source.js'
import type { SurveyTable } from '#src/formats/survey-columns.js'
import { isXlsx, xlsxSource } from '#src/formats/xlsx.js'
import { type DtaSpec, encodeDta } from '../formats/dta-encoder.js'
import { encodeSav, type SavSpec } from '../formats/sav-encoder.js'
import { encodeXlsx, type SheetCell, workbookParts } from '../formats/xlsx-encoder.js'
import { encodeZip } from '../formats/zip-encoder.js'
import { mutateBytes } from './mutate.js'
import type { MutationForm } from './mutation-form.js'

/** Most bytes that the batches of a damaged small file may take. */
const MOST_BATCH_BYTES = 1 << 22
/** Most bytes that a damaged small file may unfold to. */
const MOST_INFLATED_BYTES = 1 << 26
const limit = { maxBytes: MOST_INFLATED_BYTES }

const savSpec: SavSpec = {
  variables: [
    {
      name: 'Q1_long_name',
      shortName: 'Q1',
      label: 'A label',
      labels: [
        [-1, "Don't know"],
        [1, 'Yes'],
      ],
      missing: [-1],
      measure: 1,
    },
    { name: 'range', missing: [-9, -1, 99], missingCount: -3 },
    { name: 'short', width: 5, labels: [['a', 'A']], missing: ['b'] },
    { name: 'wide', width: 20, labels: [['value', 'Label']], missing: ['none'] },
    { name: 'very_long', shortName: 'VL', width: 300 },
    { name: 'weight' },
  ],
  rows: [
    [1, 2.5, 'a', 'value', 'x'.repeat(290), 1],
    [null, -9, '', '', '', 0.5],
    [-1, 99, 'ü', 'none', 'short', 2],
  ],
  weight: 'weight',
  characterCode: 65001,
  encodingRecord: 'UTF-8',
  floatInfo: [-Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE],
  extensions: [{ subtype: 16, size: 8, data: Buffer.from('01000000000000000300000000000000', 'hex') }],
  documentLines: ['A document'],
}

const dtaSpec: Omit<DtaSpec, 'format'> = {
  label: 'A label',
  variables: [
    { name: 'b', type: 'byte', label: 'A byte', labelSet: 'answers' },
    { name: 'i', type: 'int' },
    { name: 'l', type: 'long' },
    { name: 'text', type: 9 },
    { name: 'f', type: 'float' },
    { name: 'd', type: 'double', labelSet: 'answers' },
  ],
  rows: [
    [1, 2, 3, 'some', 0.5, 0.1],
    [null, '.a', null, '', null, '.z'],
    [-1, -2, -3, 'ü', -4, -5],
  ],
  labelSets: [
    {
      name: 'answers',
      labels: [
        [1, 'Yes'],
        [-1, 'No answer'],
        [2147483622, 'Refused'],
      ],
    },
  ],
  characteristics: ['a characteristic'],
}

const csv = Buffer.from('a,b,c\n1,2,3\n-1,"two, three",\n'.repeat(3))
const sheetRows: SheetCell[][] = [
  ['Q1: Family', 'Q2', 'Q3'],
  [1, 'text & more', -2.5],
  [null, 'text', true],
  [170070052, '', 'three'],
]
const sheetPart = 'xl/worksheets/sheet1.xml'

/** The formats of .dta that are told apart. */
export const dtaFormats = [113, 114, 115, 117, 118, 119] as const

/** The readers of each form by themselves, on files that use all of the form. */
export const readerForms: Record<string, () => MutationForm> = {
  sav: () =>
    tableForm(openSav, [
      encodeSav(savSpec),
      encodeSav({ ...savSpec, littleEndian: false, extensions: [] }),
      encodeSav({ ...savSpec, compression: 'none' }),
      encodeSav({ ...savSpec, declaredRows: -1, extensions: [] }),
    ]),
  zsav: () =>
    tableForm(openSav, [
      encodeSav({ ...savSpec, compression: 'zlib', blockSize: 128 }),
      encodeSav({ ...savSpec, compression: 'zlib', littleEndian: false, extensions: [], declaredRows: -1 }),
    ]),
  ...Object.fromEntries(dtaFormats.map((format) => [`dta-${format}`, () => tableForm(openDta, dtaFiles(format))])),
  gzip: () => sourceForm([gzipSync(csv)], async (damaged) => gzipSource(damaged, limit)),
  zip: () =>
    sourceForm(
      [
        encodeZip([{ name: 'survey.csv', content: csv }]),
        encodeZip([{ name: 'survey.csv', content: csv, method: 0 }]),
        encodeXlsx(sheetRows),
      ],
      (_, bytes) => openArchive(bytes),
    ),
  sheet: () => {
    const parts = workbookParts(sheetRows, {})
    // A changed sheet is packed anew, so that the parser sees the change and not only the checksum.
    const pack = (sheet: Buffer) =>
      encodeZip(
        Object.entries(parts).map(([name, text]) => ({
          name,
          content: name === sheetPart ? sheet : Buffer.from(text),
          method: 0,
        })),
      )
    const sheets = [parts, workbookParts(sheetRows, { inline: true })].map((all) => Buffer.from(all[sheetPart]))
    return sourceForm(sheets, (_, bytes) => openArchive(pack(bytes)))
  },
}

function dtaFiles(format: (typeof dtaFormats)[number]): Buffer[] {
  const long = format < 117 ? [] : [{ name: 'long', type: 'strL' as const }]
  const rows = dtaSpec.rows.map((row, index) => [
    ...row,
    ...long.map(() => ['shared', 'x'.repeat(100), 'shared'][index]),
  ])
  const spec = { ...dtaSpec, format, variables: [...dtaSpec.variables, ...long], rows, shareLongTexts: true }
  return [encodeDta(spec), encodeDta({ ...spec, littleEndian: false })]
}

function tableForm(open: (source: ByteSource) => Promise<SurveyTable>, files: Buffer[]): MutationForm {
  return {
    files,
    mutate: mutateBytes,
    read: async (bytes, random) => readTable(await open(damagedSource(bytes, random))),
  }
}

function sourceForm(files: Buffer[], open: (source: ByteSource, bytes: Buffer) => Promise<ByteSource>): MutationForm {
  return {
    files,
    mutate: mutateBytes,
    async read(bytes, random) {
      const source = await open(damagedSource(bytes, random), bytes)
      for await (const chunk of source.stream(0)) assert(chunk.length < MOST_INFLATED_BYTES)
    },
  }
}

/** The bytes, one time in four in chunks so small that they part everything. */
function damagedSource(bytes: Buffer, random: () => number): ByteSource {
  return bytesSource('damaged', bytes, random() < 0.25 ? 1 + Math.floor(random() * 64) : undefined)
}

async function openArchive(bytes: Buffer): Promise<ByteSource> {
  const archive = await ZipArchive.open('damaged', bytes)
  return isXlsx(archive) ? xlsxSource(archive, limit) : archive.source(archive.choose(undefined), limit)
}

async function readTable(table: SurveyTable): Promise<void> {
  for await (const batch of table.read({ columns: table.variables.map((_, column) => column) })) {
    let size = batch.numbers.find((column) => column !== undefined)?.buffer.byteLength ?? 0
    for (const text of batch.texts)
      size += (text?.bytes.buffer.byteLength ?? 0) + (text?.offsets.buffer.byteLength ?? 0)
    assert.ok(size < MOST_BATCH_BYTES, `a batch of ${size} bytes`)
  }
}
