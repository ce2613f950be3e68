import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { cliFile, projectFolder } from '../project.js'

/** A command of the page, and what the page shows it to print. */
interface Shown {
  command: string
  output: string
}

/** The commands in the page's blocks: each line that begins with a dollar sign, and the lines up to the next one. */
function shownIn(page: string): Shown[] {
  const blocks = [...page.matchAll(/^```\n(\$ .*?)^```$/gms)].map(([, block]) => block)
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n')
        return { command: part.slice(0, end), output: part.slice(end + 1) }
      }),
  )
}

/** Seconds are not the same twice. */
function timeless(output: string): string {
  return output.replace(/^(Done {5}in )\d+\.\d s/gm, '$1# s')
}

suite('docs/slices.md: every command prints what the page shows', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wvs-slices-'))
  after(() => rmSync(folder, { recursive: true }))
  const shown = shownIn(readFileSync(join(projectFolder, 'docs', 'slices.md'), 'utf8'))

  test('the page has ten cuts, and no others', () => {
    const cuts = shown.filter(({ command }) => command.startsWith('wvs') && !command.startsWith('wvs synth'))
    assert.equal(cuts.length, 10)
  })

  for (const { command, output } of shown) {
    test(command, async () => {
      const script = `wvs() { "${process.execPath}" "${cliFile}" "$@"; }; ${command}`
      const printed = await new Promise<string>((resolve, reject) => {
        // What goes to the other stream is progress, which depends on the time.
        execFile('sh', ['-c', script], { cwd: folder }, (error, stdout) =>
          error === null ? resolve(stdout) : reject(error),
        )
      })
      assert.equal(timeless(printed), timeless(output))
    })
  }
})
