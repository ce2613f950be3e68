import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { writeInterviewId } from '#src/formats/interview-id.js'
import { decodeWindows1252 } from '#src/formats/survey-columns/text-encoding.js'
import { check } from '../property.js'

const decodeUtf8 = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** Writes the id of a cell that stands between `before` and the end of a line. */
function written(cell: string | Uint8Array, decode = decodeUtf8, before = ','): string {
  const content = typeof cell === 'string' ? Buffer.from(cell) : cell
  const source = Buffer.concat([Buffer.from(before), content, Buffer.from('\n')])
  const start = Buffer.byteLength(before)
  const target = new Uint8Array(5 + content.length * 3 + 24)
  const end = writeInterviewId(target, 5, source, start, start + content.length, decode)
  assert.deepEqual(target.subarray(0, 5), new Uint8Array(5))
  return Buffer.from(target.subarray(5, end)).toString()
}

describe('writeInterviewId', () => {
  for (const [cell, id] of [
    ['170070052', '170070052'],
    ['1.70070052E8', '170070052'],
    ['170070052.0', '170070052'],
    ['+170070052', '170070052'],
    ['0012', '12'],
    ['0', '0'],
    ['-0', '0'],
    ['-7', '-7'],
    ['', ''],
    ['  ', ''],
    [' 12 ', '12'],
    ['12.5', '12.5'],
    ['999999999999999', '999999999999999'],
    ['9007199254740991', '9007199254740991'],
    ['9007199254740993', '9007199254740993'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    [' DE-12 ', 'DE-12'],
    ['Łódź', 'Łódź'],
    ['a""b', 'a""b'],
  ] as const) {
    it(`writes "${cell}" as "${id}"`, () => assert.equal(written(cell), id))
  }

  it('writes any whole number that a double holds exactly, however the release writes it', () => {
    check(fc.maxSafeInteger(), 1000, (number) => {
      const id = String(number + 0)
      for (const form of [String(number), `${number}.0`, number.toExponential(15), ` ${number}`]) {
        if (Number(form) === number) assert.equal(written(form), id)
      }
    })
  })

  it('writes any text as it is, without spaces around it', () => {
    check(fc.string({ unit: 'grapheme' }), 500, (text) => {
      const trimmed = text.trim()
      if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return
      assert.equal(written(text), Buffer.from(trimmed).toString())
    })
  })

  it('takes a doubled quote in a quoted cell for one', () => {
    assert.equal(written('a""b', decodeUtf8, ',"'), 'a"b')
  })

  it('has room for windows-1252, whose bytes take up to three in UTF-8', () => {
    assert.equal(written(new Uint8Array(200).fill(0x80), decodeWindows1252), '€'.repeat(200))
  })
})
