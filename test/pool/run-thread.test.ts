import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { runThread } from '#src/pool/run-thread.js'

describe('runThread', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-thread-'))
  after(() => rmSync(folder, { recursive: true }))

  function moduleOf(name: string, body: string): URL {
    const path = join(folder, `${name}.mjs`)
    writeFileSync(path, `import { parentPort, workerData } from 'node:worker_threads'\n${body}\n`)
    return pathToFileURL(path)
  }

  it('gives what the thread posts first, of data that moved there', async () => {
    const bytes = Uint8Array.of(1, 2, 3)
    const module = moduleOf('sum', 'parentPort.postMessage(workerData.reduce((sum, byte) => sum + byte))')
    assert.equal(await runThread(module, { data: bytes, transfer: [bytes.buffer] }), 6)
    assert.equal(bytes.length, 0)
  })

  it('says what went wrong in the thread', async () => {
    const module = moduleOf('failing', "throw new RangeError('too many')")
    await assert.rejects(runThread(module, { data: null }), { name: 'RangeError', message: 'too many' })
  })

  it('does not wait for a thread that ends without a result', async () => {
    const module = moduleOf('silent', 'parentPort.unref()')
    await assert.rejects(runThread(module, { data: null }), { message: /silent\.mjs ended without a result/ })
  })

  it('ends the thread at an abort', async () => {
    const module = moduleOf('endless', 'for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000)')
    const abort = new AbortController()
    const running = runThread(module, { data: null, signal: abort.signal })
    abort.abort(new Error('enough'))
    await assert.rejects(running, { message: 'enough' })
    await assert.rejects(runThread(module, { data: null, signal: abort.signal }), { message: 'enough' })
  })
})
