import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { awkwardSurvey } from '../oracle/awkward-survey.js'
import { projectFolder } from '../project.js'
import { startWvs, wvs } from './wvs.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-cli-'))
after(() => rmSync(folder, { recursive: true }))
const survey = join(folder, 'survey.csv')
writeFileSync(survey, awkwardSurvey('cross-national', 40, 1).bytes)

describe('the command line', { concurrency: 2 }, () => {
  test('--help lists the commands, with examples', async () => {
    const { code, stdout, stderr } = await wvs('--help')
    assert.equal(code, 0)
    assert.equal(stderr, '')
    for (const command of ['build', 'synth']) assert.match(stdout, new RegExp(`^ +wvs ${command} `, 'm'))
    assert.match(stdout, /Examples:\n +wvs \w+ .*--out/)
  })

  for (const command of ['build', 'synth']) {
    test(`${command} --help has options and examples`, async () => {
      const { code, stdout, stderr } = await wvs(command, '--help')
      assert.equal(code, 0)
      assert.equal(stderr, '')
      assert.match(stdout, /Options:/)
      assert.match(stdout, new RegExp(`Examples:\n +wvs ${command} `))
      assert.match(stdout, /--out/)
    })
  }

  test('--version prints the version of the package', async () => {
    const { code, stdout } = await wvs('--version')
    assert.equal(code, 0)
    assert.equal(stdout.trim(), JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')).version)
  })

  test('a build says what it read, wrote and left out', async () => {
    const { code, stdout } = await wvs('build', survey, '--out', join(folder, 'told'), '--tables', 'records')
    assert.equal(code, 0)
    assert.match(stdout, /40 respondents/)
    assert.match(stdout, /records: 40 rows/)
    assert.match(stdout, /without an answer/)
  })

  test('--quiet says nothing', async () => {
    const { code, stdout, stderr } = await wvs('build', survey, '--out', join(folder, 'quiet'), '--quiet')
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' })
  })

  test('no escape codes where there is no terminal, nor under NO_COLOR', async () => {
    const args = ['build', survey, '--out', join(folder, 'plain')]
    const { stdout, stderr } = await startWvs(args, { env: { NO_COLOR: '1' } }).outcome
    assert.ok(!`${stdout}${stderr}`.includes('\u001b'))
  })

  test('a reader that has enough ends nothing badly', async () => {
    const { process: child, outcome } = startWvs(['build', survey, '--out', join(folder, 'head'), '--json'])
    assert.ok(child.stdout)
    await once(child.stdout, 'data')
    child.stdout.destroy()
    const { code, stderr } = await outcome
    assert.equal(code, 0)
    assert.equal(stderr, '')
  })

  test('a reader that is gone before anything was printed', async () => {
    const { process: child, outcome } = startWvs(['build', survey, '--out', join(folder, 'gone'), '--json'])
    child.stdout?.destroy()
    const { code, stderr } = await outcome
    assert.equal(code, 0)
    assert.equal(stderr, '')
  })

  test('--debug shows where a failure came from', async () => {
    const { code, stderr } = await wvs('build', join(folder, 'none.csv'), '--out', join(folder, 'none'), '--debug')
    assert.equal(code, 1)
    assert.match(stderr, /^ +at .*survey-file/m)
  })
})
