import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { cellDecoder, type Dialect, detectDialect, splitCells } from '#src/formats/dialect.js'
import { SurveyError } from '#src/formats/survey-error.js'
import { check } from '../property.js'
import { writeCell } from './delimited-text.js'

function detect(content: string | Uint8Array, whole = true): Dialect {
  return detectDialect(typeof content === 'string' ? Buffer.from(content) : content, 'survey.csv', whole)
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()
const nameOf = (cell: string) => oneLine(cell.split(':')[0])

const name = fc.oneof(
  fc.constantFrom(
    'Q1',
    'D_INTERVIEW',
    'Q1: Important in life: Family',
    'Q8: Tolerance, respect; and more',
    'été',
    'a "b"',
  ),
  fc.string({ unit: fc.constantFrom(...'abcXYZ019_ :,;\t"\n'), minLength: 1, maxLength: 8 }),
)

describe('detectDialect', () => {
  it('knows delimiter, columns, labels, field count and first record of any header that is written by the rules', () => {
    const input = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t'),
      lineEnd: fc.constantFrom('\n', '\r\n'),
      names: fc.uniqueArray(name, { minLength: 4, maxLength: 8, selector: nameOf }),
      byteOrderMark: fc.boolean(),
      quoted: fc.boolean(),
      trailing: fc.boolean(),
      rows: fc.array(fc.array(fc.constantFrom('1', 'a\nb', 'c"d', '', 'é', '2.0'), { minLength: 8, maxLength: 8 }), {
        minLength: 1,
        maxLength: 25,
      }),
    })
    check(input, 1500, ({ delimiter, lineEnd, names, byteOrderMark, quoted, trailing, rows }) => {
      // Unquoted delimiters of another dialect make a header ambiguous, as they would for a person.
      const header = names.map((cell) => writeCell(cell, delimiter, quoted || /[,;\t]/.test(cell))).join(delimiter)
      const lines = rows.map((cells) => {
        const line = ['7', ...cells.slice(1, names.length)]
          .map((cell) => writeCell(cell, delimiter, false))
          .join(delimiter)
        return trailing ? line + delimiter : line
      })
      const text = (byteOrderMark ? '\ufeff' : '') + [header, ...lines, ''].join(lineEnd)
      const dialect = detect(text)
      const cells: string[][] = parse(text, {
        delimiter,
        bom: true,
        relax_column_count: true,
        record_delimiter: lineEnd,
      })
      assert.equal(dialect.delimiter, delimiter)
      assert.equal(dialect.decimalComma, delimiter !== ',')
      assert.equal(dialect.byteOrderMark, byteOrderMark)
      assert.equal(dialect.encoding, 'utf-8')
      assert.deepEqual(dialect.columns, cells[0].map(nameOf))
      assert.deepEqual(
        dialect.labels,
        cells[0].map((cell) => oneLine(cell.split(':').slice(1).join(':'))),
      )
      assert.equal(dialect.fields, names.length + (trailing ? 1 : 0))
      const before = Buffer.from((byteOrderMark ? '\ufeff' : '') + header + lineEnd)
      assert.equal(dialect.dataStart, before.length)
      assert.equal(dialect.dataLine, before.toString().split('\n').length)
      assert.deepEqual(dialect.firstRecord, cells[1])
    })
  })

  it('takes what is not UTF-8 for windows-1252', () => {
    const dialect = detect(Buffer.from('Q1: Don\x92t know;caf\xe9\n1;2\n', 'latin1'))
    assert.equal(dialect.encoding, 'windows-1252')
    assert.deepEqual(dialect.columns, ['Q1', 'café'])
    assert.deepEqual(dialect.labels, ['Don’t know', ''])
    assert.equal(cellDecoder(dialect).decode(Uint8Array.of(0xff)), 'ÿ')
  })

  it('is not misled by a sample that ends inside a character', () => {
    const text = Buffer.from('Q1,Q2\n1,é\n1,é\n')
    assert.equal(detect(text.subarray(0, text.length - 2), false).encoding, 'utf-8')
    assert.equal(detect(text.subarray(0, text.length - 2), true).encoding, 'windows-1252')
  })

  it('does not count a delimiter more for a row that is short of a cell', () => {
    assert.equal(detect('a;b;c\n1;2;\n1;2;3\n').fields, 3)
    assert.equal(detect('a;b;c\n1;2;3;\n1;2;3\n').fields, 3)
    assert.equal(detect('a;b;c\n1;2;3;\n\n1;2;3;\n').fields, 4)
    assert.equal(detect('a;b;c;\n1;2;3;\n').fields, 4)
  })

  it('reads a header without rows, with or without a line end', () => {
    for (const text of ['a,b', 'a,b\n', 'a,b\r\n']) {
      const dialect = detect(text)
      assert.deepEqual(dialect.columns, ['a', 'b'])
      assert.equal(dialect.dataStart, text.length)
      assert.equal(dialect.fields, 2)
    }
  })

  it('takes a quote that is never closed in the header for part of one line', () => {
    assert.deepEqual(detect('a,"b\n1,2\n').columns, ['a', 'b'])
  })

  const refused: [string, string | Uint8Array, RegExp][] = [
    ['nothing', '', /^survey\.csv: the file is empty$/],
    ['a PNG picture', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), /PNG picture/],
    ['a PDF', '%PDF-1.7\n', /PDF document/],
    ['an Excel workbook', 'PK\x03\x04....', /Excel workbook/],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), /gzip file/],
    ['SPSS', '$FL2@(#) SPSS DATA FILE', /\.sav file/],
    ['Stata', '<stata_dta><header>', /\.dta file/],
    ['Parquet', 'PAR1....', /Parquet file/],
    ['bzip2', 'BZh91AY&SY', /this is a bzip2 file; unpack it/],
    ['xz', Buffer.from('\xfd7zXZ\0', 'latin1'), /xz file; unpack it/],
    ['Zstandard', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), /Zstandard file; unpack it/],
    ['7-Zip', Buffer.from("7z\xbc\xaf'\x1c", 'latin1'), /7-Zip archive; unpack it/],
    ['RAR', 'Rar!\x1a\x07\x01', /RAR archive; unpack it/],
    ["R's data", 'X\n\0\0\0\x03', /R's data files; .* save it as/],
    ["R's workspace", 'RDX3\nX\n', /R's data files; .* save it as/],
    ['SAS', Buffer.from('000000000000000000000000c2ea8160b31411cf', 'hex'), /SAS data set; .* save it as/],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 0x41, 0), /UTF-16/],
    ['NUL bytes', 'a,b\0c\n1,2\n', /NUL bytes/],
    ['carriage returns alone', 'a,b\r1,2\r', /bare carriage returns/],
    ['one column', 'hello\nworld\n', /no comma, semicolon or tab/],
    ['two columns of one name', 'a,b,a\n', /line 1, column a: the header names this column twice \(fields 1 and 3\)/],
  ]
  for (const [what, content, message] of refused) {
    it(`refuses ${what} in one line`, () => {
      assert.throws(
        () => detect(content),
        (error) => {
          assert.ok(error instanceof SurveyError)
          assert.match(error.message, message)
          assert.ok(!error.message.includes('\n'))
          return true
        },
      )
    })
  }

  it('refuses a first line that does not end within the sample', () => {
    assert.throws(() => detect(`a,b${','.repeat(1000)}`, false), /no line end in the first 1003 bytes/)
  })

  it('gives a dialect or one clear line for any bytes at all', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(...'ab,;\t"\n\r\0é') }).map((text) => Buffer.from(text)),
    )
    check(fc.tuple(bytes, fc.boolean()), 3000, ([content, whole]) => {
      try {
        const { columns, fields, dataStart, labels } = detect(content, whole)
        assert.ok(columns.length >= 1 && labels.length === columns.length)
        assert.ok(fields === columns.length || fields === columns.length + 1)
        assert.ok(dataStart <= content.length)
      } catch (error) {
        assert.ok(error instanceof SurveyError, String(error))
        assert.ok(!error.message.includes('\n'))
      }
    })
  })
})

describe('splitCells', () => {
  it("gives csv-parse's cells of one line", () => {
    const cells = fc.array(
      fc.record({ text: fc.string({ unit: fc.constantFrom(...'ab,;"\n ') }), quoted: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 8,
      },
    )
    check(fc.record({ cells, delimiter: fc.constantFrom(',', ';') }), 1000, ({ cells, delimiter }) => {
      const line = cells.map(({ text, quoted }) => writeCell(text, delimiter, quoted)).join(delimiter)
      if (line === '') return
      assert.deepEqual([splitCells(line, delimiter)], parse(line, { delimiter, record_delimiter: '\r\n' }))
    })
  })
})
