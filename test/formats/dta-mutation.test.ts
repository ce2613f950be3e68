import { test } from 'node:test'
import { type DtaSpec, encodeDta } from './dta-encoder.js'
import { runMutations } from './sav-mutation.js'

const spec: Omit<DtaSpec, 'format'> = {
  label: 'A label',
  variables: [
    { name: 'b', type: 'byte', label: 'A byte', labelSet: 'answers' },
    { name: 'i', type: 'int' },
    { name: 'l', type: 'long' },
    { name: 'text', type: 9 },
    { name: 'f', type: 'float' },
    { name: 'd', type: 'double', labelSet: 'answers' },
  ],
  rows: [
    [1, 2, 3, 'some', 0.5, 0.1],
    [null, '.a', null, '', null, '.z'],
    [-1, -2, -3, 'ü', -4, -5],
  ],
  labelSets: [
    {
      name: 'answers',
      labels: [
        [1, 'Yes'],
        [-1, 'No answer'],
        [2147483622, 'Refused'],
      ],
    },
  ],
  characteristics: ['a characteristic'],
}

test('10,000 damaged .dta files read or fail with one line', { timeout: 120_000 }, async () => {
  const files = ([113, 114, 115, 117, 118, 119] as const).flatMap((format) => {
    const long = format < 117 ? [] : [{ name: 'long', type: 'strL' as const }]
    const rows = spec.rows.map((row, index) => [
      ...row,
      ...long.map(() => ['shared', 'x'.repeat(100), 'shared'][index]),
    ])
    const full = { ...spec, format, variables: [...spec.variables, ...long], rows, shareLongTexts: true }
    return [encodeDta(full), encodeDta({ ...full, littleEndian: false })]
  })
  await runMutations({ form: 'dta', files, count: 10_000, seed: 3 })
})
