import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { SurveyError } from '#src/formats/survey-error.js'
import { StagePool } from '#src/pool/pool.js'
import { SideThread } from '#src/pool/side-thread.js'
import { buildChain, type TestBatch, type TestPlan, type TestResult } from './chain-module.js'

interface OpenOptions {
  threads?: number
  signal?: AbortSignal
  plan?: TestPlan
  patience?: number
  /** The calling thread takes part; it notes the batches that it took. */
  own?: number[]
}

function open(
  t: TestContext,
  { threads = 2, signal, plan = { file: 'survey.csv' }, own, patience = 30 }: OpenOptions = {},
) {
  const chainModule = new URL('./chain-module.js', import.meta.url).href
  const joinIn = async () => {
    const chain = await buildChain(plan)
    return (batch: TestBatch) => {
      own?.push(batch.index)
      return chain(batch)
    }
  }
  const pool = new StagePool<TestBatch, TestResult>(
    { chainModule, plan },
    { threads, patience, ...(own === undefined ? {} : { joinIn }), ...(signal === undefined ? {} : { signal }) },
  )
  t.after(() => pool.close())
  return pool
}

const batches = (busy: number[]): TestBatch[] => busy.map((busy, index) => ({ index, busy }))

async function collect(results: AsyncIterable<TestResult>): Promise<TestResult[]> {
  const all: TestResult[] = []
  for await (const result of results) all.push(result)
  return all
}

