import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import type { ContainerMutationRun } from './container-mutation-worker.js'
import { encodeXlsx, type SheetCell, workbookParts } from './xlsx-encoder.js'
import { encodeZip } from './zip-encoder.js'

const csv = Buffer.from('a,b,c\n1,2,3\n-1,"two, three",\n'.repeat(3))
const rows: SheetCell[][] = [
  ['Q1: Family', 'Q2', 'Q3'],
  [1, 'text & more', -2.5],
  [null, 'text', true],
  [170070052, '', 'three'],
]

/** On a thread of its own: node:test follows every promise of the main thread, which makes many small readings slow. */
function runMutations(workerData: ContainerMutationRun): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./container-mutation-worker.js', import.meta.url), { workerData })
    worker.on('error', reject)
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`the worker ended with ${code}`))))
  })
}

test('10,000 damaged gzip files read or fail with one line', { timeout: 120_000 }, async () => {
  await runMutations({ form: 'gzip', files: [gzipSync(csv)], count: 10_000, seed: 5 })
})

test('10,000 damaged archives and workbooks read or fail with one line', { timeout: 240_000 }, async () => {
  const files = [
    encodeZip([{ name: 'survey.csv', content: csv }]),
    encodeZip([{ name: 'survey.csv', content: csv, method: 0 }]),
    encodeXlsx(rows),
  ]
  await runMutations({ form: 'zip', files, count: 10_000, seed: 6 })
})

test('10,000 damaged sheets in sound archives read or fail with one line', { timeout: 240_000 }, async () => {
  const parts = workbookParts(rows, {})
  const inline = workbookParts(rows, { inline: true })
  const name = 'xl/worksheets/sheet1.xml'
  const files = [parts[name], inline[name], JSON.stringify(parts)].map((text) => Buffer.from(text))
  await runMutations({ form: 'sheet', files, count: 10_000, seed: 7 })
})
