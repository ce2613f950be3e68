import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingCode, missingKind } from '#src/definitions/missing.js'
import type { Variable } from '#src/definitions/schema.js'
import { loaded, question, smallDefinition } from './small-definition.js'

const definition = smallDefinition()

function variable(id: string): Variable {
  const found = definition.variables.find((candidate) => candidate.id === id)
  assert.ok(found)
  return found
}

test('a missing code has its kind in every question, labelled there or not', () => {
  assert.equal(missingKind(definition, variable('Q1'), -1), 'dont-know')
  assert.equal(missingKind(definition, variable('Q1'), -3), 'not-applicable')
  assert.equal(missingKind(definition, variable('YEAR'), -3), 'not-applicable')
  assert.deepEqual(missingCode(definition, variable('COUNTRY'), -1), definition.missing[0])
})

test('answers and unknown negative codes are no missing codes', () => {
  assert.equal(missingKind(definition, variable('Q1'), 1), undefined)
  assert.equal(missingKind(definition, variable('Q1'), -7), undefined)
  assert.equal(missingKind(definition, variable('Q1'), Number.NaN), undefined)
})

test('numbers that nobody was asked for are rightly negative, unless their labels say otherwise', () => {
  assert.equal(missingKind(definition, variable('LATITUDE'), -3), undefined)
  assert.equal(missingKind(definition, { ...variable('LATITUDE'), labels: { '-3': 'At sea' } }, -3), 'not-applicable')
  assert.equal(missingKind(definition, variable('WEIGHT'), -1), undefined)
  assert.equal(missingKind(definition, variable('VERSION'), -1), undefined)
})

test('mended labels name the missing codes that a variable can hold, and no others', () => {
  const labels = loaded(definition)
  const codes = (id: string) => Object.keys(labels.labelsOf(variable(id), { mended: true }))
  assert.deepEqual(codes('YEAR'), ['-1', '-3'])
  assert.deepEqual(codes('LATITUDE'), [])
  assert.equal(labels.labelsOf(variable('Q1'), { mended: true })['-1'], "Don't know")
  assert.equal(labels.labelsOf(variable('Q1'), { mended: false })['-1'], 'Don´t know')
})

test('a mended label stands in front of the wording of a missing code', () => {
  const mended = smallDefinition((changed) => {
    question(changed).mendedLabels = { '-3': 'Not applicable: has no kettle', '1': 'Of the first importance' }
  })
  const labels = loaded(mended).labelsOf(question(mended), { mended: true })
  assert.equal(labels['-3'], 'Not applicable: has no kettle')
  assert.equal(labels['1'], 'Of the first importance')
})

test('a cell with the name of a property of all objects has no label', () => {
  const labels = loaded(definition)
  for (const mended of [true, false]) {
    for (const cell of ['constructor', 'toString', '__proto__']) {
      assert.equal(labels.labelsOf(variable('COUNTRY'), { mended })[cell], undefined)
      assert.equal(labels.labelsOf(variable('YEAR'), { mended })[cell], undefined)
    }
  }
})
