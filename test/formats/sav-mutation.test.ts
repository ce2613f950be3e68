import { test } from 'node:test'
import { encodeSav, type SavSpec } from './sav-encoder.js'
import { runMutations } from './sav-mutation.js'

const spec: SavSpec = {
  variables: [
    {
      name: 'Q1_long_name',
      shortName: 'Q1',
      label: 'A label',
      labels: [
        [-1, "Don't know"],
        [1, 'Yes'],
      ],
      missing: [-1],
      measure: 1,
    },
    { name: 'range', missing: [-9, -1, 99], missingCount: -3 },
    { name: 'short', width: 5, labels: [['a', 'A']], missing: ['b'] },
    { name: 'wide', width: 20, labels: [['value', 'Label']], missing: ['none'] },
    { name: 'very_long', shortName: 'VL', width: 300 },
    { name: 'weight' },
  ],
  rows: [
    [1, 2.5, 'a', 'value', 'x'.repeat(290), 1],
    [null, -9, '', '', '', 0.5],
    [-1, 99, 'ü', 'none', 'short', 2],
  ],
  weight: 'weight',
  characterCode: 65001,
  encodingRecord: 'UTF-8',
  floatInfo: [-Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE],
  extensions: [{ subtype: 16, size: 8, data: Buffer.from('01000000000000000300000000000000', 'hex') }],
  documentLines: ['A document'],
}

test('10,000 damaged .sav files read or fail with one line', { timeout: 120_000 }, async () => {
  const files = [
    encodeSav(spec),
    encodeSav({ ...spec, littleEndian: false, extensions: [] }),
    encodeSav({ ...spec, compression: 'none' }),
    encodeSav({ ...spec, declaredRows: -1, extensions: [] }),
  ]
  await runMutations({ form: 'sav', files, count: 10_000, seed: 1 })
})

test('10,000 damaged .zsav files read or fail with one line', { timeout: 120_000 }, async () => {
  const files = [
    encodeSav({ ...spec, compression: 'zlib', blockSize: 128 }),
    encodeSav({ ...spec, compression: 'zlib', littleEndian: false, extensions: [], declaredRows: -1 }),
  ]
  await runMutations({ form: 'sav', files, count: 10_000, seed: 2 })
})
