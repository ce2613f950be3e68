import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { snappyUncompress } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { type Compression, compressions, loadCompressor } from '#src/formats/compression.js'
import { check } from '../property.js'

/** Readers that are not ours. `length` is that of the bytes before compression. */
const readers: Record<Compression, (bytes: Uint8Array, length: number) => Uint8Array> = {
  none: (bytes) => bytes,
  gzip: (bytes) => gunzipSync(bytes),
  snappy: (bytes, length) => {
    const output = new Uint8Array(length)
    snappyUncompress(bytes, output)
    return output
  },
  zstd: (bytes, length) => {
    assert.ok(compressors.ZSTD !== undefined)
    return compressors.ZSTD(bytes, length)
  },
}

/** Bytes with runs, repeats near and far, and noise: what the matcher of a compressor goes through. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 80 }).map((bytes) => ({ bytes, times: 1 })),
      fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }), times: fc.integer({ min: 1, max: 400 }) }),
    ),
    { maxLength: 12 },
  )
  .chain((parts) => fc.shuffledSubarray([...parts, ...parts]))
  .map((parts) => Buffer.concat(parts.flatMap(({ bytes, times }) => Array.from({ length: times }, () => bytes))))

/** Noise of a simple generator, the same in every run. */
function noise(length: number, values: number): Uint8Array {
  let state = 1
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) % values
  })
}

const large: [string, Uint8Array][] = [
  ['300,000 zeros', new Uint8Array(300_000)],
  ['noise across several 64 KiB pieces', noise(200_001, 256)],
  ['noise of three values', noise(200_001, 3)],
  ['a pattern longer than a piece', Buffer.concat([noise(70_000, 256), noise(70_000, 256)])],
  ['a piece to the byte', noise(1 << 16, 5)],
  ['a piece and a byte', noise((1 << 16) + 1, 5)],
  [
    'lines of text',
    Buffer.from(Array.from({ length: 20_000 }, (_, row) => `${row},Q${row % 290},"Don't know"\n`).join('')),
  ],
]

for (const compression of compressions) {
  describe(`loadCompressor: ${compression}`, async () => {
    const compress = await loadCompressor(compression)
    const roundTrip = (bytes: Uint8Array) => Buffer.from(readers[compression](compress(bytes), bytes.length))

    it('gives bytes that others read back', () => {
      check(content, 400, (bytes) => assert.ok(roundTrip(bytes).equals(bytes)))
    })

    it('takes nothing, one byte, and everything short', () => {
      for (let length = 0; length < 70; length++) {
        for (const values of [1, 2, 256]) assert.ok(roundTrip(noise(length, values)).equals(noise(length, values)))
      }
    })

    for (const [name, bytes] of large) {
      it(`takes ${name}`, () => assert.ok(roundTrip(bytes).equals(bytes)))
    }

    it('gives the same bytes again, also for a view into a larger buffer', () => {
      const bytes = noise(5000, 20)
      const first = compress(bytes)
      const kept = Buffer.from(first)
      const within = new Uint8Array(6001)
      within.set(bytes, 1001)
      assert.ok(Buffer.from(compress(within.subarray(1001))).equals(kept))
      compress(noise(9000, 7))
      // Lines of text go on to another thread as they are; pages of Parquet, which alone snappy compresses, are copied at once.
      if (compression !== 'snappy') assert.ok(Buffer.from(first).equals(kept))
      assert.ok(Buffer.from(bytes).equals(noise(5000, 20)))
    })
  })
}

describe('loadCompressor', () => {
  it('may be called again and again, at one time and one after the other', async () => {
    const text = Buffer.from('Rather important\n'.repeat(50))
    for (const compression of compressions) {
      const expected = Buffer.from((await loadCompressor(compression))(text))
      const loaded = await Promise.all([loadCompressor(compression), loadCompressor(compression)])
      loaded.push(await loadCompressor(compression))
      for (const compress of loaded) assert.ok(Buffer.from(compress(text)).equals(expected), compression)
    }
  })

  it('makes text smaller with every compression but none', async () => {
    const text = Buffer.from('Not at all important\n'.repeat(500))
    for (const compression of compressions) {
      const compress = await loadCompressor(compression)
      assert.equal(compress(text).length < text.length / 4, compression !== 'none', compression)
    }
  })

  it('writes gzip members without a clock or an operating system, which may stand one after the other', async () => {
    const compress = await loadCompressor('gzip')
    const member = compress(Buffer.from('a line\n'))
    assert.deepEqual([...member.subarray(4, 8), member[9]], [0, 0, 0, 0, 255])
    const two = gunzipSync(Buffer.concat([member, compress(Buffer.from('another\n'))]))
    assert.equal(two.toString(), 'a line\nanother\n')
  })
})
