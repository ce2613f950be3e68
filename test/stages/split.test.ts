import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { leftOut } from '#src/batch/respondent-batch.js'
import { split } from '#src/stages/split.js'
import { type PlainSurvey, respondentBatch } from './plain-respondents.js'

function survey(ids: string[]): PlainSurvey {
  const one = { weight: null, who: [null, null, null] as [null, null, null], answers: [1], split: 0 }
  return { questions: ['Q1'], answerCodes: [1], respondents: ids.map((id) => ({ ...one, id })) }
}

const ids = (count: number) => Array.from({ length: count }, (_, row) => String(100_000_000 + row * 7))
const hash = { method: 'hash', ratios: [70, 15, 15], seed: 0 } as const
const ratios: [number, number, number] = [70, 15, 15]

function hashSplits(batch: string[], seed = 0, shares = ratios): number[] {
  return [...split({ ...hash, ratios: shares, seed }).apply(respondentBatch(survey(batch))).splits]
}

const shareOf = (splits: number[], wanted: number) => splits.filter((own) => own === wanted).length / splits.length

describe('split', () => {
  it('gives each split its share, whatever the seed', () => {
    for (const seed of [0, 1, 42]) {
      const splits = hashSplits(ids(20_000), seed)
      for (const [wanted, share] of [0.7, 0.15, 0.15].entries()) {
        // Four standard deviations of a share of 20,000 draws.
        assert.ok(Math.abs(shareOf(splits, wanted) - share) < 0.013, `split ${wanted}, seed ${seed}`)
      }
    }
  })

  it('takes shares in any proportion, none included', () => {
    assert.ok(hashSplits(ids(500), 0, [1, 0, 0]).every((own) => own === 0))
    assert.ok(hashSplits(ids(500), 0, [0, 3, 0]).every((own) => own === 1))
    assert.ok(hashSplits(ids(500), 0, [0, 0, 0.5]).every((own) => own === 2))
    assert.deepEqual(hashSplits(ids(500), 0, [7, 1.5, 1.5]), hashSplits(ids(500), 0, ratios))
  })

  it('leaves a respondent in its split when others come or go', () => {
    const all = ids(1000)
    const given = hashSplits(all)
    const splits = new Map(all.map((id, row) => [id, given[row]]))
    const some = all.filter((_, row) => row % 3 === 1).reverse()
    assert.deepEqual(
      hashSplits(some),
      some.map((id) => splits.get(id)),
    )
  })

  it('splits otherwise under another seed', () => {
    assert.notDeepEqual(hashSplits(ids(200), 1), hashSplits(ids(200), 0))
  })

  it('puts all into train where nothing is split', () => {
    const { splits } = split({ ...hash, method: 'none', ratios }).apply(respondentBatch(survey(ids(50))))
    assert.ok(splits.every((own) => own === 0))
  })

  it("takes the block's splits for the shuffle, and says where they are lacking", () => {
    const batch = respondentBatch(survey(ids(4)))
    const stage = split({ ...hash, method: 'shuffle', ratios })
    assert.throws(() => stage.apply(batch), /block 0 came without the splits/)
    const splits = Uint8Array.of(2, 0, 1, 2)
    assert.deepEqual([...stage.apply({ ...batch, block: { ...batch.block, splits } }).splits], [...splits])
  })

  it('leaves out who is left out already', () => {
    for (const method of ['hash', 'shuffle', 'none'] as const) {
      const batch = respondentBatch(survey(ids(3)))
      batch.splits[1] = leftOut
      batch.block.splits = Uint8Array.of(1, 1, 1)
      assert.equal(split({ ...hash, method, ratios }).apply(batch).splits[1], leftOut)
    }
  })
})
