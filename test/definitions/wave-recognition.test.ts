import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtInWaves, loadDefinition } from '#src/definitions/loader.js'
import { recogniseWave } from '#src/definitions/wave-recognition.js'

test('the columns of each wave are those of that wave', () => {
  for (const wave of builtInWaves()) {
    const columns = loadDefinition(wave).definition.variables.map(({ id }) => id)
    const [best, second] = recogniseWave(columns)
    assert.deepEqual(best, { wave, known: columns.length })
    assert.ok(second === undefined || second.known < best.known)
  }
})

test('a wave whose id or country is not there is none to choose', () => {
  assert.deepEqual(recogniseWave(['V3', 'V4', 'V5']), [])
  assert.deepEqual(recogniseWave(['D_INTERVIEW', 'B_COUNTRY', 'Q1']), [{ wave: '7', known: 3 }])
  assert.deepEqual(recogniseWave([]), [])
})
