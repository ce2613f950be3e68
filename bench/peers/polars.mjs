// Polars doing the benchmark's jobs as well as it can: see job.mjs for the command line.
//
// What was tried, on the full-size file (seconds of processor time on two busy cores; the fastest is below):
// - wide, 17.5: labels as categoricals, then a streaming unpivot into a streaming sink. 18.5 and a fifth more memory with
//   answers and questions exploded as lists; 35 and 2.7 GB with labels as plain text; 19 with the row number unpivoted and
//   the respondents joined back; 21 and 8 GB where the labelled survey is collected first. Codes in place of labels: 11.
// - narrow, 2.0: ids and questions as categoricals and -1 for a missing answer. 2.2 with text ids, 2.4 with nulls, 5.4 with
//   one unpivot for each scale, 2.9 and 1.7 GB with the survey collected first. Row groups of 100,000 to 5 million,
//   statistics and order left out make no difference that lasts.
// - recipe, 3.9: categoricals, rows gathered in shuffled order, a streaming sink a file. 4.0 with `writeCSV`; 4.2 and 1 GB
//   where each line is put together once.
import pl from 'nodejs-polars'
import { examplesFile, readJob, splitSizes, tableFile } from './job.mjs'

const { Categorical, Float64, Int32, Int8, Utf8 } = pl
const { job, survey, output, order, definition, header } = readJob()
const { id, weight, demographics, questions, repeatedIds } = definition
const questionIds = questions.map((question) => question.id)
await { wide: () => explode(true), narrow: () => explode(false), recipe }[job]()

/** @param {boolean} wide whether weight and demographics are written too */
async function explode(wide) {
  const columns = [`${id} AS respondent_id`, ...questions.map(answerOrMinusOne)]
  const keys = ['respondent_id']
  const casts = []
  if (wide) {
    columns.push(`${weight} AS weight`)
    keys.push('weight', ...demographics.map(({ name }) => name))
    for (const { id, name, measure, labels } of demographics) {
      columns.push(measure === 'category' ? `${id} AS ${name}` : `CASE WHEN ${id} >= 0 THEN ${id} END AS ${name}`)
      if (measure === 'category') casts.push(labelled(name, labels, pl.lit(null), Categorical))
    }
  } else {
    // All categoricals share one table of strings: with a hundred thousand ids in it the labels would be slow.
    casts.push(pl.col('respondent_id').cast(Categorical))
  }
  await select(columns)
    .withColumns(...casts)
    .unpivot(keys, questionIds, { variableName: 'question', valueName: 'answer' })
    .filter(pl.col('answer').gtEq(pl.lit(0).cast(Int8)))
    .withColumns(pl.col('answer').cast(Int32), pl.col('question').cast(Categorical))
    .sinkParquet(examplesFile(output), { compression: 'snappy' })
    .collect({ streaming: true })
}

async function recipe() {
  const columns = demographics.map(({ id, measure }) =>
    measure === 'ordinal' ? `CASE WHEN ${id} >= 0 THEN ${id} END AS ${id}` : id,
  )
  const labels = demographics
    .filter(({ measure, codebookLabels }) => measure !== 'ordinal' && Object.keys(codebookLabels).length > 0)
    .map(({ id, codebookLabels }) => labelled(id, codebookLabels, pl.col(id).cast(Utf8), Utf8).cast(Categorical))
  const kept = `${id} NOT IN (${repeatedIds.map((repeated) => `'${repeated}'`).join(', ')})`
  const full = await select([id, ...columns, ...questions.map(answerOrNull)], kept)
    .withColumns(...labels)
    .collect({ streaming: true })
  const row = pl.readCSV(order).getColumn('row')
  const { train, test } = splitSizes(full.height)
  const tables = { demographic: demographics.map((demographic) => demographic.id), value: questionIds }
  for (const [table, ids] of Object.entries(tables)) {
    const rows = full.select(id, ...ids)
    const shuffled = rows.withColumn(row).select(pl.cols([id, ...ids]).gather(pl.col('row')))
    const parts = {
      full: rows,
      train: shuffled.slice(0, train),
      test: shuffled.slice(train, test),
      valid: shuffled.slice(train + test, full.height - train - test),
    }
    for (const [split, part] of Object.entries(parts)) {
      await part
        .lazy()
        .sinkCSV(tableFile(output, split, table), { separator: '\t' })
        .collect({ streaming: true })
    }
  }
}

/**
 * Columns of the survey file. In SQL, since an expression made in JavaScript takes half a millisecond, which for 239
 * questions is longer than the job itself; and since a number made there is a float, to which it would cast the column.
 */
function select(columns, where = 'true') {
  const types = new Map([
    ...demographics.map(({ id }) => [id, Int32]),
    ...questions.map(({ id }) => [id, Int8]),
    [weight, Float64],
  ])
  const schema = Object.fromEntries(header.map((column) => [column, types.get(column) ?? Utf8]))
  const context = pl.SQLContext({ survey: pl.scanCSV(survey, { schema, quoteChar: '"' }) })
  return context.execute(`SELECT ${columns.join(', ')} FROM survey WHERE ${where}`, { eager: false })
}

/** A column of codes as their labels, `otherwise` where a code has none. */
function labelled(column, labels, otherwise, type) {
  return pl.col(column).replaceStrict(Object.keys(labels).map(Number), Object.values(labels), otherwise, type)
}

/** A question's answer after recodes, -1 where it is missing or out of range: no nulls, so no masks to carry along. */
function answerOrMinusOne({ id, min, max, recodes }) {
  const answer = recoded(id, recodes, -1)
  return `CAST(CASE WHEN ${answer} BETWEEN ${min} AND ${max} THEN ${answer} ELSE -1 END AS TINYINT) AS ${id}`
}

/** A question's answer after recodes, null where it is missing. */
function answerOrNull({ id, recodes }) {
  const answer = recoded(id, recodes, 'NULL')
  return `CASE WHEN ${answer} >= 0 THEN ${answer} END AS ${id}`
}

function recoded(id, recodes, missing) {
  const cases = Object.entries(recodes).map(([from, to]) => `WHEN ${id} = ${from} THEN ${to ?? missing}`)
  return cases.length === 0 ? id : `CASE ${cases.join(' ')} ELSE ${id} END`
}
