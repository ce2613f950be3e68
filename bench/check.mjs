// What a contender wrote, told in numbers that must agree between contenders: `node check.mjs examples|tables FOLDER
// DEFINITION.json` prints them as JSON. Runs in its own process, so that DuckDB is out of memory again before the next run.
import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { splits } from './peers/job.mjs'

const [kind, folder, definitionPath] = process.argv.slice(2)
const summary = kind === 'tables' ? await tables() : await examples()
process.stdout.write(`${JSON.stringify(summary)}\n`)

/**
 * Rows, the sum of all answers, how many respondents, and for each column a sum of hashes over all rows: the same for the
 * same rows in any order. `row` hashes all columns of a row together, so it also tells cells that stand in the wrong row.
 * The suffix that tells respondents with a repeated id apart is not compared: DuckDB and Polars leave such ids as they are.
 */
async function examples() {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const query = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson()
  const { demographics } = JSON.parse(readFileSync(definitionPath, 'utf8'))
  const categories = demographics.filter(({ measure }) => measure === 'category').map(({ name }) => name)
  const numbers = demographics.filter(({ measure }) => measure !== 'category').map(({ name }) => name)
  const files = `'${join(folder, 'examples', '*.parquet').replaceAll("'", "''")}'`
  const described = await query(`DESCRIBE SELECT * FROM ${files}`)
  const written = new Set(described.map((column) => column.column_name))
  const cells = {
    respondent_id: `split_part(respondent_id::VARCHAR, '-', 1)`,
    question: 'question::VARCHAR',
    answer: 'answer::INTEGER',
    weight: 'weight::DOUBLE',
    ...Object.fromEntries(categories.map((name) => [name, `${name}::VARCHAR`])),
    ...Object.fromEntries(numbers.map((name) => [name, `${name}::INTEGER`])),
  }
  const columns = Object.keys(cells).filter((column) => written.has(column))
  const sums = columns.map((column) => `sum(hash(${column}))::VARCHAR AS ${column}`)
  const [counts] = await query(`SELECT count(*)::VARCHAR AS examples, sum(answer)::VARCHAR AS answers,
    count(DISTINCT respondent_id)::VARCHAR AS respondents, sum(hash(${columns.join(', ')}))::VARCHAR AS row, ${sums.join(', ')}
    FROM (SELECT ${columns.map((column) => `${cells[column]} AS ${column}`).join(', ')} FROM ${files})`)
  const { examples, answers, respondents, ...hashes } = counts
  return { examples: Number(examples), answers: Number(answers), respondents: Number(respondents), hashes }
}

/** Of each of the recipe's eight tables the SHA-256 of its bytes; and the lines of the full ones. */
async function tables() {
  const hashes = {}
  let lines = 0
  for (const split of splits) {
    for (const table of ['demographic', 'value']) {
      const name = `${split}/${split}_${table}_qa.tsv`
      const hash = createHash('sha256')
      await pipeline(createReadStream(join(folder, name)), async (chunks) => {
        for await (const chunk of chunks) {
          hash.update(chunk)
          if (name === 'full/full_value_qa.tsv') for (const byte of chunk) if (byte === 10) lines++
        }
      })
      hashes[name] = hash.digest('hex')
    }
  }
  return { respondents: lines - 1, hashes }
}
