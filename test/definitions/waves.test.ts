import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { lintDefinition } from '#src/definitions/lint.js'
import { builtInWaves, loadDefinition } from '#src/definitions/loader.js'
import { type Variable, waveDefinitionSchema } from '#src/definitions/schema.js'

const waves = new Map(['5', '6', '7', 'timeseries'].map((wave) => [wave, loadDefinition(wave)]))

function wave(name: string) {
  const loaded = waves.get(name)
  assert.ok(loaded)
  return loaded
}

function variable(name: string, id: string): Variable {
  const found = wave(name).variable(id)
  assert.ok(found, `${id} is in wave ${name}`)
  return found
}

function counts(name: string): Record<string, number> {
  const { variables } = wave(name).definition
  const of = (test: (variable: Variable) => boolean) => variables.filter(test).length
  return {
    variables: variables.length,
    value: of(({ kind }) => kind === 'value'),
    demographic: of(({ kind }) => kind === 'demographic'),
    unknown: of(({ labels }) => labels === 'unknown'),
  }
}

test('waves 5, 6, 7 and the time series are built in', () => {
  assert.deepEqual(builtInWaves(), ['5', '6', '7', 'timeseries'])
})

for (const name of ['5', '6', 'timeseries']) {
  test(`wave ${name} has the shape that the schema demands, and lints clean`, () => {
    const folder = name === 'timeseries' ? name : `wave${name}`
    const url = import.meta.resolve(`#src/definitions/${folder}/wave.json`)
    waveDefinitionSchema.parse(JSON.parse(readFileSync(fileURLToPath(url), 'utf8')))
    assert.deepEqual(lintDefinition(wave(name)), [])
  })

  test(`wave ${name}: what is unknown is neither question nor demographic, and every question has words and a scale`, () => {
    for (const { id, kind, labels, stem, scale, category, measure } of wave(name).definition.variables) {
      if (labels === 'unknown') assert.equal(kind, 'technical', id)
      if (kind !== 'value') continue
      assert.ok(stem && scale && category, id)
      assert.equal(measure, 'ordinal', id)
    }
  })
}

test('each definition covers its variables', () => {
  assert.deepEqual(counts('6'), { variables: 458, value: 304, demographic: 37, unknown: 15 })
  assert.deepEqual(counts('5'), { variables: 447, value: 163, demographic: 27, unknown: 164 })
  assert.deepEqual(counts('timeseries'), { variables: 1048, value: 281, demographic: 43, unknown: 610 })
})

test('id, country, year and weight are found under their own names', () => {
  assert.deepEqual(wave('6').definition.roles, { id: 'V3', country: 'V2', year: 'V262', weight: 'V258' })
  assert.deepEqual(wave('5').definition.roles, { id: 'V3', country: 'V2', year: 'V260', weight: 'V259' })
  assert.deepEqual(wave('timeseries').definition.roles, { id: 'S007', country: 'S003', year: 'S020', weight: 'S017' })
  for (const { definition, variable: find } of waves.values()) {
    assert.equal(find(definition.roles.country)?.name, 'country')
    assert.equal(find(definition.roles.year)?.name, 'year')
    assert.equal(find(definition.roles.weight)?.name, 'weight')
  }
})

test('a question that recurs is worded once', () => {
  for (const [name, id] of [
    ['5', 'V4'],
    ['6', 'V4'],
    ['timeseries', 'A001'],
  ]) {
    assert.equal(variable(name, id).stem, variable('7', 'Q1').stem)
    assert.equal(variable(name, id).harmonised, 'A001')
    assert.deepEqual(variable(name, id).scale, variable('7', 'Q1').scale)
  }
  assert.equal(variable('5', 'V80').stem, variable('6', 'V70').stem)
})

test('demographics that mean the same have the same name', () => {
  for (const [id5, id6, id7] of [
    ['V235', 'V240', 'Q260'],
    ['V237', 'V242', 'Q262'],
    ['V253', 'V239', 'Q288'],
    ['V185G', 'V144G', 'Q289'],
  ]) {
    const { name } = variable('7', id7)
    assert.equal(variable('6', id6).name, name)
    assert.equal(variable('5', id5).name, name)
  }
  assert.notEqual(variable('6', 'V248').name, variable('7', 'Q275').name, 'another list of levels')
})

test('a wave keeps its own codes where they run otherwise than those of wave 7', () => {
  const jobs = variable('6', 'V45')
  assert.equal(jobs.stem, variable('7', 'Q33').stem)
  assert.deepEqual(jobs.scale, { min: 1, max: 3, minLabel: 'Agree', maxLabel: 'Disagree' })
  assert.equal(wave('6').labelsOf(jobs, { mended: true })['2'], 'Neither')
  assert.equal(wave('6').labelsOf(variable('6', 'V243'), { mended: true })['1'], 'Immigrant')
  assert.equal(wave('7').labelsOf(variable('7', 'Q264'), { mended: true })['1'], 'Not an immigrant')
  assert.deepEqual(variable('6', 'V176').recodes, { '5': 2 })
  assert.deepEqual(variable('6', 'V81').recodes, { '3': null })
})

test('labels that waves 6 and 7 contradict are unknown in the others', () => {
  for (const id of ['V44', 'V45', 'V215', 'V216', 'V240']) assert.equal(variable('5', id).labels, 'unknown', id)
  for (const id of ['C001', 'C002', 'G026', 'G027', 'X026']) {
    assert.equal(variable('timeseries', id).labels, 'unknown', id)
  }
})

test('a label file of another wave is read from there', () => {
  const birthplace = variable('timeseries', 'X002_02A')
  assert.equal(birthplace.labels, 'wave7/Q266.json')
  assert.equal(wave('timeseries').labelsOf(birthplace, { mended: true })['392'], 'Japan')
  assert.match(wave('timeseries').hash, /^[0-9a-f]{64}$/)
})
