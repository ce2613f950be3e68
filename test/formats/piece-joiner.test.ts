import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from '#src/formats/byte-writer.js'
import { PieceJoiner } from '#src/formats/piece-joiner.js'
import { check } from '../property.js'

/** Lengths about the stride, the rooms of the joiner, and beyond them. */
const piece = fc
  .tuple(fc.oneof(fc.nat(70), fc.constantFrom(16, 32, 33, 64, 65_535, 65_536, 65_537, 200_000)), fc.nat(255))
  .map(([length, byte]) => Uint8Array.from({ length }, (_, index) => byte + index))

describe('PieceJoiner', () => {
  it('joined pieces are the pieces one behind the other, whatever was kept or passed between them', () => {
    const steps = fc.array(
      fc.record({ piece, passes: fc.boolean(), times: fc.integer({ min: 1, max: 3 }), flushes: fc.boolean() }),
      { maxLength: 30 },
    )
    check(steps, 200, (run) => {
      const joiner = new PieceJoiner()
      const out = new ByteWriter(16)
      const expected: Uint8Array[] = []
      const kept: { address: number; piece: Uint8Array }[] = []
      for (const { piece, passes, times, flushes } of run) {
        const address = passes ? joiner.pass(out, piece) : joiner.keep(piece)
        if (!passes) kept.push({ address, piece })
        for (let time = 0; time < times; time++) {
          for (const one of [{ address, piece }, kept[0]]) {
            if (one === undefined) continue
            joiner.add(out, one.address, one.piece.length)
            expected.push(one.piece)
          }
        }
        if (flushes) joiner.flush(out)
      }
      joiner.flush(out)
      assert.deepEqual(Buffer.from(out.view()), Buffer.concat(expected))
    })
  })

  it('more pieces than are joined at a time', () => {
    const joiner = new PieceJoiner()
    const out = new ByteWriter(16)
    const address = joiner.keep(Buffer.from('ab'))
    for (let time = 0; time < 10_000; time++) joiner.add(out, address, 2)
    joiner.flush(out)
    assert.equal(Buffer.from(out.view()).toString(), 'ab'.repeat(10_000))
  })
})
