import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SurveyError } from '#src/formats/survey-error.js'

test('an error says where it was found, in parts', () => {
  assert.equal(new SurveyError('empty').message, 'empty')
  const place = { file: 'survey.csv', line: 12, column: 'Q57' }
  assert.equal(new SurveyError('empty', { place }).message, 'survey.csv, line 12, column Q57: empty')
})

test('a key or cell of thousands of characters does not fill the screen', () => {
  const { message } = new SurveyError(`unknown key "${'x'.repeat(20_000)}"; remove it`, {
    place: { file: 'wave8.json' },
  })
  assert.match(message, /^wave8\.json: unknown key "x{1000,} \.\.\. x+"; remove it$/)
  assert.equal(message.length, 2000)
})

test('what a file holds can not break the line or steer the terminal', () => {
  const error = new SurveyError('found "\x1b[31m\r\n\x9b2J\u2028"', { place: { file: 'a\tb', column: 'Q\n1' } })
  assert.equal(error.message, 'a\ufffdb, column Q\ufffd1: found "\ufffd[31m\ufffd\ufffd\ufffd2J\ufffd"')
})
