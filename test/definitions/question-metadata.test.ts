import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDefinition } from '#src/definitions/loader.js'
import { questionMetadataJson } from '#src/definitions/question-metadata.js'
import { loaded, question, smallDefinition } from './small-definition.js'

test('the layout is that of Python, four spaces deep, ASCII only, without a last line end', () => {
  const definition = smallDefinition((changed) => {
    question(changed).stem = 'Is tea a “must”?'
    changed.variables = changed.variables.filter(({ kind }) => kind !== 'demographic')
  })
  const text = Buffer.from(questionMetadataJson(loaded(definition))).toString('latin1')
  const expected = `{
    "ID": {
        "question": "Interview",
        "category": "",
        "use_case": "demographic",
        "answer_scale_min": "",
        "answer_scale_max": "",
        "answer_data_type": "non_ordinal"
    },
    "Q1": {
        "question": "Is tea a \\u201cmust\\u201d? Answer on a scale from 1 (Very important) to 4 (Not at all important).",
        "category": "Drinks",
        "use_case": "value",
        "answer_scale_min": 1,
        "answer_scale_max": 4,
        "answer_data_type": "ordinal"
    }
}`
  assert.equal(text, expected)
})

test('wave 7 gives 282 entries, the id among the demographics', () => {
  const metadata = JSON.parse(Buffer.from(questionMetadataJson(loadDefinition('7'))).toString())
  const ids = Object.keys(metadata)
  assert.equal(ids.length, 282)
  assert.deepEqual(ids.slice(0, 4), ['A_YEAR', 'B_COUNTRY', 'D_INTERVIEW', 'J_INTDATE'])
  assert.equal(ids.at(-1), 'Q290')
  assert.equal(metadata.D_INTERVIEW.use_case, 'demographic')
  assert.equal(metadata.Q288.answer_data_type, 'ordinal')
  assert.deepEqual([metadata.Q94.answer_scale_min, metadata.Q94.answer_scale_max], [0, 2])
})
