import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { loadDefinitionFrom, loadReferenceDefinition } from '#src/definitions/loader.js'
import { questionMetadataJson } from '#src/definitions/question-metadata.js'
import { questionSentence } from '#src/definitions/wording.js'
import { SurveyError } from '#src/formats/survey-error.js'
import { folderWith } from './small-definition.js'

const entry = (question: string, choices: Record<string, string> = {}) => ({
  question,
  question_instruction: '',
  type: 'multiple_choice',
  choices,
})

const codebook = {
  version: entry('Version of the file'),
  A_YEAR: entry('Year'),
  B_COUNTRY: entry('Country', { '8': 'Albania' }),
  D_INTERVIEW: entry('Interview'),
  W_WEIGHT: entry('Weight'),
  Q119: entry('Tea is healthier than coffee', {
    '0': 'Hard to say',
    '1': 'Agree',
    '2': 'Disagree',
    '9': 'Allergic',
    '-1': 'Don´t know',
  }),
  UNHEARD: entry('Something else', { '1': 'One' }),
}

const question = (text: string, useCase: string, min: number | string, max: number | string) => ({
  question: text,
  category: 'Drinks',
  use_case: useCase,
  answer_scale_min: min,
  answer_scale_max: max,
  answer_data_type: min === '' ? 'non_ordinal' : 'ordinal',
})

const metadata = {
  Q119: question(
    "On a scale of 1 to 3, 1 meaning 'Agree' and 3 meaning 'Disagree', is tea healthier than coffee?",
    'value',
    1,
    3,
  ),
  A_YEAR: question('Which year was it?', 'demographic', '', ''),
  B_COUNTRY: question('Which country was it?', 'demographic', '', ''),
  D_INTERVIEW: question('Which interview was it?', 'demographic', '', ''),
}

const adjustments = { Q119: { '0': '2', '2': '3', '9': '' } }

const files = (changes: Record<string, unknown> = {}): Record<string, string> => ({
  // Not as JSON.stringify would print it: the bytes must come back as they are.
  'question_metadata.json': JSON.stringify(metadata, null, 3),
  'codebook.json': JSON.stringify(codebook),
  'answer_adjustment.json': JSON.stringify(adjustments),
  ...Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, JSON.stringify(value)])),
})

test('the three files become a definition in the order of the questions, technical columns last', async (t) => {
  const { definition } = await loadReferenceDefinition(folderWith(files(), t))
  assert.deepEqual(
    definition.variables.map(({ id, kind, measure, name }) => [id, kind, measure, name]),
    [
      ['Q119', 'value', 'ordinal', undefined],
      ['A_YEAR', 'demographic', 'quantity', 'year'],
      ['B_COUNTRY', 'demographic', 'category', 'country'],
      ['D_INTERVIEW', 'id', 'text', 'respondent_id'],
      ['version', 'technical', 'text', undefined],
      ['W_WEIGHT', 'weight', 'quantity', 'weight'],
      ['UNHEARD', 'technical', 'category', undefined],
    ],
  )
})

test('scale ends are the labels of the codes that end up there; the empty recode leaves out', async (t) => {
  const loaded = await loadReferenceDefinition(folderWith(files(), t))
  const variable = loaded.variable('Q119') ?? assert.fail()
  assert.deepEqual(variable.scale, { min: 1, max: 3, minLabel: 'Agree', maxLabel: 'Disagree' })
  assert.deepEqual(variable.recodes, { '0': 2, '2': 3, '9': null })
  assert.equal(loaded.labelsOf(variable, { mended: false })['-1'], 'Don´t know')
  assert.equal(
    questionSentence(variable),
    'Is tea healthier than coffee? Answer on a scale from 1 (Agree) to 3 (Disagree).',
  )
})

test('the bytes of question_metadata.json come back as they are', async (t) => {
  const loaded = await loadDefinitionFrom(folderWith(files(), t))
  assert.equal(Buffer.from(questionMetadataJson(loaded)).toString(), files()['question_metadata.json'])
})

test('the hash is of all three files', async (t) => {
  const original = await loadReferenceDefinition(folderWith(files(), t))
  const changed = await loadReferenceDefinition(folderWith(files({ 'answer_adjustment.json': {} }), t))
  assert.match(original.hash, /^[0-9a-f]{64}$/)
  assert.notEqual(original.hash, changed.hash)
})

const { D_INTERVIEW: _interview, ...withoutId } = codebook
const faults: [string, Record<string, unknown>, RegExp][] = [
  [
    'a question that the codebook lacks',
    { 'question_metadata.json': { ...metadata, Q1: metadata.Q119 } },
    /codebook\.json: Q1 stands in/,
  ],
  ['no interview id', { 'codebook.json': withoutId }, /D_INTERVIEW/],
  [
    'a recode that is no number',
    { 'answer_adjustment.json': { Q119: { '0': 'two' } } },
    /answer_adjustment\.json: Q119\.0: expected .*found "two"/,
  ],
  [
    'an unknown use',
    { 'question_metadata.json': { Q119: { ...metadata.Q119, use_case: 'tea' } } },
    /Q119\.use_case: expected "demographic" or "value", found "tea"/,
  ],
  [
    'a codebook without labels',
    { 'codebook.json': { Q119: { question: 'Tea' } } },
    /codebook\.json: Q119\.choices: expected record, found nothing/,
  ],
]

for (const [name, changes, message] of faults) {
  test(`files with ${name} are refused`, async (t) => {
    await refuses(files(changes), message, t)
  })
}

test('a folder that lacks one of the three files is refused by the name of that file', async (t) => {
  const { 'codebook.json': _codebook, ...others } = files()
  await refuses(others, /codebook\.json: no such file/, t)
})

async function refuses(content: Record<string, string>, message: RegExp, t: TestContext) {
  await assert.rejects(loadReferenceDefinition(folderWith(content, t)), (error) => {
    assert.ok(error instanceof SurveyError, String(error))
    assert.equal(error.kind, 'usage')
    assert.match(error.message, message)
    return true
  })
}
