import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { harmonise } from '#src/definitions/harmonised-definition.js'
import { builtInWaves, loadDefinition } from '#src/definitions/loader.js'
import type { Variable } from '#src/definitions/schema.js'
import { importance, loaded, smallDefinition } from './small-definition.js'

/** The small definition as that of a wave, with other variables of its own. */
function wave(name: string, ...variables: Variable[]) {
  return loaded(
    smallDefinition((definition) => {
      definition.wave = name
      definition.variables = [...definition.variables.filter(({ kind }) => kind !== 'value'), ...variables]
    }),
  )
}

const sex = (id: string, labels: Record<string, string>): Variable => ({
  id,
  label: 'Sex',
  kind: 'demographic',
  measure: 'category',
  name: 'sex',
  harmonised: 'X001',
  labels,
})

const turned: Variable = {
  ...importance,
  id: 'T1',
  scale: { min: 1, max: 4, minLabel: 'Not at all important', maxLabel: 'Very important' },
  labels: {
    '1': 'Not at all important',
    '2': 'Not very important',
    '3': 'Rather important',
    '4': 'Very important',
    '7': 'Neither',
  },
  recodes: { '7': null, '9': 4 },
}

describe('definitions of several waves', () => {
  test('become one, with the newest wave’s codes; a scale that runs the other way is recoded, its own recodes first', () => {
    const { loaded: joined, readings, variables } = harmonise([wave('8', turned), wave('9', importance)])
    const question = joined.variable('A001')
    assert.deepEqual(question?.scale, importance.scale)
    assert.deepEqual(variables.find(({ id }) => id === 'A001')?.members, [
      { wave: '9', variable: 'Q1' },
      { wave: '8', variable: 'T1', scale: 'reversed', recodes: { 1: 4, 2: 3, 3: 2, 4: 1, 7: null, 9: 1 } },
    ])
    const [old, fresh] = readings
    assert.deepEqual(old.loaded.variable('A001')?.recodes, { 1: 4, 2: 3, 3: 2, 4: 1, 7: null, 9: 1 })
    assert.deepEqual(fresh.loaded.variable('A001')?.recodes, {})
    assert.equal(old.columns.get('T1'), 'A001')
    assert.equal(old.columns.get('ID'), 'S007')
    assert.deepEqual([old.constants, fresh.constants], [{ S002VS: 8 }, { S002VS: 9 }])
  })

  test('come out the same in whatever order they are given; one that is given twice counts once', () => {
    const [old, fresh] = [wave('8', turned), wave('9', importance)]
    const one = harmonise([old, fresh])
    const other = harmonise([fresh, old, fresh])
    assert.deepEqual(other.loaded.definition, one.loaded.definition)
    assert.equal(other.loaded.hash, one.loaded.hash)
    assert.equal(other.readings[0], other.readings[2])
  })

  test('keep questions without a harmonised id, or with answers that are no one scale, under ids of their wave', () => {
    const longer: Variable = {
      ...importance,
      scale: { min: 1, max: 5, minLabel: 'Very important', maxLabel: 'Not at all important' },
      labels: { '1': 'Very important', '5': 'Not at all important' },
    }
    const { harmonised: _, ...own } = { ...importance, id: 'Q2' }
    const { loaded: joined, apart } = harmonise([wave('8', importance, own), wave('9', longer, own)])
    const ids = joined.definition.variables.filter(({ kind }) => kind === 'value').map(({ id }) => id)
    assert.deepEqual(ids, ['A001_W9', 'W9_Q2', 'A001_W8', 'W8_Q2'])
    assert.deepEqual(apart, [
      {
        harmonised: 'A001',
        ids: ['A001_W9', 'A001_W8'],
        reasons: ['wave 8, Q1: the scale goes from 1 to 4, not from 1 to 5'],
      },
    ])
    assert.equal(joined.aliases?.get('Q1'), undefined)
  })

  test('sort people by label: codes that mean something else are recoded, and none without a label is taken for another', () => {
    const { loaded: joined, readings } = harmonise([
      wave('8', sex('S1', { '1': 'Female', '2': 'Male', '3': 'Other' })),
      wave('9', sex('S2', { '1': 'Male', '2': 'Female', '4': 'Not recorded' })),
    ])
    const variable = joined.variable('X001')
    assert.ok(variable !== undefined)
    assert.deepEqual(
      { ...joined.labelsOf(variable, { mended: false }) },
      {
        '1': 'Male',
        '2': 'Female',
        '4': 'Not recorded',
        '1000003': 'Other',
      },
    )
    assert.deepEqual(readings[0].loaded.variable('X001')?.recodes, { 1: 2, 2: 1, 3: 1000003, 4: null, 1000003: null })
    assert.deepEqual(readings[1].loaded.variable('X001')?.recodes, { 1000003: null })
  })

  test('tell countries by their codes where both number them alike, and by their names where they do not', () => {
    const country = (labels: Record<string, string>) => (name: string) =>
      loaded(
        smallDefinition((definition) => {
          definition.wave = name
          const variable = definition.variables.find(({ id }) => id === 'COUNTRY')
          if (variable !== undefined) variable.labels = labels
        }),
      )
    const fresh = country({ '8': 'Albania', '20': 'Andorra', '826': 'United Kingdom' })('9')
    const alike = harmonise([fresh, country({ '8': 'Albania', '826': 'Great Britain', '32': 'Argentina' })('8')])
    const labelsOf = ({ loaded: joined }: typeof alike) => {
      const variable = joined.variable('S003')
      return variable === undefined ? {} : { ...joined.labelsOf(variable, { mended: true }) }
    }
    assert.deepEqual(
      ['8', '20', '826', '32'].map((code) => labelsOf(alike)[code]),
      ['Albania', 'Andorra', 'United Kingdom', 'Argentina'],
    )
    const otherwise = harmonise([fresh, country({ '1': 'Albania', '8': 'Great Britain' })('8')])
    assert.deepEqual(otherwise.readings[1].loaded.variable('S003')?.recodes, {
      1: 8,
      8: 1000008,
      20: null,
      826: null,
      1000008: null,
    })
    assert.equal(labelsOf(otherwise)['1000008'], 'Great Britain')
  })

  test('that measure a demographic otherwise keep it apart, under names of their own', () => {
    const number: Variable = {
      id: 'S3',
      label: 'Sex',
      kind: 'demographic',
      measure: 'quantity',
      name: 'sex',
      harmonised: 'X001',
    }
    const { loaded: joined, apart } = harmonise([wave('8', number), wave('9', sex('S2', { '1': 'Male' }))])
    assert.deepEqual(
      ['X001_W9', 'X001_W8'].map((id) => joined.variable(id)?.name),
      ['sex', 'sex_w8'],
    )
    assert.match(apart[0].reasons[0], /wave 8, S3: it is measured as quantity, not as category/)
  })

  test('without a number have a label in the variable wave', () => {
    const { loaded: joined, readings } = harmonise([wave('pilot', importance), wave('9', importance)])
    const variable = joined.variable('wave') ?? joined.definition.variables.find(({ name }) => name === 'wave')
    assert.ok(variable !== undefined && variable.measure === 'category')
    const code = readings[0].constants.S002VS
    assert.equal(joined.labelsOf(variable, { mended: true })[code], 'pilot')
  })

  test('that are built in join without a clash: ids and names once, each member of the kind and harmonised id', () => {
    const waves = builtInWaves().map(loadDefinition)
    const { loaded: joined, variables, readings } = harmonise(waves)
    const ids = joined.definition.variables.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    const names = joined.definition.variables.flatMap(({ name }) => (name === undefined ? [] : [name]))
    assert.equal(new Set(names).size, names.length)
    for (const name of ['wave', 'year', 'country', 'sex', 'age']) assert.ok(names.includes(name), name)
    const shared = variables.filter(({ kind, members }) => kind === 'value' && members.length > 1)
    assert.ok(shared.length > 200, String(shared.length))
    for (const { id, members } of shared) {
      for (const member of members) {
        const own = waves.find(({ definition }) => definition.wave === member.wave)?.variable(member.variable)
        assert.equal(own?.harmonised, joined.variable(id)?.harmonised, id)
        assert.equal(own?.kind, 'value')
        const range = [own?.scale?.min, own?.scale?.max]
        assert.deepEqual(range, [joined.variable(id)?.scale?.min, joined.variable(id)?.scale?.max], id)
      }
    }
    // All value questions of every wave are somewhere, once.
    for (const { own, columns } of readings) {
      const questions = own.definition.variables.filter(({ kind }) => kind === 'value')
      const targets = questions.map(({ id }) => columns.get(id))
      assert.ok(targets.every((id) => id !== undefined && joined.variable(id)?.kind === 'value'))
      assert.equal(new Set(targets).size, questions.length)
    }
  })
})
