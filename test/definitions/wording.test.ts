import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadDefinition } from '#src/definitions/loader.js'
import { questionScale, questionSentence } from '#src/definitions/wording.js'
import { importance } from './small-definition.js'

test('a sentence is the stem, then how to answer', () => {
  assert.equal(questionScale(importance), 'Answer on a scale from 1 (Very important) to 4 (Not at all important).')
  assert.equal(questionSentence(importance), `How important is tea to you? ${questionScale(importance)}`)
})

test('two answers are no scale', () => {
  const scale = { min: 1, max: 2, minLabel: 'Yes', maxLabel: 'No' }
  assert.equal(questionSentence({ ...importance, stem: 'Tea?', scale }), 'Tea? Answer 1 (Yes) or 2 (No).')
})

test('without a scale the stem is all, without a stem the label', () => {
  const { scale: _scale, stem: _stem, ...bare } = importance
  assert.equal(questionScale(bare), '')
  assert.equal(questionSentence({ ...bare, stem: 'Tea?' }), 'Tea?')
  assert.equal(questionSentence(bare), 'Important in life: Tea')
})

test('no two questions of wave 7 read the same', () => {
  const asked = loadDefinition('7').definition.variables.filter(({ stem }) => stem !== undefined)
  const ids = new Map<string, string>()
  for (const variable of asked) {
    const sentence = questionSentence(variable)
    assert.equal(ids.get(sentence), undefined, `${variable.id}: ${sentence}`)
    ids.set(sentence, variable.id)
  }
})

test('the table in docs shows each value question as the definition words it', () => {
  const rows = readFileSync('docs/questions-wave-7.md', 'utf8')
    .split('\n')
    .filter((line) => /^\| Q\d/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const expected = loadDefinition('7')
    .definition.variables.filter(({ kind }) => kind === 'value')
    .map((variable) => {
      const { min, max, minLabel, maxLabel } = variable.scale ?? assert.fail(`${variable.id} has no scale`)
      return [variable.id, questionSentence(variable), `${min} ${minLabel}`, `${max} ${maxLabel}`]
    })
  assert.deepEqual(
    rows.map(([, id, , sentence, low, high]) => [id, sentence, low, high]),
    expected,
  )
})
