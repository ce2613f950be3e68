// DuckDB doing the jobs of slices.mjs as well as it can: see job.mjs for the command line.
//
// What was tried for the distributions, on a quarter of the full-size file (seconds of processor time on two cores, on a
// busy machine; the scan of the columns that are needed alone takes 1.1):
// - 1.6 to 1.9: GROUP BY over UNPIVOT straight from the CSV scan, with each column's type given; below.
// - 1.7: the same with one number for question, group and answer as the key; 2.3 with the questions as ENUM.
// - 2.4: the survey in a table first, with the groups as one small number, then UNPIVOT; 2.3 with a UNION of one GROUP BY
//   a question over it; 3.4 with one statement a question; 2.7 and 800 MB with one GROUPING SET a question.
// - 3.3: `unnest` of a list of all answers; 3.4 and 1.2 GB with GROUPING SETS straight from the scan.
// Only 1 in 40 respondents is in the slice, so the scan decides the other two jobs: there the types are given, columns that
// are not needed are skipped, and what is left goes through one pass (slice) or a small table (preview).
// Insertion order does not count, so it is off.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { close, connection, definition, inRange, job, lookUp, output, recoded, scan, text } from './duckdb-survey.mjs'
import { examplesFile } from './job.mjs'

const { id, weight, demographics, questions } = definition
const ids = questions.map((question) => question.id).join(', ')
const slice = 'Q262 > 60 AND Q260 = 2 AND H_URBRURAL = 2'
/** In place of the code of an answer that a recode makes missing; no code of a survey. */
const recodedAway = -100

await connection.run('SET preserve_insertion_order = false')
await { preview, slice: writeSlice, distributions }[job]()
close()

async function preview() {
  const columns = ['B_COUNTRY', 'Q260', 'Q262', ...questions.map(recodedCode)]
  await connection.run(`CREATE TABLE slice AS SELECT ${columns.join(', ')} FROM ${scan()} WHERE ${slice}`)
  await connection.run(`CREATE TABLE counted AS SELECT B_COUNTRY, question, code, count(*) AS n
    FROM (SELECT B_COUNTRY, ${ids} FROM slice) UNPIVOT INCLUDE NULLS (code FOR question IN (${ids})) GROUP BY ALL`)
  await connection.run(`CREATE TABLE scales AS SELECT * FROM (VALUES ${scaleRows()}) AS scales(question, low, high)`)
  const country = await label('country', 'B_COUNTRY')
  const result = {
    cells: await rows(`SELECT ${country} AS country, respondents::INTEGER AS respondents, examples::INTEGER AS examples
      FROM (SELECT B_COUNTRY, count(*) AS respondents FROM slice GROUP BY 1)
      JOIN (SELECT B_COUNTRY, sum(n) FILTER (code BETWEEN low AND high) AS examples
        FROM counted JOIN scales USING (question) GROUP BY 1) USING (B_COUNTRY)`),
    questions: await rows(`SELECT question, coalesce(sum(n) FILTER (code BETWEEN low AND high), 0)::INTEGER AS answers,
        coalesce(sum(n) FILTER (code = -1), 0)::INTEGER AS dont_know, coalesce(sum(n) FILTER (code = -4), 0)::INTEGER AS not_asked
      FROM counted JOIN scales USING (question) GROUP BY 1`),
    privacy: await rows(`SELECT min(n)::INTEGER AS smallest, count(*) FILTER (n < 5)::INTEGER AS groups,
        sum(n) FILTER (n < 5)::INTEGER AS respondents
      FROM (SELECT count(*) AS n FROM slice GROUP BY B_COUNTRY, Q260, CASE WHEN Q262 >= 0 THEN Q262 END)`),
  }
  writeFileSync(join(output, 'preview.json'), JSON.stringify(result))
}