describe('StagePool', () => {
  it('gives results in the order of the batches, whichever is finished first', async (t) => {
    const pool = open(t)
    const results = await collect(pool.map(batches([40, 0, 30, 0, 0, 25, 0, 10, 0, 0, 0])))
    assert.deepEqual(
      results.map(({ index }) => index),
      Array.from({ length: 11 }, (_, index) => index),
    )
  })

  it('brings the bytes of a result over whole, also where two of them share a buffer', async (t) => {
    const [result] = await collect(open(t).map(batches([0])))
    assert.deepEqual([...result.bytes], [0, 1])
    assert.deepEqual(
      result.nested.parts.map((part) => [...part]),
      [[1], [0, 0, 0]],
    )
  })

  it('takes no more batches than it has hands for', async (t) => {
    let asked = 0
    let given = 0
    let most = 0
    function* source(): Generator<TestBatch> {
      for (let index = 0; index < 30; index++) {
        most = Math.max(most, ++asked - given)
        yield { index, busy: 1 }
      }
    }
    for await (const _ of open(t).map(source())) given++
    assert.equal(given, 30)
    assert.ok(most <= 6, `${most} batches were under way`)
  })

  it('serves one run after the other, empty ones too', async (t) => {
    const pool = open(t)
    assert.deepEqual(await collect(pool.map([])), [])
    assert.equal((await collect(pool.map(batches([1, 1])))).length, 2)
    assert.equal((await collect(pool.map(batches([1, 1, 1])))).length, 3)
  })

  it('brings an error of a chain to the caller in its turn, after the results before it', async (t) => {
    const given: number[] = []
    const source: TestBatch[] = [
      { index: 0, busy: 20 },
      { index: 1, busy: 0, fails: 'error' },
      { index: 2, busy: 0 },
    ]
    await assert.rejects(
      async () => {
        for await (const { index } of open(t).map(source)) given.push(index)
      },
      { message: 'batch 1 is broken' },
    )
    assert.deepEqual(given, [0])
  })

  it('brings an error of the data over as what it is: one line, and its kind', async (t) => {
    const pool = open(t)
    const fails = async (kind: 'survey-error' | 'usage') => collect(pool.map([{ index: 0, busy: 0, fails: kind }]))
    await assert.rejects(fails('survey-error'), (error) => {
      assert.ok(error instanceof SurveyError)
      assert.equal(error.message, 'survey.csv, line 7: the file became shorter')
      assert.equal(error.kind, 'data')
      return true
    })
    await assert.rejects(fails('usage'), (error) => error instanceof SurveyError && error.kind === 'usage')
  })

  it('brings over why a chain can not be built', async (t) => {
    const pool = open(t, { plan: { broken: true, file: '' } })
    await assert.rejects(collect(pool.map(batches([0, 0]))), {
      name: 'SurveyError',
      message: 'the chain can not be built',
    })
  })

  it('passes on an error of the source of batches', async (t) => {
    async function* source(): AsyncGenerator<TestBatch> {
      yield { index: 0, busy: 5 }
      throw new Error('no more blocks')
    }
    await assert.rejects(collect(open(t).map(source())), { message: 'no more blocks' })
  })

  it('may be left before its end, and closed', async (t) => {
    const pool = open(t)
    for await (const { index } of pool.map(batches([0, 5, 5, 5]))) if (index === 0) break
    await pool.close()
  })

  it('stops at an abort signal, under way or before it began', async (t) => {
    const controller = new AbortController()
    const pool = open(t, { signal: controller.signal })
    const run = collect(pool.map(batches(new Array(50).fill(20))))
    setTimeout(() => controller.abort(), 50)
    await assert.rejects(run, { name: 'AbortError' })
    await assert.rejects(collect(pool.map(batches([0]))), { name: 'AbortError' })
  })

  it('lets the calling thread take part: results come in order, some from here, some from a worker', async (t) => {
    const own: number[] = []
    const indices = Array.from({ length: 60 }, (_, index) => index)
    const results = await collect(open(t, { own }).map(batches(indices.map(() => 15))))
    assert.deepEqual(
      results.map(({ index }) => index),
      indices,
    )
    assert.ok(own.length > 0 && own.length < 60, `${own.length} of 60 batches were taken here`)
    assert.deepEqual(
      own,
      own.toSorted((left, right) => left - right),
    )
  })

  it('starts no worker for a run that the calling thread is soon done with', async (t) => {
    const own: number[] = []
    const pool = open(t, { own, patience: 60_000 })
    assert.equal((await collect(pool.map(batches(new Array(20).fill(1))))).length, 20)
    assert.equal(own.length, 20)
  })

  it('works without any worker where the calling thread is the only one', async (t) => {
    const own: number[] = []
    const pool = open(t, { own, threads: 1 })
    assert.equal((await collect(pool.map(batches([0, 0, 0])))).length, 3)
    assert.deepEqual(own, [0, 1, 2])
  })

  it('meets an error of the calling thread in its turn, and says why its chain can not be built', async (t) => {
    const given: number[] = []
    const source: TestBatch[] = [
      { index: 0, busy: 0 },
      { index: 1, busy: 0, fails: 'survey-error' },
    ]
    const pool = open(t, { own: [], threads: 1 })
    await assert.rejects(
      async () => {
        for await (const { index } of pool.map(source)) given.push(index)
      },
      { name: 'SurveyError', message: 'survey.csv, line 7: the file became shorter' },
    )
    assert.deepEqual(given, [0])
    const broken = open(t, { own: [], threads: 1, plan: { broken: true, file: '' } })
    await assert.rejects(collect(broken.map(batches([0]))), { message: 'the chain can not be built' })
  })

  it('stops at an abort signal while the calling thread takes part', async (t) => {
    const controller = new AbortController()
    for (const threads of [1, 2]) {
      const own: number[] = []
      const run = collect(open(t, { own, threads, signal: controller.signal }).map(batches(new Array(200).fill(10))))
      setTimeout(() => controller.abort(), 50)
      await assert.rejects(run, { name: 'AbortError' })
      assert.ok(own.length < 200)
    }
  })

  describe('beside a side thread', () => {
    const chainModule = new URL('./chain-module.js', import.meta.url).href

    /** What the pool gives for some batches, and which of them the calling thread took. */
    function runBeside(
      source: TestBatch[],
      { plan = { file: 'survey.csv' }, first }: { plan?: TestPlan; first?: (side: SideThread) => void } = {},
    ): Promise<{ results: TestResult[]; own: number[] }> {
      return SideThread.during({ threads: 2 }, async (thread) => {
        assert.ok(thread !== undefined)
        first?.(thread)
        const own: number[] = []
        const joinIn = async () => {
          const chain = await buildChain(plan)
          return (batch: TestBatch) => {
            own.push(batch.index)
            return chain(batch)
          }
        }
        const side = { thread, batch: (batch: TestBatch) => ({ ...batch, busy: batch.busy / 2 }) }
        const pool = new StagePool<TestBatch, TestResult>({ chainModule, plan }, { threads: 1, joinIn, side })
        try {
          return { results: await collect(pool.map(source)), own }
        } finally {
          await pool.close()
        }
      })
    }

    it('shares the batches with it, and gives the results in their order', async () => {
      const { results, own } = await runBeside(batches(new Array<number>(60).fill(10)))
      assert.deepEqual(
        results.map(({ index, bytes }) => [index, ...bytes]),
        Array.from({ length: 60 }, (_, index) => [index, index, index + 1]),
      )
      assert.ok(own.length > 0 && own.length < 60, `the calling thread took ${own.length} of 60`)
    })

    it('does all by itself while the thread has other things to do', async () => {
      const endless = new URL('data:text/javascript,export const work = () => new Promise(() => {})')
      const first = (side: SideThread) => void side.run(endless, null).catch(() => {})
      const { results, own } = await runBeside(batches(new Array<number>(10).fill(10)), { first })
      assert.equal(results.length, 10)
      assert.equal(own.length, 10)
    })

    it('brings an error of the thread to the caller', async () => {
      const source = batches(new Array<number>(60).fill(10)).map((batch) => ({
        ...batch,
        ...(batch.index === 50 && { fails: 'usage' as const }),
      }))
      await assert.rejects(runBeside(source), (error) => error instanceof SurveyError && error.kind === 'usage')
    })

    it('brings over why a chain can not be built', async () => {
      await assert.rejects(runBeside(batches([0, 0]), { plan: { broken: true, file: '' } }), {
        name: 'SurveyError',
        message: 'the chain can not be built',
      })
    })
  })
})
