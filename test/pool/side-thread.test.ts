import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { SurveyError } from '#src/formats/survey-error.js'
import { SideThread } from '#src/pool/side-thread.js'

describe('SideThread', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-thread-'))
  after(() => rmSync(folder, { recursive: true }))

  function moduleOf(name: string, body: string): URL {
    const path = join(folder, `${name}.mjs`)
    writeFileSync(path, `export async function work(data) { ${body} }\n`)
    return pathToFileURL(path)
  }

  function withThread<Result>(work: (side: SideThread) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    return SideThread.during({ threads: 2, signal }, (side) => {
      assert.ok(side !== undefined)
      return work(side)
    })
  }

  it('gives what the work makes of its data, one piece after the other', async () => {
    const slow = moduleOf('slow', 'await new Promise((go) => setTimeout(go, 30)); globalThis.seen = data; return data')
    const sum = moduleOf('sum', 'return globalThis.seen + data.reduce((sum, byte) => sum + byte)')
    const bytes = Uint8Array.of(1, 2, 3)
    const results = await withThread((side) => {
      const running = [side.run<number>(slow, 100), side.run<number>(sum, bytes)]
      assert.equal(side.waiting, 2)
      return Promise.all(running)
    })
    assert.deepEqual(results, [100, 106])
  })

  it('brings results over whole: those that fill a buffer, parts of one, and shared memory', async () => {
    const parts = moduleOf(
      'parts',
      'const own = Uint8Array.of(5, 6, 7); return { own, part: new Uint8Array(data.buffer, 1, 2), small: Buffer.from("ab"), data }',
    )
    const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(9)
    const result = await withThread((side) => side.run<Record<string, Uint8Array>>(parts, shared))
    assert.deepEqual([...result.own], [5, 6, 7])
    assert.deepEqual([...result.part], [9, 9])
    assert.deepEqual([...result.small], [0x61, 0x62])
    shared[3] = 4
    assert.equal(result.data[3], 4)
  })

  it('says what went wrong in a piece of work, and does the next', async () => {
    const failing = moduleOf('failing', "if (data === 'bad') throw new RangeError('too many'); return data")
    await withThread(async (side) => {
      await assert.rejects(side.run(failing, 'bad'), { name: 'RangeError', message: 'too many' })
      assert.equal(await side.run(failing, 'good'), 'good')
    })
  })

  it('brings a SurveyError over as one', async () => {
    const address = import.meta.resolve('#src/formats/survey-error.js')
    const failing = moduleOf(
      'survey',
      `const { SurveyError } = await import('${address}'); throw new SurveyError('no such thing', { kind: 'usage' })`,
    )
    const failure = await withThread((side) => side.run(failing, null)).catch((error: unknown) => error)
    assert.ok(failure instanceof SurveyError)
    assert.equal(failure.kind, 'usage')
    assert.equal(failure.message, 'no such thing')
  })

  it('does not wait for a thread that has ended', async () => {
    const ending = moduleOf('ending', 'process.exit()')
    await withThread(async (side) => {
      const running = [side.run(ending, null), side.run(ending, null)]
      for (const run of running) await assert.rejects(run, { message: 'a thread ended before its work was done' })
      await assert.rejects(side.run(ending, null), { message: 'a thread ended before its work was done' })
    })
  })

  it('ends at an abort, in the middle of its work', async () => {
    const endless = moduleOf('endless', 'for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)')
    const abort = new AbortController()
    const running = withThread((side) => side.run(endless, null), abort.signal)
    setTimeout(() => abort.abort(new Error('enough')), 100)
    await assert.rejects(running, { message: 'enough' })
    await assert.rejects(
      withThread((side) => side.run(endless, null), abort.signal),
      { message: 'enough' },
    )
  })

  it('ends when it is told that no more work comes, beside the calling thread', async () => {
    const double = moduleOf('double', 'return data * 2')
    await withThread(async (side) => {
      assert.equal(await side.run(double, 4), 8)
      side.end()
      await assert.rejects(side.run(double, 4), { message: 'a thread ended before its work was done' })
    })
  })

  it('is none where there may be one thread only', async () => {
    assert.equal(await SideThread.during({ threads: 1 }, async (side) => side), undefined)
  })
})