async function writeSlice() {
  await connection.run(`CREATE TYPE question AS ENUM (${questions.map((question) => text(question.id)).join(', ')})`)
  const who = [
    `${await label('country', 'B_COUNTRY')} AS country`,
    `${await label('sex', 'Q260')} AS sex`,
    'CASE WHEN Q262 >= 0 THEN Q262 END AS age',
  ]
  await connection.run(`COPY (
    SELECT respondent_id, question::question AS question, answer::INTEGER AS answer, weight, country, sex, age
    FROM (SELECT ${id} AS respondent_id, ${weight} AS weight, ${[...who, ...questions.map(inRange)].join(', ')}
      FROM ${scan()} WHERE ${slice})
    UNPIVOT (answer FOR question IN (${ids}))
  ) TO ${text(examplesFile(output))} (FORMAT parquet, COMPRESSION snappy)`)
}

async function distributions() {
  const groups = 'B_COUNTRY, Q260, X003R'
  await connection.run(`CREATE TABLE counted AS
    SELECT question, ${groups}, code, count(*) AS n, sum(w) AS w, sum(w2) AS w2
    FROM (SELECT ${groups}, ${weight} AS w, ${weight} * ${weight} AS w2, ${questions.map(recodedCode).join(', ')}
      FROM ${scan()} WHERE Q260 > 0 AND X003R > 0)
    UNPIVOT INCLUDE NULLS (code FOR question IN (${ids})) GROUP BY ALL`)
  await connection.run(`CREATE TABLE scales AS SELECT * FROM (VALUES ${scaleRows()}) AS scales(question, low, high)`)
  const names = `question, ${await label('country', 'B_COUNTRY')} AS country, ${await label('sex', 'Q260')} AS sex,
    ${await label('age_group', 'X003R')} AS age_group`
  const onScale = 'FILTER (code BETWEEN low AND high)'
  await connection.run(`COPY (
    SELECT ${names}, code::INTEGER AS answer, n, n / sum(n) OVER cell AS share, w / sum(w) OVER cell AS weighted_share
    FROM counted JOIN scales USING (question) WHERE code BETWEEN low AND high
    WINDOW cell AS (PARTITION BY question, ${groups})
  ) TO ${text(join(output, 'distributions.parquet'))} (FORMAT parquet, COMPRESSION snappy)`)
  await connection.run(`COPY (
    SELECT ${names}, respondents, n, w * w / w2 AS n_effective, 1 - n / respondents AS missing,
      dont_know / respondents AS missing_dont_know, not_asked / respondents AS missing_not_asked, total / n AS mean,
      weighted / w AS weighted_mean, squares / n - (total / n) ^ 2 AS variance,
      weighted_squares / w - (weighted / w) ^ 2 AS weighted_variance
    FROM (SELECT question, ${groups}, sum(n) AS respondents, sum(n) ${onScale} AS n, sum(w) ${onScale} AS w, sum(w2) ${onScale} AS w2,
        coalesce(sum(n) FILTER (code = -1), 0) AS dont_know, coalesce(sum(n) FILTER (code = -4), 0) AS not_asked,
        sum(n * code) ${onScale} AS total, sum(w * code) ${onScale} AS weighted, sum(n * code * code) ${onScale} AS squares,
        sum(w * code * code) ${onScale} AS weighted_squares
      FROM counted JOIN scales USING (question) GROUP BY question, ${groups})
    WHERE n > 0
  ) TO ${text(join(output, 'summary.parquet'))} (FORMAT parquet, COMPRESSION snappy)`)
}

/** A question's code after recodes, missing codes as they stand. */
function recodedCode({ id, recodes }) {
  return `(${recoded(id, recodes, (code) => code ?? recodedAway, id)})::TINYINT AS ${id}`
}

function scaleRows() {
  return questions.map(({ id, min, max }) => `(${text(id)}, ${min}, ${max})`).join(', ')
}

/** The label of a demographic's code in a column. */
function label(name, column) {
  const { labels } = demographics.find((demographic) => demographic.name === name)
  return lookUp(column, labels, 'enum', [])
}

async function rows(sql) {
  return (await connection.runAndReadAll(sql)).getRowObjectsJson()
}
