import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isDta, openDta } from '#src/formats/dta.js'
import { type ByteSource, bytesSource } from '#src/formats/survey-columns/byte-source.js'
import { type DtaSpec, encodeDta } from './dta-encoder.js'
import { isLine, isOneLine, readCells } from './sav-reading.js'

const FORMATS = [113, 114, 115, 117, 118, 119] as const

const mixed: Omit<DtaSpec, 'format'> = {
  label: 'A synthetic file',
  variables: [
    { name: 'b', type: 'byte', label: 'A byte', labelSet: 'answers', format: '%8.0g' },
    { name: 'i', type: 'int', labelSet: 'none' },
    { name: 'l', type: 'long' },
    { name: 'text', type: 9, format: '%9s' },
    { name: 'f', type: 'float' },
    { name: 'd', type: 'double', labelSet: 'answers' },
  ],
  rows: [
    [1, 2, 3, ' blanks ', 0.5, 0.1],
    [-127, -32767, -2147483647, '', -(2 ** 126), -1e308],
    [100, 32740, 2147483620, 'nine char', 2 ** 126, 8.9e307],
    [null, null, null, 'x', null, null],
    ['.a', '.a', '.a', 'x', '.a', '.a'],
    ['.b', '.c', '.d', 'x', '.e', '.f'],
    ['.z', '.z', '.z', 'x', '.z', '.z'],
    [0, -1, -2, 'y', -3.25, -4.5],
  ],
  labelSets: [
    {
      name: 'answers',
      labels: [
        [1, 'Very important'],
        [-2, 'No answer'],
        [2147483621, 'Missing'],
        [2147483622, 'Refused'],
        [2147483647, 'Not asked'],
      ],
    },
    { name: 'unused', labels: [] },
  ],
  characteristics: ['_dta note1 </characteristics> in it', ''],
}

function open(spec: DtaSpec, chunk = 1 << 20) {
  return openDta(bytesSource('test.dta', encodeDta(spec), chunk))
}

test('reads the same cells from every format, byte order and size of chunk', async () => {
  for (const format of FORMATS) {
    for (const littleEndian of [true, false]) {
      const bytes = encodeDta({ ...mixed, format, littleEndian })
      assert.ok(isDta(bytes))
      for (const chunk of [1, 13, 1000, 1 << 20]) {
        const table = await openDta(bytesSource('test.dta', bytes, chunk))
        assert.equal(table.form, 'dta')
        assert.equal(table.version, String(format))
        assert.equal(table.rows, 8)
        assert.equal(table.label, 'A synthetic file')
        assert.deepEqual((await readCells(table)).rows, mixed.rows)
      }
    }
  }
})

test('gives the dictionary', async () => {
  for (const format of FORMATS) {
    const { variables } = await open({ ...mixed, format })
    const answers = new Map<number | string, string>([
      [1, 'Very important'],
      [-2, 'No answer'],
      ['.', 'Missing'],
      ['.a', 'Refused'],
      ['.z', 'Not asked'],
    ])
    assert.deepEqual(variables[0], {
      name: 'b',
      label: 'A byte',
      type: 'number',
      storage: 'integer',
      width: 0,
      valueLabels: answers,
      missing: { values: [] },
      format: '%8.0g',
    })
    assert.deepEqual(variables[1].valueLabels, new Map())
    assert.deepEqual(variables[5].valueLabels, answers)
    assert.deepEqual(
      variables.map(({ name, storage, width }) => [name, storage, width]),
      [
        ['b', 'integer', 0],
        ['i', 'integer', 0],
        ['l', 'integer', 0],
        ['text', 'text', 9],
        ['f', 'single', 0],
        ['d', 'double', 0],
      ],
    )
  }
})

test('where a set labels a value twice, the first label is its own', async () => {
  const table = await open({
    format: 118,
    variables: [{ name: 'v', type: 'byte', labelSet: 'set' }],
    rows: [],
    labelSets: [
      {
        name: 'set',
        labels: [
          [0, 'Low'],
          [0, 'Medium'],
          [1, 'High'],
        ],
      },
    ],
  })
  assert.deepEqual(
    [...table.variables[0].valueLabels],
    [
      [0, 'Low'],
      [1, 'High'],
    ],
  )
})

test('knows a Stata file by its first bytes', () => {
  assert.ok(isDta(Buffer.from('<stata_dta><header><release>121</release>')))
  assert.ok(isDta(Buffer.of(105, 1, 1, 0, 0)))
  assert.ok(!isDta(Buffer.from('q,w\n')))
  assert.ok(!isDta(Buffer.from('<stata/>')))
  assert.ok(!isDta(Buffer.alloc(0)))
})

