import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openDecisions } from '#src/definitions/draft-definition.js'
import { loadDefinition, resolveBuiltIn } from '#src/definitions/loader.js'
import type { Variable, WaveDefinition } from '#src/definitions/schema.js'
import { define } from '#src/pipelines/define.js'
import { encodeSav, type SavVariableSpec } from '../formats/sav-encoder.js'

const wave7 = loadDefinition('7')

function fileOf(t: TestContext, name: string, content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-define-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, name)
  writeFileSync(file, content)
  return file
}

/** A file with the variables of wave 7, their labels and value labels, as SPSS users get it. */
function wave7Sav(): Buffer {
  const variables = wave7.definition.variables.map((variable, at): SavVariableSpec => {
    const { id, label, measure } = variable
    const labels = Object.entries(wave7.labelsOf(variable, { mended: false }))
      .filter(([code]) => /^-?\d+$/.test(code))
      .slice(0, 200)
      .map(([code, text]): [number, string] => [Number(code), text.slice(0, 110)])
    const shortName = `V${at}`
    return { name: id, shortName, label, ...(measure === 'text' ? { width: 8 } : labels.length > 0 ? { labels } : {}) }
  })
  return encodeSav({ variables, rows: [variables.map(({ width = 0 }) => (width > 0 ? '' : 1))] })
}

/** Kind and measure, and the scale of what is asked. */
function essence({ kind, measure, scale }: Variable): string {
  const asked = kind === 'value' || kind === 'demographic'
  return [kind, measure, ...(asked && scale !== undefined ? [scale.min, scale.max] : [])].join(' ')
}

function drafted(definition: WaveDefinition, id: string): Variable {
  const found = definition.variables.find((variable) => variable.id === id)
  assert.ok(found, id)
  return found
}

test('a wave-7 file, drafted from wave 6 alone, gives nearly the built-in definition, and every recode', async (t) => {
  const draft = await define(fileOf(t, 'wave.sav', wave7Sav()), '8', [loadDefinition('6')])
  const resolved = resolveBuiltIn(draft, 'wave8.json')
  const differences = wave7.definition.variables
    .filter((variable) => essence(variable) !== essence(drafted(resolved, variable.id)))
    .map((variable) => `${variable.id}: ${essence(variable)} -> ${essence(drafted(resolved, variable.id))}`)
  const share = 1 - differences.length / wave7.definition.variables.length
  assert.ok(share >= 0.95, `${share}\n${differences.join('\n')}`)
  for (const { id, recodes } of wave7.definition.variables) {
    if (recodes !== undefined) assert.deepEqual(drafted(draft, id).recodes, recodes, id)
  }
  const { id, country, year, weight } = wave7.definition.roles
  assert.deepEqual({ ...draft.roles, version: undefined }, { id, country, year, weight, version: undefined })
})

test('what is shared with a known wave is referred to, and what is doubtful left to decide', async (t) => {
  const draft = await define(fileOf(t, 'wave.sav', wave7Sav()), '8', [wave7])
  assert.equal(drafted(draft, 'Q1').like, '7:Q1')
  assert.equal(drafted(draft, 'Q1').harmonised, 'A001')
  assert.equal(drafted(draft, 'Q1').decide, undefined)
  assert.match(drafted(draft, 'Q56').decide?.join() ?? '', /recodes: code 3/)
  assert.ok(openDecisions(draft) > 10)
})

test('a codebook is taken as well', async (t) => {
  const codebook = [
    'VARIABLE,LABEL,CATEGORIES',
    'V3,Interview number,',
    'V4,Important in life: Family,"1##Very important\n2##Rather important\n3##Not very important\n4##Not at all important\n-1##Don\'t know{DK}\n"',
    'V240,Sex,"1##Male\n2##Female\n"',
  ].join('\n')
  const draft = await define(fileOf(t, 'codebook.csv', codebook), '8', [wave7])
  assert.deepEqual(
    draft.variables.map(({ id, kind, like }) => [id, kind, like]),
    [
      ['V3', 'id', undefined],
      ['V4', 'value', '7:Q1'],
      ['V240', 'demographic', '7:Q260'],
    ],
  )
  assert.deepEqual(
    draft.decide?.map((text) => text.split(':')[0]),
    ['roles.country', 'roles.year', 'roles.weight'],
  )
})

test('value labels speak louder than a known variable whose label is alike', async (t) => {
  const codebook = [
    'variable,label,categories',
    'S007,Unified respondent number,',
    'S006,Original respondent number,',
    'V2,Country code,',
    // The same words as a recoded variable of wave 7, which has two answers.
    'V24,Membership of church or religious organization,"0##Not a member\n1##Inactive member\n2##Active member"',
    'V179,Respondent was victim of a crime during the past year,"1##Yes\n5##No"',
    'V247,Language at home,',
    'V231,Nature of tasks: manual vs. intellectual,"1##Manual\n2##2\n3##3\n4##4\n5##Intellectual"',
  ].join('\n')
  const draft = await define(fileOf(t, 'codebook.csv', codebook), '8', [wave7])
  assert.deepEqual(
    draft.variables.map(({ id, kind, recodes }) => [id, kind, ...(recodes === undefined ? [] : [recodes])]),
    [
      ['S007', 'id'],
      ['S006', 'technical'],
      ['V2', 'demographic'],
      ['V24', 'value'],
      ['V179', 'value', { '5': 2 }],
      ['V247', 'technical'],
      ['V231', 'demographic'],
    ],
  )
  assert.match(drafted(draft, 'V247').decide?.join() ?? '', /labels: nothing says what its codes mean/)
  assert.equal(drafted(draft, 'V24').harmonised, undefined)
})

test('anything else is refused', async (t) => {
  const refusal = (content: string) => define(fileOf(t, 'x.csv', content), '8', [wave7])
  await assert.rejects(refusal('a,b\n1,2\n'), /neither an SPSS or Stata file nor a codebook/)
  await assert.rejects(refusal(''), /neither an SPSS or Stata file nor a codebook/)
  await assert.rejects(define('/nowhere.sav', '8', [wave7]), /can not be opened \(no such file/)
})
