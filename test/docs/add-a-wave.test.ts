import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { cliFile, projectFolder } from '../project.js'

test('docs/add-a-wave.md: every command runs as written, and prints what is shown', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-docs-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['fixtures', 'src']) symlinkSync(join(projectFolder, name), join(folder, name))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin', 'wvs'), `#!/bin/sh\nexec "${process.execPath}" "${cliFile}" "$@"\n`, {
    mode: 0o755,
  })
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` }
  const text = readFileSync(join(projectFolder, 'docs/add-a-wave.md'), 'utf8')
  const shown = [...text.matchAll(/^wave8\.json:\d+: .*$/gm)].map(([line]) => line)
  assert.equal(shown.length, 3)
  const codebook = /```csv\n(.*?)```/s.exec(text)?.[1] ?? ''
  writeFileSync(join(folder, 'codebook.csv'), codebook)
  const commands = [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) => block.trim().split('\n'))
  let lints = 0
  for (const command of commands) {
    const isFirstLint = command === 'wvs lint wave8.json' && lints++ === 0
    // Between the two stands the work in the editor.
    if (lints === 2) settle(join(folder, 'wave8.json'))
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd: folder, env, encoding: 'utf8' })
    assert.equal(status, isFirstLint ? 1 : 0, `${command}: ${stdout}${stderr}`)
    if (isFirstLint) for (const line of shown) assert.ok(stdout.includes(line), line)
  }
  assert.equal(lints, 2)
  assert.deepEqual(commands.map((command) => command.split(' ').slice(0, 2).join(' ')).sort(), [
    'cp -r',
    ...['build', 'build', 'build', 'define', 'define', 'lint', 'lint'].map((name) => `wvs ${name}`),
  ])
  const { stdout } = spawnSync('wvs', ['lint', 'from-codebook.json'], { cwd: folder, env, encoding: 'utf8' })
  assert.match(stdout, /: 0 errors, 0 decisions open/)
})

function settle(file: string): void {
  const definition = JSON.parse(readFileSync(file, 'utf8'))
  for (const variable of definition.variables) {
    delete variable.decide
    if (variable.id === 'Q300')
      Object.assign(variable, { stem: 'How often do you ask a computer?', category: 'Advice' })
  }
  writeFileSync(file, JSON.stringify(definition, null, 1))
}
