import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtInDerived, builtInDerivedNames } from '#src/definitions/derived-variable.js'
import { loadDefinition } from '#src/definitions/loader.js'
import { CodeColumns } from '#src/pipelines/code-columns.js'
import { derivedVariableSchema } from '#src/pipelines/derive-file.js'

const loaded = loadDefinition('7')

test('each table has the shape of a derived variable, a source, and no code twice', () => {
  for (const name of builtInDerivedNames()) {
    const table = builtInDerived(name)
    assert.equal(derivedVariableSchema.safeParse(table).success, true, name)
    assert.equal(table.name, name)
    assert.ok(table.source, name)
    const members = Object.values(table.groups ?? {}).flat()
    assert.equal(new Set(members).size, members.length, name)
  }
})

test('our tables have a group for every code of their variable; the reference tables lack the known ones', () => {
  const lacking: Record<string, string[]> = {
    continent_reference: ['Bosnia Herzegovina', 'Palestine', 'North Macedonia', 'Burkina Faso', 'Kosovo'],
    education_level_reference: ['Master or equivalent (ISCED 7)'],
  }
  const columns = new CodeColumns(loaded, [], { has: () => true })
  for (const name of builtInDerivedNames()) columns.column(name, '--demographics')
  for (const { name, input, codes } of columns.derivedOptions()) {
    if (input < 0 || codes.length === 0) continue
    const source = columns.column(builtInDerived(name).from ?? '', 'test')
    const grouped = new Set(codes.map(([code]) => code))
    const left = [...source.labelOf].filter(([code]) => !grouped.has(code)).map(([, label]) => label)
    assert.deepEqual(left, lacking[name] ?? [], name)
  }
})

test('no derived variable hides a variable of the survey', () => {
  for (const name of builtInDerivedNames()) {
    assert.equal(
      loaded.definition.variables.some((variable) => variable.id === name || variable.name === name),
      false,
      name,
    )
  }
})
