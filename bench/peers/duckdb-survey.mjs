// What DuckDB is told of a survey file in every job: how it is read, and what its codes mean.
import { DuckDBInstance } from '@duckdb/node-api'
import { readJob } from './job.mjs'

/** Codes below this are looked up in a constant list, which is faster than a join; larger ones in a table. */
const listLimit = 2000

export const { job, survey, output, order, definition, header } = readJob()
const instance = await DuckDBInstance.create(':memory:')
export const connection = await instance.connect()
// The optimizer estimates a CSV scan at few rows and would build its hash tables on the survey in place of the labels,
// which leaves one thread at work: so the rules that swap join sides are off.
await connection.run("SET disabled_optimizers = 'join_order,build_side_probe_side'")

export function close() {
  connection.closeSync()
  instance.closeSync()
}

/** The survey file with the type of each column given; columns that a query does not name are skipped. */
export function scan() {
  const types = new Map([
    ...definition.demographics.map(({ id }) => [id, 'INTEGER']),
    ...definition.questions.map(({ id }) => [id, 'TINYINT']),
    [definition.weight, 'DOUBLE'],
  ])
  const columns = header.map((column) => `${text(column)}: '${types.get(column) ?? 'VARCHAR'}'`).join(', ')
  return `read_csv(${text(survey)}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
    columns = {${columns}}) AS survey`
}

/** Expression that turns a code into its label, NULL where it has none; adds the join that it needs, if any. */
export async function lookUp(id, labels, type, joins) {
  const entries = Object.entries(labels).map(([code, label]) => [Number(code), label])
  if (entries.length === 0) return 'NULL'
  let labelType = 'VARCHAR'
  if (type === 'enum') {
    labelType = `${id}_label`
    const distinct = [...new Set(entries.map(([, label]) => text(label)))]
    await connection.run(`CREATE TYPE ${labelType} AS ENUM (${distinct.join(', ')})`)
  }
  const codes = entries.map(([code]) => code)
  const lowest = Math.min(...codes)
  const size = Math.max(...codes) - lowest + 1
  if (size <= listLimit) {
    const list = new Array(size).fill('NULL')
    for (const [code, label] of entries) list[code - lowest] = text(label)
    const place = `CASE WHEN ${id} >= ${lowest} THEN ${id} - ${lowest - 1} END`
    return `([${list.join(', ')}]::${labelType}[])[${place}]`
  }
  const table = `${id}_labels`
  await connection.run(`CREATE TABLE ${table} (code INTEGER, label ${labelType})`)
  await connection.run(
    `INSERT INTO ${table} VALUES ${entries.map(([code, label]) => `(${code}, ${text(label)})`).join(', ')}`,
  )
  joins.push(`LEFT JOIN ${table} ON ${table}.code = ${id}`)
  return `${table}.label`
}

/** A question's answer after recodes as a column of its name, NULL where it is missing or out of range. */
export function inRange({ id, min, max, recodes }) {
  const answer = recoded(id, recodes, (code) => code ?? 'NULL', id)
  return `CASE WHEN ${answer} BETWEEN ${min} AND ${max} THEN ${answer} END AS ${id}`
}

/** A question's code after its recodes; `literal` turns a target into SQL, null too. */
export function recoded(id, recodes, literal, otherwise) {
  const cases = Object.entries(recodes).map(([from, to]) => `WHEN ${from} THEN ${literal(to)}`)
  return cases.length === 0 ? otherwise : `CASE ${id} ${cases.join(' ')} ELSE ${otherwise} END`
}

/** An SQL string literal. */
export function text(value) {
  return `'${value.replaceAll("'", "''")}'`
}
