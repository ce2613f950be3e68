import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '../commands/cut-survey.js'
import { projectFolder } from '../project.js'

test('docs/several-waves.md: every command runs as written and prints what is shown', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-docs-'))
  t.after(() => rmSync(folder, { recursive: true }))
  cpSync(join(projectFolder, 'fixtures/wave8-synthetic.sav'), join(folder, 'fixtures/wave8-synthetic.sav'))
  const text = readFileSync(join(projectFolder, 'docs/several-waves.md'), 'utf8')
  const commands = [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) => block.trim().split('\n'))
  assert.equal(commands.length, 4)
  const shown = [...text.matchAll(/```sh\n(.*?)```\n\n```\n(.*?)```/gs)].map(([, block, output]) => ({
    command: block.trim().split('\n').at(-1),
    lines: output.trimEnd().split('\n'),
  }))
  assert.equal(shown.length, 2)
  for (const command of commands) {
    const [tool, ...args] = command.split(' ')
    assert.equal(tool, 'wvs')
    const inFolder = args.map((arg) =>
      /^(fixtures\/|wave8\.json$|w7\.csv$|both$|change$)/.test(arg) ? join(folder, arg) : arg,
    )
    const { code, stdout, stderr } = await run(...inFolder)
    assert.equal(code, 0, `${command}: ${stderr}`)
    const lines = shown.find((other) => other.command === command)?.lines ?? []
    for (const line of lines) assert.ok(stdout.split('\n').includes(line), `${line}\n${stdout}`)
  }
})
