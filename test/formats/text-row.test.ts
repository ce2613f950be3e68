import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { textRowSyntax } from '#src/formats/text-row.js'
import { check } from '../property.js'

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    '"',
    '""',
    ',',
    '\t',
    '\n',
    '\r\n',
    '\r',
    'a"b',
    '"a"',
    ' a ',
    '😀',
    '\u2028',
    '\\',
    '\0',
    "'",
    '=1+1',
  ),
)
const cell = fc.oneof(fc.option(text), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
const row = fc.array(cell, { minLength: 2, maxLength: 6 })

function line(format: 'jsonl' | 'tsv' | 'csv', cells: (string | number | null)[]): string {
  const { start, separator, end, text, number } = textRowSyntax(format)
  const written = cells.map((cell, at) => (typeof cell === 'number' ? number(`c"${at}`, cell) : text(`c"${at}`, cell)))
  return start + written.join(separator) + end
}

describe('textRowSyntax', () => {
  it('writes JSON lines that parse again', () => {
    check(row, 1000, (cells) => {
      const written = line('jsonl', cells)
      assert.equal(written.indexOf('\n'), written.length - 1)
      const expected = cells.map((cell, at): [string, unknown] => [`c"${at}`, cell === null ? null : plain(cell)])
      assert.deepEqual(JSON.parse(written), Object.fromEntries(expected))
    })
  })

  for (const [format, delimiter] of [
    ['csv', ','],
    ['tsv', '\t'],
  ] as const) {
    it(`writes ${format} that csv-parse reads, cell by cell`, () => {
      check(fc.array(row, { minLength: 1, maxLength: 5 }), 1000, (rows) => {
        const written = rows.map((cells) => line(format, cells)).join('')
        const read: unknown = parse(written, { delimiter, relax_column_count: true, record_delimiter: '\n' })
        const expected = rows.map((cells) => cells.map((cell) => (cell === null ? '' : String(plain(cell)))))
        assert.deepEqual(read, expected)
      })
    })
  }

  it('heads separated text with the names of its columns, JSON lines with nothing', () => {
    assert.equal(textRowSyntax('csv').header(['a', 'b,c', '"']), 'a,"b,c",""""\n')
    assert.equal(textRowSyntax('tsv').header(['a', 'b,c', 'd\te']), 'a\tb,c\t"d\te"\n')
    assert.equal(textRowSyntax('jsonl').header(['a']), '')
  })

  it('writes no value as null or as an empty cell', () => {
    assert.equal(textRowSyntax('jsonl').number('a', null), '"a":null')
    assert.equal(textRowSyntax('jsonl').text('a', null), '"a":null')
    assert.equal(textRowSyntax('csv').number('a', null), '')
    assert.equal(textRowSyntax('tsv').text('a', null), '')
  })
})

/** Zero has no sign in text. */
function plain(cell: string | number): string | number {
  return cell === 0 ? 0 : cell
}
