import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { stream } from '#src/pool/stage.js'

async function run(apply: (batch: number) => unknown): Promise<unknown[]> {
  const results: unknown[] = []
  await pipeline(Readable.from([1, 2, 3]), stream({ name: 'test', apply }), async (batches) => {
    for await (const batch of batches) results.push(batch)
  })
  return results
}

describe('stream', () => {
  it('puts every batch through the stage, in order', async () => {
    assert.deepEqual(await run((batch) => batch * 2), [2, 4, 6])
  })

  it('ends the pipeline with the error that a stage throws, whatever it throws', async () => {
    const failing = (error: unknown) => () => {
      throw error
    }
    await assert.rejects(run(failing(new TypeError('odd'))), { name: 'TypeError', message: 'odd' })
    await assert.rejects(run(failing('odd')), { name: 'Error', message: 'odd' })
  })
})
