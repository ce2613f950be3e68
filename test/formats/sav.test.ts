import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isSav, openSav } from '#src/formats/sav.js'
import { type ByteSource, bytesSource } from '#src/formats/survey-columns/byte-source.js'
import { ByteList } from './sav-byte-list.js'
import { encodeSav, type SavSpec } from './sav-encoder.js'
import { isLine, isOneLine, readCells } from './sav-reading.js'

const numbers = [1, -5, 0, 151, 152, -99, -100, 0.5, 1e300, -0.1, null]
const mixed: SavSpec = {
  variables: [
    { name: 'Q1', label: 'Important in life: Family' },
    { name: 'Country', width: 3 },
    { name: 'a_name_longer_than_eight', shortName: 'A_NAME_L', width: 20 },
    { name: 'weight' },
  ],
  rows: numbers.map((number, row) => [number, ['DE', '', 'NZL'][row % 3], `Bezirk ${'x'.repeat(row)}.`, row / 8]),
  label: 'A synthetic file',
}

async function open(spec: SavSpec, chunk = 1 << 20) {
  return openSav(bytesSource('test.sav', encodeSav(spec), chunk))
}

test('reads the same cells from every compression, byte order and size of chunk', async () => {
  for (const compression of ['none', 'bytecode', 'zlib'] as const) {
    for (const littleEndian of [true, false]) {
      const bytes = encodeSav({ ...mixed, compression, littleEndian, blockSize: 100 })
      for (const chunk of [1, 7, 8, 71, 100, 1 << 20]) {
        const table = await openSav(bytesSource('test.sav', bytes, chunk))
        assert.equal(table.form, compression === 'zlib' ? 'zsav' : 'sav')
        assert.equal(table.version, compression === 'zlib' ? '$FL3' : '$FL2')
        assert.equal(table.rows, numbers.length)
        assert.equal(table.label, 'A synthetic file')
        assert.deepEqual((await readCells(table)).rows, mixed.rows)
      }
    }
  }
})

