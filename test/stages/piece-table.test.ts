import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteWriter } from '#src/formats/byte-writer.js'
import { Xoshiro128 } from '#src/random/xoshiro128.js'
import { PieceTable } from '#src/stages/piece-table.js'
import { type ExampleCursor, type Operation, reads } from '#src/stages/template-program.js'

const keys = 5000

function cursor(): ExampleCursor {
  const none = new Int32Array(0)
  return {
    ...{ row: 0, question: 0, answer: 0, shown: new Uint8Array(0), contextQuestions: none, contextAnswers: none },
    ...{ contextCount: 0, item: 0, number: 0, count: 0 },
  }
}

function operation(write: (row: number) => Uint8Array, hangsOn: number = reads.who): Operation {
  return { reads: hangsOn, write: (out, { row }) => out.append(write(row)) }
}

function tableOf(operations: Operation[]): PieceTable | undefined {
  const at = cursor()
  return PieceTable.of(operations, keys, (row) => {
    at.row = row
    return at
  })
}

/** Every key in random order, beside what the operations write themselves. */
function compare(operations: Operation[], capacity = 16): void {
  const table = tableOf(operations)
  assert.ok(table !== undefined)
  const random = Xoshiro128.seeded(1)
  const out = new ByteWriter(capacity)
  const expected = new ByteWriter()
  const at = cursor()
  for (let step = 0; step < keys; step++) {
    const row = random.below(keys)
    table.append(out, row)
    at.row = row
    for (const each of operations) each.write(expected, at)
  }
  assert.ok(Buffer.from(out.view()).equals(expected.view()))
}

const text = (value: string) => Buffer.from(value)

describe('PieceTable', () => {
  it('writes what the operations write, for few values and for one of each key, short, long and empty', () => {
    compare([
      operation(() => text('start '), 0),
      operation((row) => text(['', 'x', 'a longer piece '.repeat(9)][row % 3])),
      operation(() => text(' then '), 0),
      operation((row) => text(`é👩‍👧 ${row % 40}`)),
      operation((row) => text(String(row * 7919))),
      operation((row) => text('y'.repeat(row % 77))),
      operation(() => text('}\n'), 0),
    ])
  })

  it('keeps the bits of bytes that would be a number that is none', () => {
    // Signalling NaNs in either order of the bytes, as lengths and numbers in frames of rows can hold them.
    const frames = [0x7ff0_0000_0000_0001n, 0xfff7_ffff_ffff_ffffn, 0x0100_0000_0000_f07fn].map((bits) => {
      const bytes = Buffer.alloc(11, 0xff)
      bytes.writeBigUInt64LE(bits, 1)
      return bytes
    })
    compare([operation((row) => frames[row % 3]), operation((row) => frames[(row >> 2) % 3])])
  })

  it('takes an operation apart where it can be', () => {
    const state = { count: 0 }
    const part = (name: string): Operation => ({
      reads: reads.who,
      write(out, { row }) {
        if (row % 2 === 0) out.append(text(`${++state.count}. ${name}`))
      },
    })
    const start: Operation = {
      reads: reads.who,
      write() {
        state.count = 0
      },
    }
    const parts = [start, part('one'), part('two'), part('three')]
    compare([
      {
        reads: reads.who,
        parts,
        write: (out, at) => {
          for (const each of parts) each.write(out, at)
        },
      },
    ])
  })

  it('gives up where every key has much of its own', () => {
    const long = Buffer.alloc(20_000)
    const own = operation((row) => {
      long.writeUInt32LE(row)
      return long
    })
    assert.equal(tableOf([own]), undefined)
  })
})
