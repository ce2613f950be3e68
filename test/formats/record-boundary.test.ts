import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RecordBoundary } from '#src/formats/record-boundary.js'
import { check } from '../property.js'
import { anyBytes, readPlainly } from './delimited-text.js'

/** Ends of all records that end in a line feed, read in chunks of these lengths (the last repeats). */
function boundariesInChunks(text: string, delimiter: string, chunks: number[]): { ends: number[]; lines: number } {
  const boundary = new RecordBoundary(delimiter.charCodeAt(0))
  const bytes = Buffer.from(text, 'latin1')
  const ends: number[] = []
  let start = 0
  let read = 0
  for (let turn = 0; read < bytes.length; turn++) {
    read = Math.min(bytes.length, read + (chunks[turn] ?? chunks[chunks.length - 1]))
    // The bytes beyond `end` belong to an earlier chunk in a reader's buffer and must not count.
    const held = Buffer.concat([bytes.subarray(start, read), Buffer.from('"\n"')])
    boundary.open(held, read - start)
    let position = 0
    for (;;) {
      const next = boundary.find(position)
      if (next === -1) break
      ends.push(start + next)
      position = next
    }
    start += position
  }
  return { ends, lines: boundary.lines }
}

/** Ends of the same, empty lines included, by a plain loop. */
function plainEnds(text: string, delimiter: string): number[] {
  const ends: number[] = []
  for (let at = 0; at < text.length; ) {
    const [record] = readPlainly(text.slice(at), delimiter)
    const blank = /^\r?\n/.exec(text.slice(at))
    const end: number = blank === null ? at + (record?.end ?? text.length) : at + blank[0].length
    if (text[end - 1] !== '\n' || (blank === null && record?.unclosed)) break
    ends.push(end)
    at = end
  }
  return ends
}

describe('RecordBoundary', () => {
  it('finds the records of a plain loop in any bytes, however they are cut into chunks', () => {
    const input = fc.record({
      text: anyBytes,
      delimiter: fc.constantFrom(',', ';'),
      chunks: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
    })
    check(input, 4000, ({ text, delimiter, chunks }) => {
      const ends = plainEnds(text, delimiter)
      const found = boundariesInChunks(text, delimiter, chunks)
      assert.deepEqual(found.ends, ends)
      assert.equal(found.lines, text.slice(0, ends.at(-1) ?? 0).split('\n').length - 1)
    })
  })

  it('finds the same where most cells are quoted, with line breaks and doubled quotes in them', () => {
    const cell = fc.constantFrom('"a"', '"a\nb"', '""', '"x""y"', '7', '"\r\n"', '","', 'a"b', '""""')
    const record = fc.array(cell, { minLength: 1, maxLength: 60 }).map((cells) => cells.join(','))
    const input = fc.record({
      records: fc.array(record, { minLength: 1, maxLength: 6 }),
      lineEnd: fc.constantFrom('\n', '\r\n'),
      chunk: fc.integer({ min: 1, max: 200 }),
    })
    check(input, 1000, ({ records, lineEnd, chunk }) => {
      const text = records.join(lineEnd) + lineEnd
      const { ends, lines } = boundariesInChunks(text, ',', [chunk])
      let at = 0
      const expected = records.map((written) => {
        at += written.length + lineEnd.length
        return at
      })
      assert.deepEqual(ends, expected)
      assert.equal(lines, text.split('\n').length - 1)
    })
  })

  it('says where a quote was opened that nothing closes', () => {
    const boundary = new RecordBoundary(0x2c)
    const bytes = Buffer.from('1,"a"\n2,"b\n3,c\n')
    boundary.open(bytes, bytes.length)
    assert.equal(boundary.find(0), 6)
    assert.equal(boundary.find(6), -1)
    assert.equal(boundary.openQuote, 8)
  })
})
