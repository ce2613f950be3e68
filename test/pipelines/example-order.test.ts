import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StoredRespondents } from '#src/batch/respondent-store.js'
import { orderExamples } from '#src/pipelines/example-order.js'
import { defaultExport, type ExportOptions } from '#src/pipelines/export-options.js'
import { Xoshiro128 } from '#src/random/xoshiro128.js'

/** Respondents whose answers are there or not by lot; splits 0, 1, 2 and left out in turn. */
function respondents(rows: number, questions: number, share = 0.8): StoredRespondents {
  const random = Xoshiro128.seeded(rows, questions)
  const ids = Array.from({ length: rows }, (_, row) => String(1000 + row))
  return {
    rows,
    ids: { bytes: Buffer.from(ids.join('')), offsets: Uint32Array.from({ length: rows + 1 }, (_, row) => row * 4) },
    weights: new Float64Array(rows),
    demographics: [],
    answers: Uint8Array.from({ length: rows * questions }, () => (random.fraction() < share ? 1 : 243)),
    splits: Uint8Array.from({ length: rows }, (_, row) => [0, 0, 1, 2, 255][row % 5]),
  }
}

function order(store: StoredRespondents, options: Partial<ExportOptions>, only?: number[]) {
  return orderExamples(store, { ...defaultExport, ...options }, only)
}

/** The cells of each split by plain loops. */
function plainCells(store: StoredRespondents): number[][] {
  const width = store.answers.length / store.rows
  return [0, 1, 2].map((split) =>
    Array.from(store.answers.keys()).filter(
      (cell) => store.splits[Math.floor(cell / width)] === split && store.answers[cell] < 240,
    ),
  )
}

describe('orderExamples', () => {
  const store = respondents(500, 37)
  const plain = plainCells(store)

  it('takes every answer once, split after split, in file order', () => {
    const { order: cells, splitEnds } = order(store, {})
    assert.deepEqual([...cells], plain.flat())
    assert.deepEqual(splitEnds, [plain[0].length, plain[0].length + plain[1].length, plain.flat().length])
    assert.deepEqual([...order(store, {}, [1]).order], plain[1])
  })

  it('takes so many of each respondent, all answers equally often', () => {
    const { order: cells } = order(store, { perRespondent: 3 })
    const perRow = new Map<number, number>()
    for (const cell of cells) perRow.set(Math.floor(cell / 37), (perRow.get(Math.floor(cell / 37)) ?? 0) + 1)
    assert.equal(perRow.size, 400)
    assert.ok([...perRow.values()].every((count) => count === 3))
    assert.deepEqual(
      [...cells],
      [...new Set(cells)].filter((cell) => plain.flat().includes(cell)),
    )
    const byQuestion = new Uint32Array(37)
    for (const cell of cells) byQuestion[cell % 37]++
    // 1,200 draws over 37 questions: 32 each, and hardly ever less than half or more than twice that.
    assert.ok(byQuestion.every((count) => count > 12 && count < 60))
    assert.notDeepEqual(order(store, { perRespondent: 3, seed: 1 }).order, cells)
  })

  it('takes exactly so many in all, in order, spread evenly', () => {
    const { order: cells, splitEnds } = order(store, { maxExamples: 1000 })
    assert.equal(cells.length, 1000)
    const all = new Set(plain.flat())
    assert.ok(cells.every((cell) => all.has(cell)))
    for (const [split, own] of plain.entries()) {
      const count = splitEnds[split] - (splitEnds[split - 1] ?? 0)
      assert.ok(Math.abs(count / 1000 - own.length / all.size) < 0.06)
    }
    assert.deepEqual([...order(store, { maxExamples: 1e9 }).order], plain.flat())
  })

  it('shuffles each split within itself, by seed alone', () => {
    const first = order(store, { shuffle: 7 })
    assert.deepEqual(order(store, { shuffle: 7 }).order, first.order)
    assert.notDeepEqual(order(store, { shuffle: 8 }).order, first.order)
    let start = 0
    for (const [split, end] of first.splitEnds.entries()) {
      assert.deepEqual(
        [...first.order.subarray(start, end)].sort((left, right) => left - right),
        plain[split],
      )
      start = end
    }
  })

  it('shuffles evenly, also where the examples fill many buckets', () => {
    const large = respondents(4000, 60, 1.1)
    const { order: cells, splitEnds } = order(large, { shuffle: 3 })
    const train = cells.subarray(0, splitEnds[0])
    assert.ok(train.length > 65536)
    assert.equal(new Set(train).size, train.length)
    // The mean place of the first tenth of the cells is the middle, within four standard errors.
    const tenth = 4000 * 60 * 0.1
    let sum = 0
    let count = 0
    for (const [place, cell] of train.entries()) {
      if (cell >= tenth) continue
      sum += place
      count++
    }
    const error = train.length / Math.sqrt(12 * count)
    assert.ok(Math.abs(sum / count - train.length / 2) < 4 * error)
    // Neighbours are of different respondents but for about one in 2,400 * 2 / 3.
    let together = 0
    for (let place = 1; place < train.length; place++) {
      together += Math.floor(train[place] / 60) === Math.floor(train[place - 1] / 60) ? 1 : 0
    }
    assert.ok(together < train.length / 400)
  })

  it('lets answers go along where they fit beside the cells, and only there', () => {
    for (const [options, bits] of [
      [{ answerCodes: 11 }, 4],
      [{ answerCodes: 2 }, 1],
      [{ answerCodes: 2 ** 18 }, 0],
      [{ answerCodes: 11, turns: 2 }, 0],
    ] as const) {
      const both = orderExamples(store, { ...defaultExport, shuffle: 7, perRespondent: 9, ...options })
      assert.equal(both.answerBits, bits)
      const turns = 'turns' in options ? options.turns : 1
      const { order: cells } = order(store, { shuffle: 7, perRespondent: 9, turns })
      assert.deepEqual(
        [...both.order].map((place) => place >>> bits),
        [...cells],
      )
      if (bits > 0) for (const place of both.order) assert.equal(place & (2 ** bits - 1), store.answers[place >>> bits])
    }
  })

  it('begins a conversation at each respondent and after so many questions', () => {
    const { order: starts, cells, splitEnds } = order(store, { turns: 5 })
    assert.ok(cells !== undefined)
    assert.deepEqual(
      [...cells].sort((left, right) => left - right),
      plain.flat().sort((left, right) => left - right),
    )
    let expected = 0
    for (const own of plain) {
      const counts = new Map<number, number>()
      for (const cell of own) counts.set(Math.floor(cell / 37), (counts.get(Math.floor(cell / 37)) ?? 0) + 1)
      expected += [...counts.values()].reduce((sum, count) => sum + Math.ceil(count / 5), 0)
    }
    assert.equal(starts.length, expected)
    assert.equal(splitEnds[2], expected)
  })

  it('lets only respondents of the training split stand in worked examples', () => {
    const { donors } = order(store, { fewShot: 2 })
    assert.equal(donors.length, 200)
    assert.ok(donors.every((row) => store.splits[row] === 0))
  })

  it('takes a survey without answers, and one without respondents', () => {
    assert.equal(order(respondents(10, 5, 0), {}).order.length, 0)
    assert.equal(order(respondents(0, 5), { shuffle: 1, turns: 2 }).order.length, 0)
  })
})
