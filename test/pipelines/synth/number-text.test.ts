import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decimalText, wholeText, writeDecimal, writeWhole } from '#src/pipelines/synth/number-text.js'

const written = (write: (bytes: Uint8Array) => number) => {
  const bytes = new Uint8Array(64)
  return Buffer.from(bytes.subarray(0, write(bytes))).toString()
}
const digits = { wholeNumbers: 'digits' } as const
const double = { wholeNumbers: 'double' } as const

describe('whole numbers', () => {
  const doubles: [value: number, text: string][] = [
    [0, '0.0'],
    [-4, '-4.0'],
    [2018, '2018.0'],
    [9_999_999, '9999999.0'],
    [10_000_000, '1.0E7'],
    [20_181_217, '2.0181217E7'],
    [20_181_210, '2.018121E7'],
    [170_070_052, '1.70070052E8'],
    [100_000_020, '1.0000002E8'],
    [80_000_000, '8.0E7'],
  ]
  for (const [value, text] of doubles) {
    it(`${value} as a double is ${text}`, () => {
      assert.equal(wholeText(value, double), text)
      assert.equal(
        written((bytes) => writeWhole(bytes, 0, value, true)),
        text,
      )
    })
  }

  it('are written as their texts say', () => {
    fc.assert(
      fc.property(fc.integer({ min: -999, max: 2 ** 40 }), (value) => {
        assert.equal(
          written((bytes) => writeWhole(bytes, 0, value, false)),
          wholeText(value, digits),
        )
        const text = written((bytes) => writeWhole(bytes, 0, value, true))
        assert.equal(text, wholeText(value, double))
        assert.equal(Number(text), value)
      }),
    )
  })
})

describe('numbers with decimals', () => {
  it('are written without closing zeros', () => {
    const cells: [units: number, places: number, text: string][] = [
      [1605, 2, '16.05'],
      [1630, 2, '16.3'],
      [1600, 2, '16'],
      [0, 2, '0'],
      [-7, 2, '-0.07'],
      [-7400, 2, '-74'],
      [617_741_107, 9, '0.617741107'],
      [1_329_087_000, 9, '1.329087'],
    ]
    for (const [units, places, text] of cells) {
      assert.equal(
        written((bytes) => writeDecimal(bytes, 0, units, places, false)),
        text,
      )
    }
    assert.equal(
      written((bytes) => writeDecimal(bytes, 0, 1600, 2, true)),
      '16.0',
    )
  })

  it('are written as JavaScript writes the number', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 11), max: 10 ** 11 }), (units) => {
        const text = written((bytes) => writeDecimal(bytes, 0, units, 4, false))
        assert.equal(text, String(units / 10_000))
      }),
    )
  })

  it('as constants are rounded to the decimals asked for', () => {
    assert.equal(decimalText(1000 / 1520, { decimals: 'double' }, 7), '0.6578947')
    assert.equal(decimalText(1000 / 2415, { decimals: 'double' }, 17), '0.4140786749482402')
    assert.equal(decimalText(1, { decimals: 'double' }, 7), '1.0')
    assert.equal(decimalText(1, { decimals: 'shortest' }, 9), '1')
    assert.equal(decimalText(1 / 3, { decimals: 'shortest' }, 6), '0.333333')
  })
})
