import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { run } from '../commands/cut-survey.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('docs/add-a-wave.md: every command runs as written', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-docs-'))
  t.after(() => rmSync(folder, { recursive: true }))
  cpSync(join(root, 'fixtures/wave8-synthetic.sav'), join(folder, 'fixtures/wave8-synthetic.sav'))
  const text = readFileSync(join(root, 'docs/add-a-wave.md'), 'utf8')
  const walk = text.slice(text.indexOf('## From a .sav file'), text.indexOf('## Using another definition'))
  const commands = [...walk.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block]) => block.trim().split('\n'))
  assert.equal(commands.length, 5)
  const shown = [...walk.matchAll(/^wave8\.json:\d+: .*$/gm)].map(([line]) => line)
  for (const [at, command] of commands.entries()) {
    const [tool, ...args] = command.split(' ')
    assert.equal(tool, 'wvs')
    const inFolder = args.map((arg) =>
      /^(fixtures\/|wave8\.json$|draft$|dataset$)/.test(arg) ? join(folder, arg) : arg,
    )
    // The second lint is the one after the editor.
    if (at === 3) settle(join(folder, 'wave8.json'))
    const { code, stdout, stderr } = await run(...inFolder)
    assert.equal(code, at === 1 ? 1 : 0, `${command}: ${stderr}`)
    if (at === 1) for (const line of shown) assert.ok(stdout.includes(line), line)
  }
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
