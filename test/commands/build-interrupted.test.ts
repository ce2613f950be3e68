import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadDefinition } from '#src/definitions/loader.js'
import { build as buildDataset } from '#src/pipelines/build.js'
import { worldValuesBenchRecipe } from '#src/pipelines/recipe.js'
import { Xoshiro128 } from '#src/random/xoshiro128.js'
import { severalBlocks } from './several-blocks.js'
import { build, filesUnder, hashesUnder, type RunningCommand, startWvs } from './wvs.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-interrupted-'))
after(() => rmSync(folder, { recursive: true }))
const survey = join(folder, 'survey.csv')
writeFileSync(survey, severalBlocks())
// Many small files, so that giving them their names takes a while too.
const flags = ['--recipe', 'worldvaluesbench', '--tables', 'records,examples', '--shard-size', '4000']
const chosen = ['--questions', 'Q1..Q40', '--demographics', 'sex,age,country']
const whole = join(folder, 'whole')
const partial = '.wvs-partial'

/** Waits until a run has got so far, or is over. */
async function until({ outcome }: RunningCommand, reached: () => boolean): Promise<void> {
  let over = false
  void outcome.then(() => {
    over = true
  })
  while (!over && !reached()) await sleep(1)
}

function published(out: string): string[] {
  return filesUnder(out).filter((name) => !name.startsWith(partial))
}

describe('a run that is stopped', () => {
  test('leaves no file under a final name that is not whole, wherever it is killed', async () => {
    const started = performance.now()
    await build(survey, whole, ...flags, ...chosen)
    let duration = performance.now() - started
    const expected = hashesUnder(whole)
    const random = Xoshiro128.seeded(2024)
    const out = join(folder, 'killed')
    let killed = 0
    // A run that is over before its moment has come is no test: the next one is killed earlier.
    for (let moment = 0; killed < 20; moment++) {
      assert.ok(moment < 60, `only ${killed} of ${moment} runs were killed before their end`)
      const begun = performance.now()
      // Every other time over a dataset of other options, whose files are to go.
      const before = moment % 5 === 4 ? hashesUnder(out) : {}
      const run = startWvs(['build', survey, '--out', out, '--overwrite', '--quiet', ...flags, ...chosen])
      if (moment % 4 === 3) {
        // While the files get their names: some of them have theirs already.
        const some = 1 + random.below(20)
        await until(run, () => existsSync(join(out, partial)) && published(out).length >= some)
      } else await Promise.race([sleep(random.fraction() * duration), run.outcome])
      run.process.kill('SIGKILL')
      const { signal } = await run.outcome
      if (signal === 'SIGKILL') killed++
      else duration = Math.min(duration, performance.now() - begun)
      const found = hashesUnder(out)
      const names = published(out)
      for (const name of names) {
        assert.ok([expected[name], before[name]].includes(found[name]), `moment ${moment}: ${name} is not whole`)
      }
      if (names.includes('manifest.json')) assert.deepEqual(names, Object.keys(expected), `moment ${moment}`)
      else if (moment % 7 === 6) rmSync(out, { recursive: true, force: true })
    }
    await build(survey, out, '--overwrite', ...flags, ...chosen)
    assert.deepEqual(hashesUnder(out), expected)
  })

  test('is no obstacle to the next one, which needs --overwrite only where files have their names', async () => {
    const out = join(folder, 'killed early')
    const run = startWvs(['build', survey, '--out', out, '--quiet', ...flags, ...chosen])
    await until(run, () => existsSync(join(out, partial)) && readdirSync(join(out, partial)).length > 4)
    run.process.kill('SIGKILL')
    assert.equal((await run.outcome).signal, 'SIGKILL')
    assert.deepEqual(published(out), [])
    await build(survey, out, ...flags, ...chosen)
    assert.deepEqual(hashesUnder(out), hashesUnder(whole))
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`by ${signal} says so in one line, ends with 130 and leaves nothing`, async () => {
      const out = join(folder, signal)
      const run = startWvs(['build', survey, '--out', out, ...flags, ...chosen])
      await until(run, () => existsSync(join(out, partial)))
      run.process.kill(signal)
      const { code, stderr, stdout } = await run.outcome
      assert.equal(code, 130)
      assert.equal(stderr, `wvs: interrupted (${signal}); nothing was left half-written\n`)
      assert.equal(stdout, '')
      assert.deepEqual(filesUnder(out), [])
      assert.ok(!existsSync(join(out, partial)))
    })
  }

  test('after its last respondent, before the files have their names, leaves nothing either', async () => {
    const out = join(folder, 'late')
    const controller = new AbortController()
    const late = buildDataset({
      input: survey,
      out,
      recipe: worldValuesBenchRecipe,
      definition: loadDefinition('7'),
      threads: 1,
      signal: controller.signal,
      onProgress: ({ respondents, respondentsTotal }) => {
        if (respondents === respondentsTotal) controller.abort(new Error('enough'))
      },
    })
    await assert.rejects(late, /enough/)
    assert.deepEqual(filesUnder(out), [])
  })
})
