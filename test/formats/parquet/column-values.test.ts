import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  indexIntegers,
  indexNumbers,
  levelsOf,
  pack,
  plainNumbers,
  plainTexts,
  runsOf,
} from '#src/formats/parquet/column-values.js'
import { textsAsColumn } from '#src/formats/text-column.js'
import { check } from '../../property.js'

const nullInteger = -0x80000000

/** What a Map makes of values; -1 for those that are null. */
function plainIndex(values: number[], isNull: (value: number) => boolean): { distinct: number[]; indices: number[] } {
  const known = new Map<number, number>()
  const indices = values.map((value) => {
    if (isNull(value)) return -1
    const index = known.get(value) ?? known.size
    known.set(value, index)
    return index
  })
  return { distinct: [...known.keys()].map((value) => value + 0), indices }
}

/** Few distinct ones, or up to as many as outgrow the first hash tables. */
function valuesOf(one: fc.Arbitrary<number>, spread: (index: number) => number): fc.Arbitrary<number[]> {
  const many = fc
    .record({ length: fc.integer({ min: 0, max: 60_000 }), distinct: fc.integer({ min: 1, max: 60_000 }) })
    .map(({ length, distinct }) => Array.from({ length }, (_, at) => spread((at * 7919) % distinct)))
  return fc.oneof({ weight: 20, arbitrary: fc.array(one, { maxLength: 300 }) }, { weight: 1, arbitrary: many })
}

const special = fc.constantFrom(0, -0, 1, Number.NaN, Infinity, -Infinity, 5e-324, 1e300, 2 ** 40)
const number = fc.oneof(special, fc.double(), fc.integer({ min: -9, max: 9 }))

function boundsOf(values: readonly number[]): { minimum?: number; maximum?: number } {
  return values.length === 0 ? {} : { minimum: Math.min(...values), maximum: Math.max(...values) }
}

describe('indexNumbers', () => {
  const values = valuesOf(number, (index) => index / 997 + (index % 5) * 2 ** 30)

  it('finds what a map finds, in the same order', () => {
    check(values, 1000, (own) => {
      const { distinct, indices, nulls, bounds } = indexNumbers(Float64Array.from(own))
      const expected = plainIndex(own, Number.isNaN)
      assert.deepEqual(Array.from(distinct), expected.distinct)
      assert.deepEqual(Array.from(indices), expected.indices)
      assert.equal(nulls, own.filter(Number.isNaN).length)
      assert.deepEqual(bounds, boundsOf(expected.distinct))
    })
  })

  it('reads a part of a longer array', () => {
    const all = Float64Array.of(9, 9, 1.5, 2, 1.5)
    assert.deepEqual(Array.from(indexNumbers(all.subarray(2)).indices), [0, 1, 0])
  })
})

describe('indexIntegers', () => {
  const integer = fc.oneof(
    fc.constantFrom(nullInteger, 0, -1, 0x7fffffff, -0x7fffffff),
    fc.integer({ min: -9, max: 300 }),
    fc.integer({ min: -0x7fffffff, max: 0x7fffffff }),
  )
  const values = valuesOf(integer, (index) => index * 65_536 - 0x7000_0000)

  it('finds what a map finds, in the same order', () => {
    check(values, 1000, (own) => {
      const indices = Int32Array.from(own)
      const { distinct, nulls } = indexIntegers(indices, nullInteger)
      const expected = plainIndex(Array.from(Int32Array.from(own)), (value) => value === nullInteger)
      assert.deepEqual(Array.from(distinct), expected.distinct)
      assert.deepEqual(Array.from(indices), expected.indices)
      assert.equal(nulls, expected.indices.filter((index) => index === -1).length)
    })
  })
})

describe('plainNumbers', () => {
  it('leaves out what is null, and tells the bounds of the others', () => {
    check(fc.array(number, { maxLength: 300 }), 1000, (own) => {
      const { bytes, bounds, nulls } = plainNumbers(Float64Array.from(own))
      // -0 and 0 are one number.
      const kept = own.filter((value) => !Number.isNaN(value)).map((value) => value + 0)
      assert.deepEqual(Buffer.from(bytes), Buffer.from(Float64Array.from(kept).buffer))
      assert.deepEqual(bounds, boundsOf(kept))
      assert.equal(nulls, own.length - kept.length)
    })
  })
})

