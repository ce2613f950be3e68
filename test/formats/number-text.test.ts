import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isEmptyText, parseNumberText } from '#src/formats/number-text.js'
import { check } from '../property.js'

describe('parseNumberText', () => {
  it('reads every number that JavaScript writes, to the bit', () => {
    check(fc.double({ noNaN: true, noDefaultInfinity: true }), 2000, (number) => {
      const text = Object.is(number, -0) ? '-0' : String(number)
      assert.ok(Object.is(parseNumberText(text, false), number))
      assert.ok(Object.is(parseNumberText(` ${text.replace('.', ',')} `, true), number))
    })
  })

  for (const [text, number] of [
    ['7', 7],
    ['2018.0', 2018],
    ['1.70070052E8', 170070052],
    ['1.24E2', 124],
    ['.946', 0.946],
    ['-.5', -0.5],
    ['5.', 5],
    ['+5', 5],
    ['007', 7],
    [' 7 ', 7],
  ] as const) {
    it(`reads "${text}"`, () => assert.equal(parseNumberText(text, false), number))
  }

  it('takes one pass over a text, however long', { timeout: 20_000 }, () => {
    const digits = '9'.repeat(1_000_000)
    for (const text of [`${digits}x`, `.${digits}x`, `1e${digits}x`, digits]) {
      assert.ok(Number.isNaN(parseNumberText(text, false)))
    }
  })

  for (const text of [
    '',
    ' ',
    '.',
    '-',
    '+',
    'e5',
    '1e',
    '1e+',
    '0x10',
    '1_000',
    '1 000',
    'Infinity',
    'NaN',
    '1,5',
    '1e999',
    '--1',
    '١',
  ]) {
    it(`takes "${text}" for no number`, () => assert.ok(Number.isNaN(parseNumberText(text, false))))
  }

  it('takes one comma for the decimal sign where the dialect has it, and none for thousands', () => {
    assert.equal(parseNumberText('0,95', true), 0.95)
    assert.equal(parseNumberText('0.95', true), 0.95)
    assert.ok(Number.isNaN(parseNumberText('1,234,5', true)))
    assert.ok(Number.isNaN(parseNumberText('1.234,5', true)))
  })
})

describe('isEmptyText', () => {
  it("knows pandas's texts for no value, and no others", () => {
    for (const text of [
      '',
      'NA',
      'N/A',
      'n/a',
      'NaN',
      'nan',
      'null',
      'NULL',
      'None',
      '<NA>',
      '#N/A',
      '-nan',
      '1.#IND',
    ]) {
      assert.ok(isEmptyText(text), text)
    }
    for (const text of [' ', 'na', 'none', 'Null', '-', '0', '.']) assert.ok(!isEmptyText(text), text)
  })
})
