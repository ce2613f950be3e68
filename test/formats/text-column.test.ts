import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { textAt, textsAsColumn } from '#src/formats/text-column.js'
import { check } from '../property.js'

describe('textsAsColumn', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    // Halves of a character, which meet the other half in the next text.
    fc.constantFrom('', 'a', '\ud83d', '\ude00', 'a\ud83d', '\ude00b', '😀'),
  )

  it('gives each text back, with U+FFFD for half a character', () => {
    check(fc.array(text, { maxLength: 12 }), 3000, (texts) => {
      const column = textsAsColumn(texts)
      const found = texts.map((_, row) => textAt(column, row))
      assert.deepEqual(
        found,
        texts.map((own) => own.toWellFormed()),
      )
      assert.equal(column.bytes.length, column.offsets[texts.length])
    })
  })

  it('makes the column of a list once', () => {
    const texts = ['Japan', 'Brazil']
    assert.equal(textsAsColumn(texts), textsAsColumn(texts))
  })
})
