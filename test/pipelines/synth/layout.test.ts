import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadDefinition } from '#src/definitions/loader.js'
import { traitNames } from '#src/pipelines/synth/answer-items.js'
import { fillsByColumn, layoutNames, loadLayout, readWave7 } from '#src/pipelines/synth/layout.js'

const loaded = loadDefinition('7')

for (const name of layoutNames) {
  describe(`layout ${name}`, () => {
    const layout = loadLayout(name)

    it('names each column once, and those that every survey file needs', () => {
      assert.equal(layout.layout, name)
      assert.equal(new Set(layout.columns).size, layout.columns.length)
      for (const role of Object.values(loaded.definition.roles)) assert.ok(layout.columns.includes(role ?? ''), role)
    })

    it('says what to put in just those columns that the wave definition does not know', () => {
      const unknown = layout.columns.filter((column) => loaded.variable(column) === undefined)
      assert.deepEqual([...fillsByColumn(layout).keys()], unknown)
    })
  })
}

describe('marginals of the answers', () => {
  const { positions, loadings } = readWave7<{
    positions: Record<string, number>
    loadings: Record<string, Record<string, number>>
  }>('synthetic-marginals.json')

  it('are of questions that there are, within their bounds', () => {
    for (const [id, position] of Object.entries(positions)) {
      assert.ok(loaded.variable(id) !== undefined, id)
      assert.ok(position > 0 && position < 1, id)
    }
    const traits: readonly string[] = traitNames
    for (const [trait, pulls] of Object.entries(loadings)) {
      assert.ok(traits.includes(trait), trait)
      for (const [id, pull] of Object.entries(pulls)) assert.ok(positions[id] !== undefined && Math.abs(pull) < 1, id)
    }
  })

  it('are there for every value question', () => {
    const values = loaded.definition.variables.filter(({ kind }) => kind === 'value')
    assert.deepEqual(
      values.map(({ id }) => id).filter((id) => positions[id] === undefined),
      ['Q234A'],
    )
  })
})
