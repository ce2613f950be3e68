import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { openSurveyFile } from '#src/pipelines/survey-file.js'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wvs-survey-file-'))
})
after(() => rmSync(folder, { recursive: true }))

describe('a survey file that is opened again', () => {
  it('is seen as it is then', async () => {
    const path = join(folder, 'survey.csv')
    writeFileSync(path, 'A,B\n1,2\n')
    const first = await openSurveyFile(path)
    assert.deepEqual(first.dialect.columns, ['A', 'B'])
    assert.deepEqual(await openSurveyFile(path), first)
    // As long as before, and changed at another time.
    writeFileSync(path, 'C,D\n1,2\n')
    utimesSync(path, 1, 1)
    assert.deepEqual((await openSurveyFile(path)).dialect.columns, ['C', 'D'])
    writeFileSync(path, '')
    await assert.rejects(openSurveyFile(path), /the file is empty/)
    await assert.rejects(openSurveyFile(path), /the file is empty/)
  })

  it('is another one where another member of an archive is asked for', async () => {
    const path = join(folder, 'plain.csv')
    writeFileSync(path, 'A,B\n1,2\n')
    await openSurveyFile(path)
    await assert.rejects(openSurveyFile(path, { member: 'survey.csv' }), /--member names a file in a zip archive/)
  })
})
