import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadDefinition } from '#src/definitions/loader.js'
import { type Variable, waveDefinitionSchema } from '#src/definitions/schema.js'

const wave7 = loadDefinition('7')
const { definition } = wave7

function variable(id: string): Variable {
  const found = wave7.variable(id)
  assert.ok(found, `${id} is in the definition`)
  return found
}

function ofKind(kind: Variable['kind']): Variable[] {
  return definition.variables.filter((candidate) => candidate.kind === kind)
}

test('the built-in wave 7 has the shape that the schema demands', () => {
  waveDefinitionSchema.parse(definition)
})

test('it holds all 377 codebook variables: 239 value questions, 42 demographics, the id, two weights', () => {
  assert.equal(definition.variables.length, 377)
  assert.equal(ofKind('value').length, 239)
  assert.equal(ofKind('demographic').length, 42)
  assert.deepEqual(
    ofKind('id').map(({ id }) => id),
    ['D_INTERVIEW'],
  )
  assert.deepEqual(
    ofKind('weight').map(({ id }) => id),
    ['W_WEIGHT', 'S018'],
  )
})

test('every question and demographic has a stem, every value question a category and a scale', () => {
  for (const { id, stem } of [...ofKind('value'), ...ofKind('demographic')]) assert.ok(stem, `${id} has a stem`)
  for (const { id, category, scale, measure } of ofKind('value')) {
    assert.ok(category, `${id} has a category`)
    assert.ok(scale, `${id} has a scale`)
    assert.equal(measure, 'ordinal', id)
  }
})

test('income is the one ordinal demographic, and seven demographics are no categories', () => {
  const notCategories = ofKind('demographic').filter(({ measure }) => measure !== 'category')
  assert.deepEqual(
    notCategories.map(({ id, measure }) => `${id} ${measure}`),
    [
      'A_YEAR quantity',
      'J_INTDATE quantity',
      'Q261 quantity',
      'Q262 quantity',
      'Q270 quantity',
      'Q274 quantity',
      'Q288 ordinal',
    ],
  )
})

test('friendly names are clear of each other and of the columns of every table', () => {
  const names = definition.variables.flatMap(({ name }) => (name === undefined ? [] : [name]))
  assert.equal(names.length, 42 + 1 + 2)
  assert.equal(new Set(names).size, names.length)
  assert.ok(!names.includes('question') && !names.includes('answer'))
  assert.equal(variable('B_COUNTRY').name, 'country')
  assert.equal(variable('Q275').name, 'education')
})

test('recodes put middle answers in the middle and leave out what is no answer', () => {
  const recoded = definition.variables.filter(({ recodes }) => recodes !== undefined)
  assert.deepEqual(
    recoded.map(({ id }) => id),
    ['Q56', 'Q111', 'Q119', 'Q221', 'Q222', ...range(241, 249), 'Q254'],
  )
  assert.deepEqual(variable('Q56').recodes, { '2': 3, '3': 2 })
  assert.deepEqual(variable('Q119').recodes, { '0': 3, '3': 4, '4': 5 })
  assert.deepEqual(variable('Q221').recodes, { '4': null })
  assert.deepEqual(variable('Q245').recodes, { '0': 1 })
})

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `Q${from + index}`)
}

test('the codebook speaks for itself in plain labels and is put right in mended ones', () => {
  const cases: [string, string, string | undefined, string][] = [
    ['Q270', '7', '89.- 7 persons or more', '7 persons or more'],
    ['Q274', '7', '25.- 7 or more children', '7 or more children'],
    ['Q288', '8', 'Eight  step', 'Eighth step'],
    ['Q288', '9', 'Nineth step', 'Ninth step'],
    ['Q276', '-1', 'Don´t know', "Don't know"],
    ['Q1', '-4', 'Not asked in this country', 'Not asked'],
    ['Q1', '-3', undefined, 'Not applicable'],
    ['Q217', '-5', 'INAP: No internet/no social media', 'Not applicable: no internet or social media'],
    ['LNGE_ISO', 'tr', 'Ukrainian', 'Turkish'],
    ['N_TOWN', '680303', 'BO: San_Julián', 'BO: San Julián'],
    ['Q1', '2', 'Rather important', 'Rather important'],
  ]
  for (const [id, code, plain, mended] of cases) {
    assert.equal(wave7.labelsOf(variable(id), { mended: false })[code], plain, `${id} ${code}, plain`)
    assert.equal(wave7.labelsOf(variable(id), { mended: true })[code], mended, `${id} ${code}, mended`)
  }
})

test('releases with turned scales are told by columns that this wave does not have', () => {
  assert.ok(definition.invertedColumns.includes('Q1P'))
  assert.ok(!definition.invertedColumns.includes('Q57P'))
  for (const column of definition.invertedColumns) assert.equal(wave7.variable(column), undefined)
})

test('Uruguay is known for its one interview id', () => {
  assert.deepEqual(
    definition.repeatedIds.map(({ id }) => id),
    ['858069901'],
  )
})
