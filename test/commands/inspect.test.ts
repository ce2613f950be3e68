import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { encodeZip } from '../formats/zip-encoder.js'
import { projectFolder } from '../project.js'
import { wvs } from './wvs.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-inspect-command-'))
after(() => rmSync(folder, { recursive: true }))
const fixture = join(projectFolder, 'fixtures', 'wave7-synthetic-country.csv')

test('an inspection ends with the command to run next, which takes the same member of the archive', async () => {
  const archive = join(folder, 'two files.zip')
  const content = readFileSync(fixture)
  writeFileSync(
    archive,
    encodeZip([
      { name: 'a.csv', content },
      { name: 'b.csv', content },
    ]),
  )
  const { code, stdout } = await wvs('inspect', archive, '--member', 'b.csv')
  assert.equal(code, 0)
  assert.match(stdout, /^File .*two files\.zip: zip \(b\.csv\) > delimited, semicolon, utf-8$/m)
  assert.match(stdout, /^Next +wvs build '.*two files\.zip' --member b\.csv --out dataset\n$/m)
  const json = await wvs('inspect', archive, '--member', 'b.csv', '--json')
  assert.equal(JSON.parse(json.stdout).respondents, 150)
})

test('a file that a build refuses is told from one that it takes', async () => {
  const path = join(folder, 'slid.csv')
  const [header, ...rows] = readFileSync(fixture, 'utf8').trimEnd().split('\n')
  writeFileSync(path, [header, ...rows.map((line) => `${line.slice(line.indexOf(';') + 1)};`), ''].join('\n'))
  const { code, stdout } = await wvs('inspect', path)
  assert.equal(code, 0)
  assert.match(stdout, /^Next +none, for a build refuses it: slid\.csv, line 2: the cells stand 1 column to the left/m)
})

test('what stands in the file does nothing to the terminal', async () => {
  const path = join(folder, 'escape.csv')
  writeFileSync(path, readFileSync(fixture, 'utf8').replaceAll('synthetic', '\x1b[31msynthetic'))
  const { stdout } = await wvs('inspect', path)
  assert.match(stdout, /^Release +\ufffd\[31msynthetic/m)
})
