import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { groupedNumber } from '#src/formats/grouped-number.js'
import { check } from '../property.js'

describe('groupedNumber', () => {
  it('writes whole numbers as the language itself does', () => {
    const number = fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.maxSafeNat(), fc.integer())
    check(number, 2000, (value) => assert.equal(groupedNumber(value), value.toLocaleString('en-US')))
  })
})
