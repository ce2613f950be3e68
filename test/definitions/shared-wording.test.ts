import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WaveDefinition } from '#src/definitions/schema.js'
import { resolveLikes, wavesReferredTo } from '#src/definitions/shared-wording.js'
import { importance, question, smallDefinition } from './small-definition.js'

const model = smallDefinition((definition) => {
  question(definition).recodes = { '9': null }
})
const find = (wave: string) => (wave === '99' ? { definition: model, folder: 'wave99' } : undefined)

function withLike(like: string, change: (entry: WaveDefinition['variables'][number]) => void = () => {}) {
  return smallDefinition((definition) => {
    const entry = { id: 'V4', label: 'Tea', kind: 'value' as const, measure: 'ordinal' as const, like }
    definition.variables = [...definition.variables.filter(({ id }) => id !== 'Q1'), entry]
    change(entry)
  })
}

function resolved(definition: WaveDefinition) {
  return resolveLikes(definition, find, 'mine.json').variables.at(-1)
}

test('wording and answers come from the other wave where the variable has none', () => {
  const { harmonised, ...shared } = importance
  assert.ok(harmonised, 'which is not shared')
  assert.deepEqual(resolved(withLike('99:Q1')), {
    ...shared,
    id: 'V4',
    label: 'Tea',
    like: '99:Q1',
    recodes: { '9': null },
  })
})

test('a variable with labels of its own keeps its own answers whole', () => {
  const own = resolved(withLike('99:Q1', (entry) => Object.assign(entry, { labels: { '1': 'Yes', '2': 'No' } })))
  assert.equal(own?.stem, importance.stem)
  assert.deepEqual(own?.labels, { '1': 'Yes', '2': 'No' })
  assert.equal(own?.scale, undefined)
  assert.equal(own?.recodes, undefined)
})

test('own words stand before shared ones', () => {
  assert.equal(resolved(withLike('99:Q1', (entry) => Object.assign(entry, { stem: 'Tea?' })))?.stem, 'Tea?')
})

test('a reference that leads nowhere is named with its file', () => {
  assert.throws(() => resolved(withLike('98:Q1')), {
    message: "mine.json: V4 is said to be like 98:Q1, but no wave '98' is built in",
  })
  assert.throws(() => resolved(withLike('99:Q2')), {
    message: 'mine.json: V4 is said to be like 99:Q2, but wave 99 has no variable Q2',
  })
})

test('the waves referred to are known', () => {
  assert.deepEqual(wavesReferredTo(withLike('99:Q1')), ['99'])
  assert.deepEqual(wavesReferredTo(smallDefinition()), [])
})