test('reads a file from disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sav-'))
  try {
    const path = join(folder, 'survey.sav')
    writeFileSync(path, encodeSav(mixed))
    assert.deepEqual((await readCells(await openSav(path))).rows, mixed.rows)
    await assert.rejects(openSav(join(folder, 'none.sav')), (error) => isOneLine(error, join(folder, 'none.sav')))
    await assert.rejects(openSav(folder), (error) => isOneLine(error, folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('knows an SPSS file by its first bytes', () => {
  assert.ok(isSav(encodeSav(mixed)))
  assert.ok(isSav(encodeSav({ ...mixed, compression: 'zlib' })))
  assert.ok(!isSav(Buffer.from('"Q1";"Q2"\n1;2\n')))
  assert.ok(!isSav(Buffer.alloc(0)))
})

test('takes any bias, an unknown number of rows, and data without the end command', async () => {
  for (const bias of [100, 0, 50, 127.5]) {
    for (const declaredRows of [-1, mixed.rows.length]) {
      for (const endCommand of [true, false]) {
        for (const compression of ['none', 'bytecode', 'zlib'] as const) {
          const table = await open({ ...mixed, bias, declaredRows, endCommand, compression })
          assert.equal(table.rows, declaredRows < 0 ? undefined : declaredRows)
          assert.deepEqual((await readCells(table)).rows, mixed.rows)
        }
      }
    }
  }
})

test('reads a source of unknown size, as a gzip member is', async () => {
  for (const compression of ['none', 'bytecode', 'zlib'] as const) {
    for (const declaredRows of [-1, mixed.rows.length]) {
      const known = bytesSource('test.sav', encodeSav({ ...mixed, compression, declaredRows }), 100)
      const source: ByteSource = { ...known, size: Number.POSITIVE_INFINITY, sequential: true }
      assert.deepEqual((await readCells(await openSav(source))).rows, mixed.rows)
    }
  }
})

test('puts very long strings together from their segments', async () => {
  const widths = [255, 256, 257, 300, 504, 505, 765, 1000, 2000, 32767]
  const text = (length: number) => Array.from({ length }, (_, index) => 'abcdefghij klmnopqrs'[index % 20]).join('')
  const variables = [
    { name: 'before' },
    ...widths.map((width) => ({ name: `text_of_${width}_bytes`, shortName: `T${width}`, width, measure: 1 })),
    { name: 'after', measure: 3 },
  ]
  const rows = [0, 1, 2].map((row) => [row, ...widths.map((width) => [`${text(width - 1)}z`, text(254), ''][row]), 7])
  for (const compression of ['none', 'bytecode', 'zlib'] as const) {
    const table = await open({ variables, rows, compression }, 1000)
    assert.deepEqual(
      table.variables.map(({ name, width }) => [name, width]),
      variables.map((variable) => [variable.name, 'width' in variable ? variable.width : 0]),
    )
    assert.equal(table.variables.at(-1)?.measure, 'scale')
    assert.deepEqual((await readCells(table)).rows, rows)
    // Only some columns, so that the segments of the others are stepped over.
    const some = await readCells(table, { columns: [11, 8, 2] })
    assert.deepEqual(
      some.rows,
      rows.map((row) => [row[11], row[8], row[2]]),
    )
  }
})

test('gives the dictionary: names, labels, value labels, missing values, formats, measures, weight', async () => {
  const table = await open({
    variables: [
      {
        name: 'Q1_long_variable_name',
        shortName: 'Q1_A',
        label: 'Label of Q1',
        labels: [
          [-1, "Don't know"],
          [1, 'Very important'],
          [2.5, ''],
        ],
        missing: [-1, -2, -3],
        measure: 2,
      },
      { name: 'low', missing: [-Number.MAX_VALUE, -1], missingCount: -2, format: [20, 11, 0] },
      { name: 'high', missing: [97, Number.MAX_VALUE, -5], missingCount: -3, format: [5, 4, 0] },
      { name: 'range', missing: [-10, -1], missingCount: -2 },
      { name: 'short', width: 4, labels: [['DE', 'Germany']], missing: ['XX', ''] },
      { name: 'wide', width: 30, labels: [['north of the river', 'North']], missing: ['unknown'], measure: 1 },
      { name: 'wgt' },
    ],
    rows: [[1, 2, 3, 4, 'DE', 'north of the river', 1.5]],
    weight: 'wgt',
    documentLines: ['A document of', 'two lines'],
    extensions: [
      { subtype: 24, size: 1, data: Buffer.from('<xml/>') },
      { subtype: 4711, size: 8, data: Buffer.alloc(64, 0xff) },
    ],
  })
  const [q1, low, high, range, short, wide] = table.variables
  assert.deepEqual(q1, {
    name: 'Q1_long_variable_name',
    label: 'Label of Q1',
    type: 'number',
    storage: 'double',
    width: 0,
    valueLabels: new Map([
      [-1, "Don't know"],
      [1, 'Very important'],
      [2.5, ''],
    ]),
    missing: { values: [-1, -2, -3] },
    format: 'F8.2',
    measure: 'ordinal',
  })
  assert.deepEqual(low.missing, { values: [], range: [-Infinity, -1] })
  assert.equal(low.format, 'DATE11')
  assert.equal(low.measure, undefined)
  assert.deepEqual(high.missing, { values: [-5], range: [97, Infinity] })
  assert.equal(high.format, 'F4')
  assert.deepEqual(range.missing, { values: [], range: [-10, -1] })
  assert.deepEqual(short.valueLabels, new Map([['DE', 'Germany']]))
  assert.deepEqual(short.missing, { values: ['XX', ''] })
  assert.deepEqual(wide.valueLabels, new Map([['north of the river', 'North']]))
  assert.deepEqual(wide.missing, { values: ['unknown'] })
  assert.equal(wide.measure, 'nominal')
  assert.equal(wide.format, 'A30')
  assert.equal(table.weight, 6)
  assert.deepEqual((await readCells(table)).rows, [[1, 2, 3, 4, 'DE', 'north of the river', 1.5]])
})

test('takes the numbers for LOWEST, HIGHEST and system-missing from the file', async () => {
  const lowest = new ByteList(false).bytes(Uint8Array.of(0xff, 0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe)).toBuffer()
  const table = await open({
    variables: [{ name: 'a', missing: [lowest.readDoubleBE(0), 1.5e308], missingCount: -2 }],
    rows: [[1], [null]],
    floatInfo: [-1.6e308, 1.5e308, -1.7e308],
    compression: 'none',
  })
  assert.deepEqual(table.variables[0].missing.range, [-Infinity, Infinity])
  assert.deepEqual((await readCells(table)).rows, [[1], [null]])
})

test('keeps variables apart whose short names are the same', async () => {
  const table = await open({
    variables: [
      { name: 'A', shortName: 'A' },
      { name: 'a', shortName: 'A' },
    ],
    rows: [[1, 2]],
  })
  assert.equal(new Set(table.variables.map(({ name }) => name.toUpperCase())).size, 2)
  const many = Array.from({ length: 5000 }, () => ({ name: 'Same', shortName: 'SAME' }))
  const { variables } = await open({ variables: many, rows: [many.map((_, index) => index)] })
  assert.equal(new Set(variables.map(({ name }) => name.toUpperCase())).size, 5000)
})

test('decodes the encodings that files name, by name or by code page', async () => {
  const text = 'Zürich – naïve'
  const latin = (string: string) => Buffer.from(string.replaceAll('–', '\x96'), 'latin1')
  const gbk = (string: string) => (string === '北京' ? Buffer.from([0xb1, 0xb1, 0xbe, 0xa9]) : Buffer.from(string))
  const cases: [Partial<SavSpec>, string, string][] = [
    [{ encodingRecord: 'UTF-8' }, text, 'utf-8'],
    [{ encodingRecord: 'windows-1252', encode: latin }, text, 'windows-1252'],
    [{ encodingRecord: 'CP1252', characterCode: 65001, encode: latin }, text, 'windows-1252'],
    [{ characterCode: 1252, encode: latin }, text, 'windows-1252'],
    [{ characterCode: 28591, encode: latin }, text, 'windows-1252'],
    [{ characterCode: 65001 }, text, 'utf-8'],
    [{ characterCode: 2 }, text, 'utf-8'],
    [{ characterCode: 2, encode: latin }, text, 'windows-1252'],
    [{ encode: latin }, text, 'windows-1252'],
    [{ characterCode: 936, encode: gbk }, '北京', 'gbk'],
    [
      { encodingRecord: 'windows-1251', encode: (string) => Buffer.from(string.replace('Я', '\xdf'), 'latin1') },
      'Я',
      'windows-1251',
    ],
  ]
  for (const [options, expected, encoding] of cases) {
    const variables = [
      { name: 'text', width: 24, label: expected, labels: [[expected, expected]] as [string, string][] },
      { name: 'short', width: 8, labels: [['a', expected]] as [string, string][] },
    ]
    const table = await open({ variables, rows: [[expected, 'a']], ...options })
    assert.equal(table.encoding, encoding)
    assert.equal(table.variables[0].label, expected)
    assert.deepEqual(table.variables[0].valueLabels, new Map([[expected, expected]]))
    assert.deepEqual(table.variables[1].valueLabels, new Map([['a', expected]]))
    assert.deepEqual((await readCells(table)).rows, [[expected, 'a']])
  }
})

test('lets the caller name the encoding, and says which name it does not know', async () => {
  const variables = [{ name: 'text', width: 8 }]
  const bytes = encodeSav({
    variables,
    rows: [['ß']],
    encodingRecord: 'EBCDIC-7',
    encode: (text) => Buffer.from(text, 'latin1'),
  })
  await assert.rejects(openSav(bytesSource('test.sav', bytes)), (error) => isLine(error, 'test.sav', /"EBCDIC-7"/))
  const table = await openSav(bytesSource('test.sav', bytes), { encoding: 'latin1' })
  assert.deepEqual((await readCells(table)).rows, [['ß']])
})

test('a long name of an encoding takes one pass', { timeout: 20_000 }, async () => {
  const encodingRecord = `${' '.repeat(400_000)}x`
  const bytes = encodeSav({ variables: [{ name: 'a' }], rows: [[1]], encodingRecord })
  await assert.rejects(openSav(bytesSource('test.sav', bytes)), (error) => isOneLine(error, 'test.sav'))
})

test('text that is not valid UTF-8 becomes U+FFFD; a character cut by the width is left out', async () => {
  const cells = ['a\xffb', 'a\xe2\x82', '\xc3\xbc', '\xed\xa0\x80']
  const table = await open({
    variables: [{ name: 'text', width: 8 }],
    rows: cells.map((cell) => [cell]),
    encode: (text) => Buffer.from(text, 'latin1'),
    encodingRecord: 'UTF-8',
  })
  assert.deepEqual((await readCells(table)).rows, [['a\ufffdb'], ['a'], ['ü'], ['\ufffd\ufffd\ufffd']])
})

test('zero bytes that fill up a text go the way of blanks', async () => {
  const table = await open({ variables: [{ name: 'text', width: 12 }], rows: [['\0'.repeat(12)], ['ab\0\0'], ['']] })
  assert.deepEqual((await readCells(table)).rows, [[''], ['ab'], ['']])
})

test('reads the columns wanted, in the order wanted, in batches as large as wanted', async () => {
  for (const compression of ['none', 'bytecode', 'zlib'] as const) {
    const table = await open({ ...mixed, compression }, 50)
    const expected = mixed.rows.map((row) => [row[3], row[1], row[0]])
    for (const reuseBuffers of [false, true]) {
      const { rows, batches } = await readCells(table, { columns: [3, 1, 0], rowsPerBatch: 4, reuseBuffers })
      assert.deepEqual(rows, expected)
      assert.deepEqual(batches, [4, 4, 3])
    }
    assert.deepEqual((await readCells(table, { columns: [] })).batches, [11])
  }
  const table = await open(mixed)
  await assert.rejects(readCells(table, { columns: [4] }), /no column 4 in a table of 4/)
  await assert.rejects(readCells(table, { columns: [1, 1] }), /twice/)
})

test('batches keep their cells unless buffers are reused', async () => {
  const table = await open({ ...mixed, rows: mixed.rows.map((row, index) => [index, ...row.slice(1)]) })
  const first: (number | undefined)[] = []
  for (const reuseBuffers of [false, true]) {
    const batches = []
    for await (const batch of table.read({ columns: [0], rowsPerBatch: 4, reuseBuffers })) batches.push(batch)
    first.push(batches[0].numbers[0]?.[0])
  }
  assert.equal(first[0], 0)
  assert.notEqual(first[1], 0)
})

test('stops when aborted, and lets go of the source when the reader is left', async () => {
  let open = 0
  const known = bytesSource('test.sav', encodeSav(mixed), 50)
  const source: ByteSource = {
    ...known,
    async *stream(start, signal) {
      open++
      try {
        yield* known.stream(start, signal)
      } finally {
        open--
      }
    },
  }
  const table = await openSav(source)
  assert.equal(open, 0)
  for await (const _ of table.read({ columns: [0], rowsPerBatch: 1 })) break
  assert.equal(open, 0)
  const reason = new Error('enough')
  await assert.rejects(readCells(table, { signal: AbortSignal.abort(reason) }), reason)
  assert.equal(open, 0)
})

test('a table without variables has no rows', async () => {
  const table = await open({ variables: [], rows: [], declaredRows: 5 })
  assert.equal(table.rows, 0)
  assert.deepEqual(await readCells(table), { rows: [], batches: [] })
})

test('a file cut short anywhere is refused in one line', async () => {
  for (const compression of ['none', 'bytecode', 'zlib'] as const) {
    const bytes = encodeSav({ ...mixed, compression, blockSize: 200 })
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytesSource('cut.sav', bytes.subarray(0, length))
      const reading = async () => readCells(await openSav(cut))
      if (compression === 'bytecode' && length >= bytes.length - 8) continue // the end command, which may be absent
      await assert.rejects(
        reading(),
        (error) => isOneLine(error, 'cut.sav'),
        `${compression}, ${length} of ${bytes.length}`,
      )
    }
  }
})

test('rows beyond the number declared are refused, not dropped', async () => {
  for (const compression of ['none', 'bytecode', 'zlib'] as const) {
    const table = await open({ ...mixed, compression, declaredRows: 5 })
    await assert.rejects(readCells(table), (error) => isLine(error, 'test.sav', /after the 5 rows/))
  }
})

test('says what is wrong and where', async () => {
  const bytes = encodeSav(mixed)
  const changed = (at: number, ...values: number[]) => {
    const copy = Buffer.from(bytes)
    Buffer.from(values).copy(copy, at)
    return copy
  }
  const dataStart = bytes.indexOf(new ByteList(true).int32(999, 0).toBuffer()) + 8
  const cases: [Buffer, RegExp][] = [
    [Buffer.from('PK\x03\x04'.padEnd(300)), /t: byte 0: expected \$FL2 or \$FL3/],
    [Buffer.from('\x1c\0\0\0\0\0\0\0ENCRYPTEDSAV'.padEnd(300)), /under a password/],
    [changed(0, 0x5b, 0xc6, 0xd3, 0xf2), /EBCDIC/],
    [changed(64, 9), /t: byte 64: expected the layout code/],
    [changed(72, 7), /t: byte 72: expected the compression 0 \(none\) or 1 \(bytecode\) of a \$FL2 file, found 7/],
    [changed(80, 255, 255, 0, 0), /t: byte 80: the file declares 65535 rows, but has room for/],
    [changed(176, 5), /t: byte 176: expected a dictionary record/],
    [changed(180, 0, 0, 0, 0x7f), /t: byte 180: expected a variable's width/],
    [
      changed(208, 255, 255, 255, 0x7f),
      /t: byte 212: a variable label should take 2147483648 bytes here, but the file has/,
    ],
    [changed(dataStart, 254), /row 1, variable "Q1": the data has blanks for a number/],
    [changed(dataStart + 1, 17), /row 1, variable "Country": the data has a number for a text/],
  ]
  for (const [file, expected] of cases) {
    const reading = async () => readCells(await openSav(bytesSource('t', file)))
    await assert.rejects(reading(), (error) => isLine(error, 't', expected))
  }
})
