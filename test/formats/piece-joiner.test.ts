import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from '#src/formats/byte-writer.js'
import { PieceJoiner, waitingLines } from '#src/formats/piece-joiner.js'
import { check } from '../property.js'

/** Lengths about the stride, the rooms of the joiner, and beyond them. */
const piece = fc
  .tuple(fc.oneof(fc.nat(70), fc.constantFrom(16, 32, 33, 64, 65_535, 65_536, 65_537, 200_000)), fc.nat(255))
  .map(([length, byte]) => Uint8Array.from({ length }, (_, index) => byte + index))

/** Address and length of pieces, all kept. */
function tableOf(joiner: PieceJoiner, pieces: Uint8Array[]): Uint32Array {
  return Uint32Array.from(pieces.flatMap((each) => [joiner.keep(each), each.length]))
}

describe('PieceJoiner', () => {
  it('lines are the pieces of their keys one behind the other, part after part', () => {
    const part = fc.record({
      by: fc.constantFrom<0 | 1>(0, 1),
      width: fc.integer({ min: 1, max: 3 }),
      pieces: fc.array(piece, { minLength: 6, maxLength: 6 }),
    })
    const line = fc.record({ first: fc.nat(1), second: fc.nat(1), flushes: fc.boolean() })
    const cases = fc.tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.array(line, { maxLength: 20 }))
    check(cases, 200, ([parts, lines]) => {
      const joiner = new PieceJoiner()
      for (const { by, width, pieces } of parts) {
        joiner.addPart(by, tableOf(joiner, pieces.slice(0, 2 * width)), width)
      }
      const out = new ByteWriter(16)
      const expected: Uint8Array[] = []
      for (const { first, second, flushes } of lines) {
        joiner.add(first, second)
        for (const { by, width, pieces } of parts) {
          const key = by === 0 ? first : second
          expected.push(...pieces.slice(key * width, (key + 1) * width))
        }
        if (flushes) joiner.flush(out)
      }
      joiner.flush(out)
      assert.ok(Buffer.from(out.view()).equals(Buffer.concat(expected)))
    })
  })

  it('pieces that are passed are good for the lines that wait, and must wait for these where there is no room', () => {
    check(fc.array(piece, { maxLength: 30 }), 200, (pieces) => {
      const joiner = new PieceJoiner()
      const passing = joiner.addPart(0, new Uint32Array(2 * waitingLines), 1)
      const end = Buffer.from('|')
      joiner.addPart(1, tableOf(joiner, [end]), 1)
      const out = new ByteWriter(16)
      let key = 0
      for (const each of pieces) {
        if (!joiner.hasRoom(each.length)) {
          joiner.flush(out)
          key = 0
        }
        joiner.point(passing, key, joiner.pass(each), each.length)
        joiner.add(key++, 0)
      }
      joiner.flush(out)
      assert.ok(Buffer.from(out.view()).equals(Buffer.concat(pieces.flatMap((each) => [each, end]))))
    })
  })

  it('more lines than are joined at a time', () => {
    const joiner = new PieceJoiner()
    joiner.addPart(0, tableOf(joiner, [Buffer.from('ab')]), 1)
    const out = new ByteWriter(16)
    for (let line = 0; line < 3 * waitingLines; line++) {
      if (joiner.isFull) joiner.flush(out)
      joiner.add(0, 0)
    }
    joiner.flush(out)
    assert.equal(Buffer.from(out.view()).toString(), 'ab'.repeat(3 * waitingLines))
  })
})
