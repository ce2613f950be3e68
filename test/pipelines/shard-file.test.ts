import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { blockBytes, DirectBlocks } from '../../dist/pipelines/direct-blocks.js'
import { ShardFile } from '../../dist/pipelines/shard-file.js'
import { seededRandom } from '../formats/sav-reading.js'

describe('a shard file', () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wvs-shard-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  for (const [name, lengths] of [
    ['nothing', []],
    ['a short piece', [5]],
    ['one block', [blockBytes]],
    ['a byte more than a block', [blockBytes, 1]],
    ['a piece over three blocks', [7, 3 * blockBytes]],
    ['whole blocks only', [blockBytes / 2, blockBytes / 2, blockBytes, blockBytes]],
    ['many odd pieces', Array.from({ length: 23 }, (_, index) => 1_000_003 * ((index % 5) + 1))],
  ] as const) {
    it(`holds ${name}, as it was given`, async () => {
      const path = join(folder, name.replaceAll(' ', '-'))
      const file = await ShardFile.create(path)
      const expected = content(lengths.reduce((sum: number, length) => sum + length, 0))
      let taken = 0
      for (const length of lengths) {
        // What was taken may be used for something else.
        const piece = expected.slice(taken, taken + length)
        await file.append(piece, 1)
        piece.fill(0)
        taken += length
      }
      const whole = await file.finish()
      assert.equal(Buffer.compare(readFileSync(path), expected), 0)
      assert.deepEqual(whole, {
        partial: path,
        rows: lengths.length,
        bytes: expected.length,
        sha256: createHash('sha256').update(expected).digest('hex'),
      })
    })
  }

  it('holds pieces that were sent while those before them were written', async () => {
    const path = join(folder, 'sent')
    const file = await ShardFile.create(path)
    const expected = content(2 * blockBytes + 70_000)
    for (let start = 0; start < expected.length; start += 90_001) {
      await file.send(expected.subarray(start, start + 90_001), 1)
    }
    const { bytes, sha256 } = await file.finish()
    assert.equal(Buffer.compare(readFileSync(path), expected), 0)
    assert.equal(bytes, expected.length)
    assert.equal(sha256, createHash('sha256').update(expected).digest('hex'))
  })

  it('tells whoever comes next that what was sent could not be written', async () => {
    for (const next of ['send', 'append', 'finish', 'abandon'] as const) {
      const file = await ShardFile.create('/dev/full')
      await file.send(content(10), 1)
      const coming = next === 'finish' || next === 'abandon' ? file[next]() : file[next](content(10), 1)
      if (next === 'abandon') await coming
      else await assert.rejects(coming, { code: 'ENOSPC' })
    }
  })

  it('is written the usual way where direct writing is refused', async () => {
    const path = join(folder, 'refused')
    const expected = content(3 * blockBytes + 11)
    await withFile(path, async (file) => {
      // Not a multiple of any sector, which every file system refuses.
      await file.write(expected, 0, 13, 0)
      const blocks = await DirectBlocks.open(path, file, 13)
      await blocks.append(expected.subarray(13))
      await blocks.finish()
      await blocks.close()
    })
    assert.equal(Buffer.compare(readFileSync(path), expected), 0)
  })

  it('is left only when its blocks have been written', async () => {
    const path = join(folder, 'left')
    const file = await ShardFile.create(path)
    const expected = content(3 * blockBytes)
    await file.append(expected, 1)
    await file.abandon()
    assert.equal(Buffer.compare(readFileSync(path), expected), 0)
  })

  it('says when the file can not be written', async () => {
    const path = join(folder, 'closed')
    await withFile(path, async (file) => {
      const blocks = await DirectBlocks.open(path, file, 1)
      await file.close()
      // Refused directly, then not possible the usual way either.
      await assert.rejects(async () => {
        await blocks.append(content(2 * blockBytes))
        await blocks.finish()
      })
    })
  })
})

function content(length: number): Uint8Array {
  const random = seededRandom(1)
  return new Uint8Array(length).map(() => random() * 256)
}

async function withFile(path: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'w')
  try {
    await use(file)
  } finally {
    await file.close().catch(() => {})
  }
}
