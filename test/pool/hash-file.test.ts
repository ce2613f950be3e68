import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { hashFile } from '#src/pool/hash-file.js'
import { SideThread } from '#src/pool/side-thread.js'

describe('hashFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-hash-'))
  after(() => rmSync(folder, { recursive: true }))
  const hashApart = (path: string) =>
    SideThread.during({ threads: 2 }, async (side) => {
      assert.ok(side !== undefined)
      return hashFile(path, side)
    })

  for (const bytes of [0, 1, 1 << 20, 3_000_001]) {
    it(`hashes ${bytes} bytes as node:crypto does at once`, async () => {
      const content = Buffer.from(Array.from({ length: bytes }, (_, at) => (at * at) % 251))
      const path = join(folder, String(bytes))
      writeFileSync(path, content)
      assert.equal(await hashApart(path), createHash('sha256').update(content).digest('hex'))
    })
  }

  it('says which file can not be read', async () => {
    await assert.rejects(hashApart(join(folder, 'none')), { message: /ENOENT.*none/ })
  })
})
