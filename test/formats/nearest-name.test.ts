import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { didYouMean, nearestNames } from '#src/formats/nearest-name.js'

describe('nearestNames', () => {
  it('gives the nearest first, and at the same distance in alphabetical order', () => {
    assert.deepEqual(nearestNames('Q58', ['Q85', 'Q57', 'Q5', 'Q580', 'Q58A', 'X001']), ['Q5', 'Q57', 'Q580'])
  })

  it('does not mind upper and lower case', () => {
    assert.deepEqual(nearestNames('d_interview', ['D_INTERVIEW', 'D_INTERVIEWER']), ['D_INTERVIEW', 'D_INTERVIEWER'])
  })

  it('finds a letter that was added, left out, changed or put in front of another', () => {
    for (const name of ['countryy', 'contry', 'coumtry', 'conutry'])
      assert.deepEqual(nearestNames(name, ['country']), ['country'])
  })

  it('gives none that differs in more than a third of its letters', () => {
    assert.deepEqual(nearestNames('education', ['sex', 'region', 'vocation_2']), [])
    assert.deepEqual(nearestNames('education', []), [])
  })

  it('gives as many as asked for', () => {
    assert.equal(nearestNames('Q1', ['Q2', 'Q3', 'Q4', 'Q5'], 1).length, 1)
  })
})

describe('didYouMean', () => {
  it('puts them into words, or says nothing', () => {
    assert.equal(didYouMean('Q99', ['Q98', 'Q97']), '; did you mean "Q97" or "Q98"?')
    assert.equal(didYouMean('Q99', ['weight']), '')
  })
})
