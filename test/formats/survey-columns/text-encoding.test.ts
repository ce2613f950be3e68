import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeWindows1252 } from '#src/formats/survey-columns/text-encoding.js'

describe('decodeWindows1252', () => {
  it('reads what Excel writes', () => {
    const bytes = Buffer.from('Don\x92t know \x96 \x80 5, \x93caf\xe9\x94\x85', 'latin1')
    assert.equal(decodeWindows1252(bytes), 'Don’t know – € 5, “café”…')
  })

  it('gives each byte one character of its own, ASCII and the upper half of Latin-1 as they are', () => {
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const text = decodeWindows1252(all)
    assert.equal(text.length, 256)
    assert.equal(new Set(text).size, 256)
    for (let byte = 0; byte < 256; byte++) {
      if (byte < 0x80 || byte > 0x9f) assert.equal(text.charCodeAt(byte), byte)
    }
  })

  it('keeps a first byte 0xff, which is no byte order mark here', () => {
    assert.equal(decodeWindows1252(Uint8Array.of(0xff, 0x41)), 'ÿA')
  })

  it('reads from the middle of a buffer', () => {
    assert.equal(decodeWindows1252(Buffer.from('xx\x8ayy', 'latin1').subarray(2, 3)), 'Š')
  })
})
