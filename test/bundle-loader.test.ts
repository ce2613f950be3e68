import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { bundleFolder, compile } from '#src/bundle-loader.cjs'
import { projectFolder } from './project.js'

const caches = readdirSync(bundleFolder).filter((name) => name.endsWith('.cache'))

describe('the bundle', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-bundle-'))
  after(() => rmSync(folder, { recursive: true }))

  it('has a cache of each file, which this version of V8 takes', () => {
    const files = readdirSync(bundleFolder).filter((name) => !name.endsWith('.cache'))
    assert.deepEqual(caches.map((name) => name.slice(0, -'.cache'.length)).sort(), files.sort())
    for (const name of files) {
      const script = compile(name, readFileSync(join(bundleFolder, `${name}.cache`)))
      assert.equal(script.cachedDataRejected, false, name)
    }
  })

  for (const [what, change] of [
    ['of another version of V8', (path: string) => writeFileSync(path, 'not for you')],
    ['that is not there', (path: string) => rmSync(path)],
  ] as const) {
    it(`does without a cache ${what}`, () => {
      const copy = join(folder, what)
      cpSync(join(projectFolder, 'dist'), join(copy, 'dist'), { recursive: true })
      cpSync(join(projectFolder, 'package.json'), join(copy, 'package.json'))
      symlinkSync(join(projectFolder, 'node_modules'), join(copy, 'node_modules'))
      for (const name of caches) change(join(copy, 'dist', 'bundle', name))
      const survey = join(projectFolder, 'fixtures', 'wave7-synthetic.csv')
      const args = [
        join(copy, 'dist', 'wvs.cjs'),
        'build',
        survey,
        '--out',
        join(copy, 'out'),
        '--threads',
        '2',
        '--quiet',
      ]
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      assert.equal(stderr, '')
      assert.equal(status, 0)
    })
  }
})
