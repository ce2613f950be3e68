import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draftScale } from '#src/definitions/draft-scale.js'

function labels(...texts: string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text, at) => [String(at + 1), text]))
}

test('codes in order make a scale with no recode, missing codes aside', () => {
  const drafted = draftScale({ ...labels('Very', 'Rather', 'Not very', 'Not at all'), '-1': "Don't know" })
  assert.deepEqual(drafted, { scale: { min: 1, max: 4, minLabel: 'Very', maxLabel: 'Not at all' }, suspects: [] })
})

const suspects: [string, Record<string, string>, Record<string, number | null>, number, number][] = [
  [
    'a middle answer at 0 goes to the middle',
    { '0': 'Hard to say', ...labels('Strongly agree', 'Agree', 'Disagree', 'Strongly disagree') },
    { '0': 3, '3': 4, '4': 5 },
    1,
    5,
  ],
  ['a middle answer at the end too', labels('Better off', 'Worse off', 'Or about the same'), { '2': 3, '3': 2 }, 1, 3],
  ['an answer beside the scale is left out', labels('Environment', 'Growth', 'Other answer'), { '3': null }, 1, 2],
  ['and so is neither of two', labels('Norms', 'Good', 'Neither of them', 'Both'), { '3': null, '4': null }, 1, 2],
  ['contrary answers are next to each other', { '1': 'Yes', '5': 'No' }, { '5': 2 }, 1, 2],
  [
    'whatever stands before their codes',
    { '724001': 'Used last week', '724002': 'Did not use last week' },
    { '724001': 1, '724002': 2 },
    1,
    2,
  ],
  ['and those who may not answer', labels('Always', 'Usually', 'Never', 'Not allowed to vote'), { '4': null }, 1, 3],
  [
    'and those whom it does not concern',
    labels('Very proud', 'Not proud', 'I am not [nationality]'),
    { '3': null },
    1,
    2,
  ],
  [
    'a spontaneous answer below the scale joins its end',
    { '0': 'It is against democracy (spontaneous)', ...labels('Not essential', '2', '3', 'Essential') },
    { '0': 1 },
    1,
    4,
  ],
]
for (const [name, codes, recodes, min, max] of suspects) {
  test(`${name}, and a person is asked`, () => {
    const drafted = draftScale(codes)
    assert.deepEqual(drafted?.recodes, recodes)
    assert.equal(drafted?.scale.min, min)
    assert.equal(drafted?.scale.max, max)
    assert.ok((drafted?.suspects.length ?? 0) > 0)
    assert.match(drafted?.suspects[0] ?? '', /^recodes: code/)
  })
}

test('a scale may start at 0', () => {
  const drafted = draftScale({ '0': 'Not a member', '1': 'Inactive', '2': 'Active' })
  assert.deepEqual(drafted?.scale, { min: 0, max: 2, minLabel: 'Not a member', maxLabel: 'Active' })
  assert.equal(drafted?.recodes, undefined)
})

test('gaps, long lists and single codes make no scale', () => {
  assert.equal(draftScale({ '1': 'Red', '5': 'Green' }), undefined)
  assert.equal(draftScale({ '1': 'Yes', '5': 'No', '6': 'Perhaps' }), undefined)
  assert.equal(draftScale(labels(...Array.from({ length: 20 }, (_, at) => `Party ${at}`))), undefined)
  assert.equal(draftScale({ '-1': "Don't know" }), undefined)
  assert.equal(draftScale({}), undefined)
})

test('bare numbers make a scale where there are many, with its ends to be named', () => {
  assert.equal(draftScale(labels('1', '2', '3')), undefined)
  const drafted = draftScale(labels('1', '2', '3', '4', '5', '6', '7', '8', '9', '10'))
  assert.deepEqual(drafted?.scale, { min: 1, max: 10, minLabel: '1', maxLabel: '10' })
  assert.match(drafted?.suspects[0] ?? '', /^scale: .*say what they mean/)
})
