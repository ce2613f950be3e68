import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { TableColumn } from '#src/pipelines/columnar-table.js'
import { encodeTable, encodeTableApart } from '#src/pipelines/encoded-table.js'

const formats = ['parquet', 'csv', 'jsonl'] as const

function columnsOf(rows: number): TableColumn[] {
  const places = Int32Array.from({ length: rows }, (_, row) => row % 3)
  return [
    { name: 'answer_label', type: 'text', texts: ['Very important', 'Not at all', 'Ünwichtig'], values: places },
    { name: 'n', type: 'integer', values: places.map((place) => place * 7) },
    { name: 'share', type: 'number', values: Float64Array.from(places, (place) => place / 3) },
  ]
}

describe('encodeTableApart', () => {
  for (const rows of [0, 1, 5, 200_000]) {
    it(`makes of ${rows} rows the bytes that the calling thread makes`, async () => {
      const here = await encodeTable({ columns: columnsOf(rows), formats })
      const apart = await encodeTableApart({ columns: columnsOf(rows), formats })
      assert.equal(apart.length, formats.length)
      for (const [place, file] of apart.entries()) assert.ok(Buffer.compare(file, here[place]) === 0, formats[place])
    })
  }

  it('takes columns that share their values, which move once', async () => {
    const [, count] = columnsOf(10)
    const columns = [count, { ...count, name: 'n_before' }]
    const [here] = await encodeTable({ columns, formats: ['csv'] })
    const [apart] = await encodeTableApart({ columns, formats: ['csv'] })
    assert.equal(String(Buffer.from(apart)), String(here))
    assert.equal(count.values.length, 0)
  })

  it('ends at an abort', async () => {
    const abort = new AbortController()
    const encoding = encodeTableApart({ columns: columnsOf(100_000), formats }, abort.signal)
    abort.abort(new Error('enough'))
    await assert.rejects(encoding, { message: 'enough' })
  })
})
