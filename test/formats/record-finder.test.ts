import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RecordFinder } from '#src/formats/record-finder.js'
import { check } from '../property.js'
import { anyBytes, readPlainly } from './delimited-text.js'

/** Lines of which most are plain records. */
const lines = fc
  .array(
    fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom('1', '12', '123456789012345', '"a,b"', '"a""b"') },
        { weight: 1, arbitrary: fc.constantFrom('', '007', 'x', 'a"b', '"\n"', '-5', '1234567890123456') },
      ),
      { minLength: 1, maxLength: 12 },
    ),
    { maxLength: 12 },
  )
  .map((records) => records.map((cells) => `${cells.join(',')}\n`).join(''))

describe('RecordFinder', () => {
  it('finds records and ids as a plain loop does, and stops before the first that is not plain', () => {
    const finders = [0, 1, 3].map((idField) => ({ idField, finder: new RecordFinder(0x2c, idField) }))
    let all = 0
    const input = fc.record({ text: fc.oneof(anyBytes, lines), cut: fc.nat({ max: 20 }) })
    check(input, 4000, ({ text, cut }) => {
      for (const { idField, finder } of finders) {
        // What stands behind the end must not count.
        const end = Math.max(0, text.length - cut)
        const room = finder.room(text.length)
        room.write(text, 'latin1')
        const found = finder.find(0, end)
        const records = readPlainly(text, ',')
        const isPlain = ({ start, end: behind, cells }: (typeof records)[number], at: number) =>
          start === (at === 0 ? 0 : records[at - 1].end) &&
          behind <= end &&
          text[behind - 1] === '\n' &&
          !text.slice(start, behind - 1).includes('\n') &&
          /^[1-9]\d{0,14}$/.test(cells[idField] ?? '') &&
          !text.slice(start).startsWith('\r')
        const plain = records.findIndex((record, at) => !isPlain(record, at))
        assert.ok(found <= (plain === -1 ? records.length : plain), 'no record is found that is not plain')
        for (let record = 0; record < found; record++) {
          assert.equal(finder.ends[record], records[record].end)
          assert.equal(String(finder.ids[record]), records[record].cells[idField])
        }
        all += found
      }
    })
    assert.ok(all > 1000, `${all} records were found`)
  })

  it('keeps what its room holds when that grows', () => {
    const finder = new RecordFinder(0x2c, 0)
    finder.room(100).write('1,2\n3,4\n')
    finder.room(1 << 20)
    assert.equal(finder.find(0, 8), 2)
    assert.deepEqual([...finder.ids.subarray(0, 2)], [1, 3])
  })
})
