import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SurveyError } from '#src/formats/survey-error.js'

test('an error says where it was found, in parts', () => {
  assert.equal(new SurveyError('empty').message, 'empty')
  const place = { file: 'survey.csv', line: 12, column: 'Q57' }
  assert.equal(new SurveyError('empty', { place }).message, 'survey.csv, line 12, column Q57: empty')
})

test('what a file holds can not break the line or steer the terminal', () => {
  const error = new SurveyError('found "\x1b[31m\r\n\x9b2J\u2028"', { place: { file: 'a\tb', column: 'Q\n1' } })
  assert.equal(error.message, 'a\ufffdb, column Q\ufffd1: found "\ufffd[31m\ufffd\ufffd\ufffd2J\ufffd"')
})
