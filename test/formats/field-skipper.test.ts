import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { FieldSkipper } from '#src/formats/field-skipper.js'
import { check } from '../property.js'
import { withStop } from './delimited-text.js'

/** The same byte by byte. */
function skipPlainly(bytes: Uint8Array, start: number, count: number, delimiter: string): [number, number] {
  let left = count
  for (let position = start; ; position++) {
    const byte = String.fromCharCode(bytes[position])
    if (byte === '\n' || byte === '"') return [position, left]
    if (byte === delimiter && --left === 0) return [position + 1, 0]
  }
}

const text = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom('1', '-4', '2018', '\xff') }, fc.constantFrom('\n', '"')), {
    minLength: 0,
    maxLength: 90,
  })
  .chain((cells) => fc.constantFrom(',', ';', '\t').map((delimiter) => ({ text: cells.join(delimiter), delimiter })))

describe('FieldSkipper', () => {
  it('stops where a look at each byte does', () => {
    const skippers = new Map(
      [',', ';', '\t'].map((delimiter) => [delimiter, new FieldSkipper(delimiter.charCodeAt(0))]),
    )
    const place = fc.record({ start: fc.nat(), count: fc.integer({ min: 1, max: 60 }), opened: fc.nat() })
    check(fc.record({ input: text, place }), 4000, ({ input, place }) => {
      const { bytes, end } = withStop(input.text)
      const skipper = skippers.get(input.delimiter)
      assert.ok(skipper)
      const start = place.start % (end + 1)
      skipper.open(bytes, place.opened % (start + 1), end)
      const position = skipper.skip(start, place.count)
      assert.deepEqual([position, skipper.left], skipPlainly(bytes, start, place.count, input.delimiter))
    })
  })

  it('makes room for a text longer than any before', () => {
    const skipper = new FieldSkipper(0x2c)
    for (const fields of [10, 100_000, 30]) {
      const { bytes, end } = withStop('12,'.repeat(fields))
      skipper.open(bytes, 0, end)
      assert.equal(skipper.skip(0, fields), end)
      assert.equal(skipper.left, 0)
      assert.equal(skipper.skip(0, fields + 1), end)
      assert.equal(skipper.left, 1)
    }
  })
})
