import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Finding, lintDefinition } from '#src/definitions/lint.js'
import { loadDefinition } from '#src/definitions/loader.js'
import type { Variable, WaveDefinition } from '#src/definitions/schema.js'
import { importance, importanceLabels, loaded, question, smallDefinition } from './small-definition.js'

test('the built-in wave 7 is clean', () => {
  assert.deepEqual(lintDefinition(loadDefinition('7')), [])
})

test('the small definition of these tests is clean', () => {
  assert.deepEqual(lintDefinition(loaded(smallDefinition())), [])
})

/** What lint says about the small definition after one change. */
function findings(change: (definition: WaveDefinition) => void): Finding[] {
  return lintDefinition(loaded(smallDefinition(change)))
}

const faults: [string, (question: Variable, definition: WaveDefinition) => void, string | undefined, RegExp, string][] =
  [
    [
      'an end label that is not the label of its code',
      (q) => {
        q.scale = { min: 1, max: 4, minLabel: 'Not at all important', maxLabel: 'Very important' }
      },
      'Q1',
      /min label is "Not at all important", but code 1 reads "Very important"/,
      'error',
    ],
    [
      'an end label that a mended label has overtaken',
      (q) => {
        q.mendedLabels = { '4': 'Of no importance' }
      },
      'Q1',
      /max label is "Not at all important", but code 4 reads "Of no importance"/,
      'error',
    ],
    [
      'two ends that read the same',
      (q) => {
        q.scale = { min: 1, max: 4, minLabel: 'Tea', maxLabel: 'Tea' }
      },
      'Q1',
      /both ends of the scale read "Tea"/,
      'error',
    ],
    [
      'a scale turned round',
      (q) => {
        q.scale = { min: 4, max: 1, minLabel: 'a', maxLabel: 'b' }
      },
      'Q1',
      /min 4 is not below its max 1/,
      'error',
    ],
    [
      'a gap in the scale',
      (q) => {
        q.labels = { '1': 'Very important', '2': 'Rather important', '4': 'Not at all important' }
      },
      'Q1',
      /no labelled code comes to stand at 3/,
      'error',
    ],
    [
      'a code beside the scale',
      (q) => {
        q.labels = { ...importanceLabels, '5': 'Coffee' }
      },
      'Q1',
      /code 5 \(Coffee\) is neither on the scale from 1 to 4 nor recoded/,
      'error',
    ],
    [
      'a recode that leaves the scale',
      (q) => {
        q.labels = { ...importanceLabels, '0': 'Hard to say' }
        q.recodes = { '0': 9 }
      },
      'Q1',
      /code 0 becomes 9, which is not on the scale/,
      'error',
    ],
    [
      'a recode of a code that nobody knows',
      (q) => {
        q.recodes = { '7': null }
      },
      'Q1',
      /recode names code 7, which has no label/,
      'warning',
    ],
    ['a question without a stem', (q) => delete q.stem, 'Q1', /without a stem/, 'error'],
    ['a question without a category', (q) => delete q.category, 'Q1', /without a category/, 'error'],
    ['a question without a scale', (q) => delete q.scale, 'Q1', /ordinal but has no scale/, 'error'],
    [
      'a question that is not ordinal',
      (q) => {
        q.measure = 'category'
      },
      'Q1',
      /of measure category, not ordinal/,
      'error',
    ],
    [
      'a stem that brings its own scale',
      (q) => {
        q.stem = 'On a scale of 1 to 4, how important is tea?'
      },
      'Q1',
      /speaks of the scale/,
      'warning',
    ],
    [
      'a stem that is no question',
      (q) => {
        q.stem = 'tea.'
      },
      'Q1',
      /is not one question/,
      'warning',
    ],
    [
      'stray numbering',
      (q) => {
        q.mendedLabels = { '2': '25.- Rather important' }
      },
      'Q1',
      /code 2, "25\.- Rather important", starts with stray numbering/,
      'warning',
    ],
    [
      'a double space',
      (q) => {
        q.mendedLabels = { '2': 'Rather  important' }
      },
      'Q1',
      /has a double space/,
      'warning',
    ],
    [
      'a broken encoding',
      (q) => {
        q.mendedLabels = { '2': 'Rather impor\u{FFFD}tant' }
      },
      'Q1',
      /broken encoding/,
      'warning',
    ],
    [
      'an accent for an apostrophe',
      (q) => {
        q.mendedLabels = { '-1': 'Don´t know' }
      },
      'Q1',
      /accent for an apostrophe/,
      'warning',
    ],
    [
      'two variables of one id',
      (_q, definition) => definition.variables.push({ ...importance, harmonised: 'A002' }),
      'Q1',
      /id Q1 is also that of Q1/,
      'error',
    ],
    [
      'two variables with one harmonised name',
      (_q, definition) => definition.variables.push({ ...importance, id: 'Q2' }),
      'Q2',
      /harmonised A001 is also that of Q1/,
      'error',
    ],
    [
      'two friendly names that are one',
      (q) => {
        q.name = 'country'
      },
      'Q1',
      /name country is also that of COUNTRY/,
      'error',
    ],
    [
      'a demographic without a friendly name',
      (_q, definition) => {
        for (const variable of definition.variables) if (variable.id === 'YEAR') delete variable.name
      },
      'YEAR',
      /without a friendly name/,
      'error',
    ],
    [
      'a part that nobody plays',
      (_q, definition) => {
        definition.roles.weight = 'W'
      },
      undefined,
      /role weight names W, which is no variable/,
      'error',
    ],
    [
      'a part that a variable of another kind plays',
      (_q, definition) => {
        definition.roles.weight = 'YEAR'
      },
      'YEAR',
      /part of the weight but is of kind demographic/,
      'error',
    ],
  ]

for (const [name, change, variable, message, severity] of faults) {
  test(`lint finds ${name}`, () => {
    const found = findings((definition) => {
      change(question(definition), definition)
    })
    const match = found.find((finding) => message.test(finding.message))
    assert.ok(match, `expected ${message} among ${JSON.stringify(found, null, 2)}`)
    assert.equal(match.variable, variable)
    assert.equal(match.severity, severity)
  })
}

test('recodes fill a scale whose codes are out of order', () => {
  const found = findings((definition) => {
    const q = question(definition)
    q.labels = { '0': 'Hard to say', '1': 'Agree', '3': 'Disagree', '9': 'Not allowed to drink' }
    q.recodes = { '0': 2, '9': null }
    q.scale = { min: 1, max: 3, minLabel: 'Agree', maxLabel: 'Disagree' }
  })
  assert.deepEqual(found, [])
})

test('labels in files are read and judged too', () => {
  const definition = smallDefinition((changed) => {
    question(changed).labels = 'Q1.json'
  })
  const clean = { '1': 'Very important', '2': 'b', '3': 'c', '4': 'Not at all important' }
  assert.deepEqual(lintDefinition(loaded(definition, { 'Q1.json': clean })), [])
  const found = lintDefinition(loaded(definition, { 'Q1.json': { ...clean, '3': 'c  d' } }))
  assert.deepEqual(
    found.map(({ variable, severity }) => [variable, severity]),
    [['Q1', 'warning']],
  )
})
