// DuckDB doing the benchmark's jobs as well as it can: see job.mjs for the command line.
//
// What was tried, on the full-size file (seconds of processor time on two cores; the fastest is below):
// - wide, 12.5: UNPIVOT straight from the CSV scan. 15 with a join for every label, 13 to 15 with the survey in a table
//   first, 15 with `unnest(list_filter(...))` of structs, 22 with two parallel `unnest`s, 35 with text labels in place of
//   ENUM. A union of one SELECT a question reads well in parallel, but its rows, question by question, make a file
//   20 times as large and take longer to write.
// - narrow, 3.3: the same UNPIVOT; 3.6 with `unnest`, 6 with a table first.
// - recipe, 7.4: each line put together once, then written to `full` and to its split. 9 to 12 with COPY of the columns.
// Insertion order costs a gigabyte and more in the wide job, so it is off where order does not count. Bloom filters, page
// format, dictionary limits and row group sizes from 60,000 to 500,000 are within 5 % of each other.
import {
  close,
  connection,
  definition,
  inRange,
  job,
  lookUp,
  order,
  output,
  recoded,
  scan,
  text,
} from './duckdb-survey.mjs'
import { examplesFile, splitSizes, splits, tableFile } from './job.mjs'

await { wide: () => explode(true), narrow: () => explode(false), recipe }[job]()
close()

/** @param {boolean} wide whether weight and demographics are written too */
async function explode(wide) {
  const { id, weight, demographics, questions } = definition
  await connection.run('SET preserve_insertion_order = false')
  const ids = questions.map((question) => question.id).join(', ')
  await connection.run(`CREATE TYPE question AS ENUM (${questions.map((question) => text(question.id)).join(', ')})`)
  const columns = [`${id} AS respondent_id`]
  const joins = []
  if (wide) {
    columns.push(`${weight} AS weight`)
    for (const { id, name, measure, labels } of demographics) {
      if (measure === 'category') columns.push(`${await lookUp(id, labels, 'enum', joins)} AS ${name}`)
      else columns.push(`CASE WHEN ${id} >= 0 THEN ${id} END AS ${name}`)
    }
  }
  const keys = wide ? ['respondent_id', 'weight', ...demographics.map(({ name }) => name)] : ['respondent_id']
  await connection.run(`
    COPY (
      SELECT ${keys.join(', ')}, question::question AS question, answer::INTEGER AS answer
      FROM (SELECT ${[...columns, ...questions.map(inRange)].join(', ')} FROM ${scan()} ${joins.join(' ')})
      UNPIVOT (answer FOR question IN (${ids}))
    ) TO ${text(examplesFile(output))} (FORMAT parquet, COMPRESSION snappy)`)
}

async function recipe() {
  const { id, demographics, questions, repeatedIds } = definition
  const demographicIds = demographics.map((demographic) => demographic.id)
  const asked = `concat_ws(chr(9), ${[id, ...questions.map(answerText)].join(', ')})`
  await connection.run(`CREATE TABLE survey AS SELECT ${[id, ...demographicIds].join(', ')}, ${asked} AS value
    FROM ${scan()} WHERE ${id} NOT IN (${repeatedIds.map(text).join(', ')})`)
  await connection.run(`CREATE TABLE ranks AS SELECT row, row_number() OVER () AS rank FROM read_csv(${text(order)})`)
  const joins = []
  const cells = []
  for (const { id, measure, codebookLabels } of demographics) {
    if (measure === 'ordinal') cells.push(`CASE WHEN ${id} >= 0 THEN ${id}::VARCHAR ELSE '' END`)
    else cells.push(`coalesce(${await lookUp(id, codebookLabels, 'text', joins)}, ${id}::VARCHAR, '')`)
  }
  // The joins may change the order of rows, so the place in the file goes along.
  await connection.run(`CREATE TABLE demographics AS
    SELECT place, rank, concat_ws(chr(9), ${[id, ...cells].join(', ')}) AS demographic
    FROM (SELECT survey.rowid AS place, rank, ${[id, ...demographicIds].join(', ')}
      FROM survey JOIN ranks ON ranks.row = survey.rowid) ${joins.join(' ')}`)
  await connection.run(`CREATE TABLE lines AS SELECT place, rank, demographic, value
    FROM survey JOIN demographics ON place = survey.rowid`)
  const rows = await connection.runAndReadAll('SELECT count(*) FROM lines')
  const { train, test } = splitSizes(Number(rows.getRows()[0][0]))
  const part = {
    full: 'ORDER BY place',
    train: `WHERE rank <= ${train} ORDER BY rank`,
    test: `WHERE rank > ${train} AND rank <= ${train + test} ORDER BY rank`,
    valid: `WHERE rank > ${train + test} ORDER BY rank`,
  }
  const heads = { demographic: [id, ...demographicIds], value: [id, ...questions.map((question) => question.id)] }
  for (const split of splits) {
    for (const [table, head] of Object.entries(heads)) {
      // A finished line is one cell: nothing in it is to be quoted, and the delimiter is a character that it never holds.
      await connection.run(`COPY (SELECT ${table} AS "${head.join('\t')}" FROM lines ${part[split]})
        TO ${text(tableFile(output, split, table))} (FORMAT csv, HEADER, DELIMITER '\x01', QUOTE '', ESCAPE '')`)
    }
  }
}

/** A question's answer after recodes as text, empty where it is missing. */
function answerText({ id, recodes }) {
  const kept = `CASE WHEN ${id} >= 0 THEN ${id}::VARCHAR ELSE '' END`
  return recoded(id, recodes, (code) => `'${code ?? ''}'`, kept)
}