describe('pack', () => {
  const packed = fc.integer({ min: 1, max: 32 }).chain((width) =>
    fc.record({
      width: fc.constant(width),
      values: fc.array(fc.integer({ min: 0, max: Math.min(2 ** width - 1, 0x7fffffff) }), { maxLength: 70 }),
    }),
  )

  it('puts the bits of each value behind those of the one before, and zeros behind the last', () => {
    check(packed, 2000, ({ width, values }) => {
      const bits = values.flatMap((value) =>
        Array.from({ length: width }, (_, bit) => Math.floor(value / 2 ** bit) % 2),
      )
      const expected = new Uint8Array(Math.ceil(values.length / 8) * width)
      for (const [at, bit] of bits.entries()) expected[at >> 3] |= bit << (at & 7)
      const types = [Int32Array, ...(width <= 16 ? [Uint16Array] : []), ...(width <= 8 ? [Uint8Array] : [])]
      for (const type of types) assert.deepEqual(pack(type.from(values), values.length, width), expected)
    })
  })

  it('leaves out what is behind the count', () => {
    assert.deepEqual(Array.from(pack(Int32Array.of(1, 1, 255), 2, 8)), [1, 1, 0, 0, 0, 0, 0, 0])
  })
})

/** A value and its rows, as often as they come one after the other; none without rows. */
function joinRuns(runs: [value: number, rows: number][]): [value: number, rows: number][] {
  const joined: [number, number][] = []
  for (const [value, rows] of runs) {
    const last = joined.at(-1)
    if (last?.[0] === value) last[1] += rows
    else if (rows > 0) joined.push([value, rows])
  }
  return joined
}

/** Reads runs as the format describes them (Apache Parquet format, Encodings): the rows doubled, as a varint, then the value. */
function readRuns(bytes: Uint8Array, valueBytes: number): [value: number, rows: number][] {
  const runs: [number, number][] = []
  for (let at = 0; at < bytes.length; ) {
    let header = 0
    for (let shift = 1; ; shift *= 128) {
      header += (bytes[at] & 0x7f) * shift
      if (bytes[at++] < 0x80) break
    }
    assert.equal(header % 2, 0)
    let value = 0
    for (let byte = 0; byte < valueBytes; byte++) value += bytes[at++] * 256 ** byte
    runs.push([value, header / 2])
  }
  return runs
}

const runValues = fc.array(
  fc.record({
    value: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer({ min: 0, max: 0x7fffffff })),
    rows: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 1 << 20 })),
  }),
  { maxLength: 60 },
)

describe('runsOf', () => {
  it('writes the values that are not null with their rows, neighbours of the same value as one run', () => {
    check(fc.tuple(runValues, fc.integer({ min: 1, max: 4 })), 2000, ([own, valueBytes]) => {
      const most = 256 ** valueBytes
      const values = own.map(({ value }) => (value < 0 ? value : value % most))
      const bytes = runsOf(
        Int32Array.from(values),
        Int32Array.from(own, ({ rows }) => rows),
        valueBytes,
      )
      const expected = own.map(({ rows }, at): [number, number] => [values[at], rows]).filter(([value]) => value >= 0)
      const runs = readRuns(bytes, valueBytes)
      assert.deepEqual(joinRuns(runs), joinRuns(expected))
      if (own.every(({ rows }) => rows > 0)) assert.deepEqual(runs, joinRuns(runs))
    })
  })
})

describe('levelsOf', () => {
  it('tells the rows that are null from the others, and counts them', () => {
    check(fc.tuple(runValues, fc.boolean()), 2000, ([own, isCounted]) => {
      const values = Int32Array.from(own, ({ value }) => value)
      const counts = isCounted ? Int32Array.from(own, ({ rows }) => rows) : undefined
      const expected = own.map(({ value, rows }): [number, number] => [value < 0 ? 0 : 1, isCounted ? rows : 1])
      const { bytes, nulls } = levelsOf(values, counts)
      assert.deepEqual(joinRuns(readRuns(bytes, 1)), joinRuns(expected))
      assert.equal(
        nulls,
        expected.reduce((sum, [level, rows]) => sum + (level === 0 ? rows : 0), 0),
      )
    })
  })
})

describe('plainTexts', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 9 }),
    fc.constantFrom('', 'a', 'aa', 'ab', '\uffff', '😀'),
  )

  it('writes texts behind their lengths, and finds the least and the greatest by their bytes', () => {
    const chosen = fc
      .uniqueArray(text, { minLength: 1, maxLength: 40 })
      .chain((texts) => fc.tuple(fc.constant(texts), fc.shuffledSubarray([...texts.keys()])))
    check(chosen, 2000, ([texts, rows]) => {
      const { bytes, least, greatest } = plainTexts(textsAsColumn(texts), Int32Array.from(rows))
      const contents = rows.map((row) => Buffer.from(texts[row]))
      const expected = contents.flatMap((content) => {
        const length = Buffer.alloc(4)
        length.writeUInt32LE(content.length)
        return [length, content]
      })
      assert.deepEqual(Buffer.from(bytes), Buffer.concat(expected))
      if (rows.length === 0) return
      const inOrder = contents.sort(Buffer.compare)
      assert.deepEqual(Buffer.from(texts[least]), inOrder[0])
      assert.deepEqual(Buffer.from(texts[greatest]), inOrder.at(-1))
    })
  })
})
