// Whether two contenders of slices.mjs found the same: `node check-slices.mjs JOB FOLDER OTHER_FOLDER DEFINITION.json` prints
// as JSON what was compared and where they differ. The first folder is that of wvs.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { DuckDBInstance } from '@duckdb/node-api'

const [job, own, other, definition] = process.argv.slice(2)
process.stdout.write(`${JSON.stringify(await { preview, slice, distributions }[job]())}\n`)

function preview() {
  const found = JSON.parse(readFileSync(join(own, 'preview.json'), 'utf8'))
  const expected = JSON.parse(readFileSync(join(other, 'preview.json'), 'utf8'))
  const byName = (rows) => rows.map((row) => JSON.stringify(row)).sort()
  const { smallestGroup, groupsUnder5, respondentsUnder5 } = found.privacy
  const parts = {
    cells: [
      found.cells.map(({ groups, respondents, examples }) => ({ country: groups.country, respondents, examples })),
      expected.cells,
    ],
    questions: [
      found.questions.map(({ id, answers, reasons }) => {
        return { question: id, answers, dont_know: reasons['dont-know'] ?? 0, not_asked: reasons['not-asked'] ?? 0 }
      }),
      expected.questions,
    ],
    privacy: [[{ smallest: smallestGroup, groups: groupsUnder5, respondents: respondentsUnder5 }], expected.privacy],
  }
  const differing = Object.entries(parts).filter(
    ([, [mine, theirs]]) => !isDeepStrictEqual(byName(mine), byName(theirs)),
  )
  return {
    compared: `${found.cells.length} cells, ${found.questions.length} questions, ${found.respondents} respondents`,
    differences: differing.map(([part]) => part),
  }
}

function slice() {
  const [mine, theirs] = [own, other].map((folder) => {
    const check = join(dirname(fileURLToPath(import.meta.url)), 'check.mjs')
    const { status, stdout, stderr } = spawnSync(process.execPath, [check, 'examples', folder, definition], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
    return JSON.parse(stdout)
  })
  const { hashes, ...counts } = mine
  const differences = [
    ...Object.keys(counts).filter((what) => counts[what] !== theirs[what]),
    ...Object.keys(hashes).filter((what) => hashes[what] !== theirs.hashes[what]),
  ]
  return { compared: `${counts.examples} examples of ${counts.respondents} respondents`, differences }
}

async function distributions() {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const keys = 'question, country, sex, age_group'
  const files = {
    distributions: [`${keys}, answer`, ['n', 'share', 'weighted_share']],
    summary: [
      keys,
      ['respondents', 'n', 'n_effective', 'missing', 'missing_dont_know', 'missing_not_asked'].concat([
        'mean',
        'weighted_mean',
        'variance',
        'weighted_variance',
      ]),
    ],
  }
  const compared = []
  const differences = []
  for (const [name, [key, columns]] of Object.entries(files)) {
    const [mine, theirs] = [own, other].map((folder) => `'${join(folder, `${name}.parquet`)}'`)
    const differing = columns.map(
      (column) =>
        `count(*) FILTER (NOT coalesce(abs(mine.${column} - theirs.${column}) <= 1e-9 * greatest(1, abs(theirs.${column})), false))::INTEGER AS ${column}`,
    )
    const reader = await connection.runAndReadAll(`SELECT count(*)::INTEGER AS compared, ${differing.join(', ')}
      FROM (SELECT * FROM ${mine} WHERE n > 0) AS mine FULL JOIN ${theirs} AS theirs USING (${key})`)
    const [{ compared: rows, ...counts }] = reader.getRowObjectsJson()
    compared.push(`${rows} rows of ${name}`)
    for (const column of columns)
      if (counts[column] > 0) differences.push(`${counts[column]} rows of ${name}.${column}`)
  }
  return { compared: compared.join(', '), differences }
}