test('numbers that Stata does not have count as missing', async () => {
  const variables = [
    { name: 'f', type: 'float' as const },
    { name: 'd', type: 'double' as const },
  ]
  const rows = [Infinity, -Infinity, NaN].map((number) => [number, number])
  const table = await open({ format: 118, variables, rows })
  assert.deepEqual((await readCells(table)).rows, [
    [null, null],
    [null, null],
    [null, null],
  ])
})

test('reads long texts: shared, empty, out of order, and longer than any other text', async () => {
  const long = 'x'.repeat(3000)
  const rows = Array.from({ length: 500 }, (_, row) => [
    ['', 'shared', `only in row ${row}`, long][row % 4],
    row,
    ['shared', '', `${long}${row}`][row % 3],
  ])
  const variables = [
    { name: 'first', type: 'strL' as const },
    { name: 'row', type: 'int' as const },
    { name: 'second', type: 'strL' as const },
  ]
  for (const format of [117, 118, 119] as const) {
    for (const littleEndian of [true, false]) {
      for (const [shareLongTexts, reverseLongTexts] of [
        [false, false],
        [true, false],
        [true, true],
      ]) {
        const spec = { format, littleEndian, variables, rows, shareLongTexts, reverseLongTexts }
        const table = await open(spec, 5000)
        assert.equal(table.variables[0].width, Infinity)
        assert.deepEqual((await readCells(table, { rowsPerBatch: 7 })).rows, rows)
        const some = await readCells(table, { columns: [2], reuseBuffers: true })
        assert.deepEqual(
          some.rows,
          rows.map((row) => [row[2]]),
        )
        assert.deepEqual(
          (await readCells(table, { columns: [1] })).rows,
          rows.map((row) => [row[1]]),
        )
      }
    }
  }
})

test('a batch ends when its long texts grow large', async () => {
  const variables = [{ name: 'text', type: 'strL' as const }]
  const rows = Array.from({ length: 20 }, (_, row) => [String(row).repeat(1 << 20)])
  const { rows: read, batches } = await readCells(await open({ format: 118, variables, rows }))
  assert.deepEqual(read, rows)
  assert.ok(Math.max(...batches) < 10, `${batches}`)
})

test('long texts that the file does not have are refused', async () => {
  const spec: DtaSpec = { format: 118, variables: [{ name: 'text', type: 'strL' }], rows: [['some text']] }
  const bytes = encodeDta(spec)
  const at = bytes.indexOf('<data>') + 6
  bytes[at + 2] = 9
  const table = await openDta(bytesSource('test.dta', bytes))
  await assert.rejects(readCells(table), (error) => isLine(error, 'test.dta', /variable 1, row 9/))
})

test('takes the text of old formats for UTF-8 if it reads as such, else for Windows-1252', async () => {
  const latin = (text: string) => Buffer.from(text.replaceAll('–', '\x96'), 'latin1')
  for (const format of FORMATS) {
    for (const encode of [(text: string) => Buffer.from(text), latin]) {
      if (format >= 118 && encode === latin) continue
      const table = await open({
        format,
        encode,
        variables: [{ name: 'größe', type: 12, label: 'Größe – Ärger', labelSet: 'ß' }],
        rows: [['größer – x']],
        labelSets: [{ name: 'ß', labels: [[1, 'Öl']] }],
      })
      assert.equal(table.encoding, encode === latin ? 'windows-1252' : 'utf-8')
      assert.equal(table.variables[0].name, 'größe')
      assert.equal(table.variables[0].label, 'Größe – Ärger')
      assert.deepEqual(table.variables[0].valueLabels, new Map([[1, 'Öl']]))
      // In UTF-8 the text takes 14 bytes, of which the file holds 12: the dash fits, the rest does not.
      assert.deepEqual((await readCells(table)).rows, [[encode === latin ? 'größer – x' : 'größer –']])
    }
  }
})

test('lets the caller name the encoding', async () => {
  const variables = [{ name: 'text', type: 4 }]
  const bytes = encodeDta({ format: 114, variables, rows: [['\xdf']], encode: (text) => Buffer.from(text, 'latin1') })
  const table = await openDta(bytesSource('test.dta', bytes), { encoding: 'windows-1251' })
  assert.deepEqual((await readCells(table)).rows, [['Я']])
  await assert.rejects(openDta(bytesSource('t', bytes), { encoding: 'klingon' }), (error) => isOneLine(error, 't'))
})

test('reads more variables than 16 bits count', async () => {
  const count = 70_000
  const variables = Array.from({ length: count }, (_, index) => ({ name: `v${index}`, type: 'byte' as const }))
  const rows = [0, 1].map((row) => variables.map((_, index) => (index + row) % 100))
  const table = await open({ format: 119, variables, rows })
  assert.equal(table.variables.length, count)
  assert.equal(table.variables[count - 1].name, `v${count - 1}`)
  assert.deepEqual((await readCells(table, { columns: [count - 1, 0, 65536] })).rows, [
    [99, 0, 36],
    [0, 1, 37],
  ])
})

