import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { detectInput, type InputOptions, openInput } from '#src/formats/survey-input.js'
import { encodeZip } from '../zip-encoder.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-zip-'))
after(() => rmSync(folder, { recursive: true }))

const text = Buffer.from(`a,b\n${'1,2\n'.repeat(1000)}`)
let files = 0

/** Everything behind the wrappings of a file with these bytes. */
async function unpack(bytes: Uint8Array, options: InputOptions = {}): Promise<Buffer> {
  const path = join(folder, `${files++}.bin`)
  writeFileSync(path, bytes)
  const { input } = await detectInput(path, 'survey', options)
  const chunks: Uint8Array[] = []
  // Through JSON and back, as a plan goes.
  for await (const chunk of (await openInput(JSON.parse(JSON.stringify(input)), 'survey')).stream(0)) {
    chunks.push(Buffer.from(chunk))
  }
  return Buffer.concat(chunks)
}

test('a gzip file and the one file of a zip archive are read through, packed or stored, one within the other', async () => {
  const packed = encodeZip([{ name: 'survey.csv', content: text }])
  const stored = encodeZip([{ name: 'survey.csv', content: text, method: 0 }])
  const both = encodeZip([{ name: 'survey.csv.gz', content: gzipSync(text), method: 0 }])
  for (const bytes of [
    gzipSync(text),
    packed,
    stored,
    both,
    gzipSync(packed),
    encodeZip([{ name: 'a.zip', content: stored }]),
  ]) {
    assert.deepEqual(await unpack(bytes), text)
  }
})

test('what several gzip members hold stands end to end', async () => {
  assert.deepEqual(await unpack(Buffer.concat([gzipSync(text), gzipSync(text)])), Buffer.concat([text, text]))
})

test('of several members the one that is named is read; folders may be left out of its name', async () => {
  const archive = encodeZip([
    { name: 'data/', content: Buffer.alloc(0), method: 0 },
    { name: 'data/survey.csv', content: text },
    { name: 'readme.txt', content: Buffer.from('read me') },
    { name: '__MACOSX/._survey.csv', content: Buffer.from('litter') },
  ])
  await assert.rejects(
    unpack(archive),
    /holds 2 files; say which with --member NAME: "data\/survey\.csv" \(4004 bytes\), "readme\.txt"/,
  )
  assert.deepEqual(await unpack(archive, { member: 'survey.csv' }), text)
  assert.deepEqual(await unpack(archive, { member: 'data/survey.csv' }), text)
  await assert.rejects(unpack(archive, { member: 'data/survay.csv' }), /did you mean "data\/survey\.csv"/)
  await assert.rejects(unpack(text, { member: 'survey.csv' }), /--member names a file in a zip archive/)
})

test('the macOS copy of a file does not make an archive one of several', async () => {
  const archive = encodeZip([
    { name: 'survey.csv', content: text },
    { name: '__MACOSX/._survey.csv', content: Buffer.from('litter') },
  ])
  assert.deepEqual(await unpack(archive), text)
})

test('a member whose name leads out of the archive is refused', async () => {
  for (const name of ['../survey.csv', 'data/../../survey.csv', '/etc/survey.csv', 'C:/survey.csv']) {
    await assert.rejects(unpack(encodeZip([{ name, content: text }])), /leads out of the archive/, name)
  }
})

test('what unfolds too far is refused, by its ratio or by --max-bytes', async () => {
  const bomb = Buffer.alloc(80 << 20, '1,2\n')
  await assert.rejects(unpack(gzipSync(bomb)), /unfold to more than 67108864, as no survey file does; .*--max-bytes/)
  await assert.rejects(unpack(encodeZip([{ name: 'a.csv', content: bomb }])), /unfold to more than 67108864/)
  assert.equal((await unpack(gzipSync(bomb), { maxBytes: bomb.length })).length, bomb.length)
  await assert.rejects(unpack(gzipSync(text), { maxBytes: 100 }), /unfold to more than 100/)
  // The archive says that the member is small.
  const liar = encodeZip([{ name: 'a.csv', content: bomb, declaredBytes: 1000 }])
  await assert.rejects(unpack(liar), /damaged/)
})

test('damage shows: a cut, a wrong checksum, an unknown compression', async () => {
  const packed = encodeZip([{ name: 'survey.csv', content: text }])
  const stored = encodeZip([{ name: 'survey.csv', content: text, method: 0 }])
  stored[stored.indexOf('1,2') + 4] = 0x39
  await assert.rejects(unpack(stored), /checksum/)
  await assert.rejects(unpack(packed.subarray(0, packed.length - 30)), /cut short or damaged/)
  await assert.rejects(unpack(gzipSync(text).subarray(0, 30)), /cut short or damaged/)
  const other = encodeZip([{ name: 'survey.csv', content: text, method: 12 }])
  await assert.rejects(unpack(other), /compression method 12 is not read/)
  await assert.rejects(unpack(encodeZip([])), /holds no file/)
})
