import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createLoadedDefinition, type LoadedDefinition } from '#src/definitions/loaded-definition.js'
import type { ValueLabels, Variable, WaveDefinition } from '#src/definitions/schema.js'

/** The value labels of `importance`. */
export const importanceLabels = {
  '1': 'Very important',
  '2': 'Rather important',
  '3': 'Not very important',
  '4': 'Not at all important',
  '-1': 'Don´t know',
}

/** A value question on a scale of four, as a codebook would have it. */
export const importance: Variable = {
  id: 'Q1',
  label: 'Important in life: Tea',
  kind: 'value',
  measure: 'ordinal',
  category: 'Drinks',
  scale: { min: 1, max: 4, minLabel: 'Very important', maxLabel: 'Not at all important' },
  stem: 'How important is tea to you?',
  labels: importanceLabels,
  harmonised: 'A001',
}

/** A definition of one of each kind of variable, with no fault that lint knows. */
export function smallDefinition(change: (definition: WaveDefinition) => void = () => {}): WaveDefinition {
  const definition: WaveDefinition = {
    format: 1,
    wave: '99',
    title: 'A survey of drinks',
    source: 'made up for the tests',
    roles: { id: 'ID', country: 'COUNTRY', year: 'YEAR', weight: 'WEIGHT', version: 'VERSION' },
    missing: [
      { code: -1, kind: 'dont-know', label: "Don't know" },
      { code: -3, kind: 'not-applicable', label: 'Not applicable' },
    ],
    repeatedIds: [],
    invertedColumns: ['Q1P'],
    variables: [
      { id: 'VERSION', label: 'Version', kind: 'technical', measure: 'text' },
      { id: 'ID', label: 'Interview', kind: 'id', measure: 'text', name: 'respondent_id' },
      {
        id: 'COUNTRY',
        label: 'Country',
        kind: 'demographic',
        measure: 'category',
        name: 'country',
        stem: 'Which country is this?',
        labels: { '8': 'Albania', '20': 'Andorra' },
      },
      {
        id: 'YEAR',
        label: 'Year',
        kind: 'demographic',
        measure: 'quantity',
        name: 'year',
        stem: 'Which year was it?',
      },
      { id: 'LATITUDE', label: 'Latitude', kind: 'technical', measure: 'quantity' },
      { id: 'WEIGHT', label: 'Weight', kind: 'weight', measure: 'quantity', name: 'weight' },
      structuredClone(importance),
    ],
  }
  change(definition)
  return definition
}

/** The small definition's only value question, for a change. */
export function question(definition: WaveDefinition): Variable {
  const variable = definition.variables.find(({ id }) => id === 'Q1')
  if (variable === undefined) throw new Error('the small definition has lost its question')
  return variable
}

/** Wraps a definition as a loader would, with label files given by name. */
export function loaded(definition: WaveDefinition, files: Record<string, ValueLabels> = {}): LoadedDefinition {
  return createLoadedDefinition({
    definition,
    *files() {
      yield { name: 'wave.json', bytes: Buffer.from(JSON.stringify(definition)) }
    },
    readLabelFile: (name) => ({ ...files[name] }),
  })
}

/** A folder of its own for one test, with the given files in it; gone when the test is over. */
export function folderWith(files: Record<string, string>, t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-definition-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}
