import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ByteWriter, writeInteger } from '#src/formats/byte-writer.js'
import { check } from '../property.js'

/** LEB128 by definition: seven bits at a time, the top bit while more follow. */
function leb128(value: number): number[] {
  const bytes: number[] = []
  let rest = BigInt(value)
  do {
    const more = rest > 0x7fn ? 0x80n : 0n
    bytes.push(Number((rest & 0x7fn) | more))
    rest >>= 7n
  } while (rest > 0n)
  return bytes
}

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const write = fc.oneof(
  fc.record({ kind: fc.constant('byte' as const), value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 50 }) }),
  fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'grapheme' }) }),
  fc.record({ kind: fc.constant('uint32' as const), value: uint32 }),
  fc.record({ kind: fc.constant('varint' as const), value: uint32 }),
  fc.record({ kind: fc.constant('integer' as const), value: fc.maxSafeInteger() }),
)

describe('ByteWriter', () => {
  it('holds what was appended, whatever its first capacity', () => {
    check(fc.record({ writes: fc.array(write), capacity: fc.nat({ max: 40 }) }), 1000, ({ writes, capacity }) => {
      const writer = new ByteWriter(capacity)
      const expected: Uint8Array[] = []
      for (const { kind, value } of writes) {
        if (kind === 'byte') {
          writer.appendByte(value)
          expected.push(Uint8Array.of(value))
        } else if (kind === 'bytes') {
          writer.append(value)
          expected.push(value)
        } else if (kind === 'text') {
          writer.appendText(value)
          expected.push(Buffer.from(value))
        } else if (kind === 'uint32') {
          writer.appendUint32(value)
          const bytes = Buffer.alloc(4)
          bytes.writeUInt32LE(value)
          expected.push(bytes)
        } else if (kind === 'varint') {
          writer.appendVarint(value)
          expected.push(Uint8Array.from(leb128(value)))
        } else {
          writer.appendInteger(value)
          expected.push(Buffer.from(String(value + 0)))
        }
      }
      assert.deepEqual(Buffer.from(writer.view()), Buffer.concat(expected))
    })
  })

  it('takes bytes into a buffer of exactly their length, which later writes leave alone', () => {
    const writer = new ByteWriter(100)
    writer.appendText('abc')
    const taken = writer.take()
    writer.clear()
    writer.appendText('xyz')
    assert.equal(Buffer.from(taken).toString(), 'abc')
    assert.equal(taken.buffer.byteLength, 3)
  })
})

describe('writeInteger', () => {
  it('writes the digits of any whole number below 2^53', () => {
    const edges = [0, 9, 10, 99, 100, 999_999, 2 ** 31, 2 ** 32, 2 ** 53 - 1].flatMap((value) => [value, -value])
    check(
      fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...edges), fc.integer({ min: -120, max: 120 })),
      2000,
      (value) => {
        const bytes = new Uint8Array(24)
        const end = writeInteger(bytes, 2, value)
        assert.equal(Buffer.from(bytes.subarray(2, end)).toString(), String(value + 0))
      },
    )
  })
})