test('reads the columns wanted, in batches as large as wanted, from disk too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dta-'))
  try {
    const path = join(folder, 'survey.dta')
    writeFileSync(path, encodeDta({ ...mixed, format: 118 }))
    const table = await openDta(path)
    for (const reuseBuffers of [false, true]) {
      const { rows, batches } = await readCells(table, { columns: [4, 3], rowsPerBatch: 3, reuseBuffers })
      assert.deepEqual(
        rows,
        mixed.rows.map((row) => [row[4], row[3]]),
      )
      assert.deepEqual(batches, [3, 3, 2])
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('reads a source of unknown size, as a gzip member is', async () => {
  for (const format of FORMATS) {
    const known = bytesSource('test.dta', encodeDta({ ...mixed, format }), 100)
    const source: ByteSource = { ...known, size: Number.POSITIVE_INFINITY, sequential: true }
    assert.deepEqual((await readCells(await openDta(source))).rows, mixed.rows)
  }
})

test('takes tables without rows or variables', async () => {
  for (const format of FORMATS) {
    const empty = await open({ ...mixed, format, rows: [] })
    assert.equal(empty.rows, 0)
    assert.deepEqual((await readCells(empty)).batches, [])
    assert.equal((await open({ format, variables: [], rows: [[], []] })).rows, 0)
  }
})

test('a file cut short anywhere is refused in one line', async () => {
  for (const format of FORMATS) {
    const bytes = encodeDta({ ...mixed, format })
    // Before format 117 the file has no end of its own: without value labels, it is whole.
    const dataEnd = format >= 117 ? bytes.length : bytes.indexOf('answers', bytes.indexOf('nine char')) - 4
    const tableEnd = bytes.indexOf('unused') - 4
    for (let length = 0; length < bytes.length; length += format === 115 || format === 119 ? 1 : 23) {
      if (format < 117 && (length === dataEnd || length === tableEnd)) continue
      const reading = async () => readCells(await openDta(bytesSource('cut.dta', bytes.subarray(0, length))))
      await assert.rejects(reading(), (error) => isOneLine(error, 'cut.dta'), `${format}, ${length} of ${bytes.length}`)
    }
  }
})

test('says what is wrong and where', async () => {
  const bytes = encodeDta({ ...mixed, format: 118 })
  const old = encodeDta({ ...mixed, format: 114 })
  const changed = (file: Buffer, at: number, ...values: (number | string)[]) => {
    const copy = Buffer.from(file)
    Buffer.concat(values.map((value) => Buffer.from(typeof value === 'string' ? value : [value]))).copy(copy, at)
    return copy
  }
  const at = (text: string) => bytes.indexOf(text) + text.length
  const cases: [Buffer, RegExp][] = [
    [
      Buffer.from('PK\x03\x04'.padEnd(300)),
      /expected a Stata file's format \(one of 113, 114, 115, 117, 118, 119\), found 80/,
    ],
    [changed(old, 0, 110), /is a Stata file of format 110/],
    [changed(bytes, at('<release>'), '121'), /is a Stata file of format 121/],
    [changed(bytes, at('<release>'), '11x'), /found 0/],
    [changed(bytes, at('<byteorder>'), 'XSF'), /t: byte 52: expected LSF or MSF, found "XSF"/],
    [changed(old, 1, 3), /t: byte 1: expected the byte order/],
    [changed(bytes, at('<N>'), 0xff), /declares 255 rows of 28 bytes, but has .* bytes left here, which end in row/],
    [changed(bytes, at('<N>'), 0, 0, 0, 0, 0, 0, 0, 0xff), /declares Infinity rows/],
    [changed(bytes, at('<K>'), 0xff, 0xff), /should take 131070 bytes here, but the file has/],
    [changed(bytes, at('<variable_types>'), 0, 0), /variable 1 has the unknown type 0/],
    [changed(bytes, bytes.indexOf('</data>'), '</DATA>'), /expected <\/data><strls>, found/],
    [changed(bytes, at('<lbl>') + 4 + 129 + 3, 99), /value labels: 99 labels in \d+ bytes do not make/],
    [changed(bytes, at('<lbl>') + 4 + 129 + 3 + 8, 255, 255), /the text of 1 begins at 65535 of \d+ bytes/],
  ]
  for (const [file, expected] of cases) {
    const reading = async () => readCells(await openDta(bytesSource('t', file)))
    await assert.rejects(reading(), (error) => isLine(error, 't', expected))
  }
})
