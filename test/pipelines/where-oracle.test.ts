import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { nullValue } from '#src/batch/respondent-batch.js'
import { loadDefinition } from '#src/definitions/loader.js'
import { CodeColumns } from '#src/pipelines/code-columns.js'
import { parseWhere, placeColumns } from '#src/pipelines/where.js'
import { compileCondition, truth } from '#src/stages/condition.js'

/** An expression in our language and in SQL; `binds` as in JavaScript, for brackets only where they are needed. */
interface Expression {
  where: string
  sql: string
  binds: number
}

const rows = 250
const numbers = { age: 60, children: 6, income: 10, birth_year: 2005, household_size: 7, Q48: 10 }
const labelled: Record<string, Record<number, string>> = {
  sex: { 1: 'Male', 2: 'Female' },
  urban_rural: { 1: 'Urban', 2: 'Rural' },
  country: { 76: 'Brazil', 392: 'Japan', 410: 'South Korea' },
  Q1: { 1: 'Very important', 2: 'Rather important', 3: 'Not very important', 4: 'Not at all important' },
}
const names = [...Object.keys(numbers), ...Object.keys(labelled)]

const binding = { or: 1, and: 2, compare: 7, add: 9, multiply: 10, sign: 11, atom: 12 }

function inside({ where, binds }: Expression, least: number): string {
  return binds < least ? `(${where})` : where
}

function binary(operator: string, sql: string, binds: number) {
  return ([left, right]: [Expression, Expression]): Expression => ({
    where: `${inside(left, binds)} ${operator} ${inside(right, binds + 1)}`,
    sql: `(${left.sql} ${sql} ${right.sql})`,
    binds,
  })
}

const number: fc.Arbitrary<Expression> = fc
  .oneof(fc.nat(12), fc.nat(2100), fc.constantFrom(0.5, 2.25, 1e3))
  .map((value) => ({ where: String(value), sql: `${value}::double`, binds: binding.atom }))
const column: fc.Arbitrary<Expression> = fc
  .constantFrom(...Object.keys(numbers))
  .map((name) => ({ where: name, sql: name, binds: binding.atom }))

function dividedBy(operator: '/' | '%') {
  return ([left, right]: [Expression, Expression]): Expression => ({
    where: `${inside(left, binding.multiply)} ${operator} ${inside(right, binding.multiply + 1)}`,
    sql: `(${left.sql} ${operator} nullif(${right.sql}, 0))`,
    binds: binding.multiply,
  })
}

const { quantity } = fc.letrec<{ quantity: Expression }>((tie) => {
  const pair = fc.tuple(tie('quantity'), tie('quantity'))
  return {
    quantity: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      column,
      number,
      pair.map(binary('+', '+', binding.add)),
      pair.map(binary('-', '-', binding.add)),
      pair.map(binary('*', '*', binding.multiply)),
      pair.map(dividedBy('/')),
      pair.map(dividedBy('%')),
      // A sign in front of a number would be a code that is missing.
      fc.oneof(column, pair.map(binary('+', '+', binding.add))).map((operand) => ({
        where: `-${inside(operand, binding.atom)}`,
        sql: `(-${operand.sql})`,
        binds: binding.sign,
      })),
    ),
  }
})

const comparison: fc.Arbitrary<Expression> = fc
  .tuple(fc.constantFrom('==', '!=', '<', '<=', '>', '>='), quantity, quantity)
  .map(([operator, left, right]) => ({
    where: `${inside(left, binding.compare + 1)} ${operator} ${inside(right, binding.compare + 1)}`,
    sql: `(${left.sql} ${operator === '==' ? '=' : operator} ${right.sql})`,
    binds: binding.compare,
  }))

function quoted(text: string): string {
  return `'${text}'`
}

/** A label in either kind of quotes, or its code. */
const category: fc.Arbitrary<Expression> = fc.constantFrom(...Object.keys(labelled)).chain((name) => {
  const value = fc
    .tuple(fc.constantFrom(...Object.entries(labelled[name])), fc.constantFrom('"', "'", ''))
    .map(([[code, label], quote]) => ({ code, text: quote === '' ? code : `${quote}${label}${quote}` }))
  const equality = fc
    .tuple(fc.constantFrom('==', '!='), value, fc.boolean())
    .map(([operator, { code, text }, turned]) => ({
      where: turned ? `${text} ${operator} ${name}` : `${name} ${operator} ${text}`,
      sql: `(${name} ${operator === '==' ? '=' : '<>'} ${code})`,
      binds: binding.compare,
    }))
  const membership = fc.array(value, { minLength: 1, maxLength: 3 }).map((values) => ({
    where: `${name} in [${values.map(({ text }) => text).join(', ')}]`,
    sql: `(${name} in (${values.map(({ code }) => code).join(', ')}))`,
    binds: binding.compare,
  }))
  const texts = Object.entries(labelled[name]).map(([code, label]) => `when ${code} then ${quoted(label)}`)
  const glob = fc
    .tuple(fc.constantFrom(...Object.values(labelled[name])), fc.nat(8), fc.nat(8), fc.boolean())
    .map(([label, from, length, upper]) => {
      const part = label.slice(Math.min(from, label.length - 1)).slice(0, length + 1)
      const pattern = `*${upper ? part.toUpperCase() : part}*`
      return {
        where: `matches(${name}, "${pattern}")`,
        sql: `(case ${name} ${texts.join(' ')} end ilike ${quoted(pattern.replaceAll('*', '%'))})`,
        binds: binding.atom,
      }
    })
  return fc.oneof(equality, membership, glob)
})

const missing: fc.Arbitrary<Expression> = fc
  .constantFrom(...names)
  .map((name) => ({ where: `missing(${name})`, sql: `(${name} is null)`, binds: binding.atom }))

const { condition } = fc.letrec<{ condition: Expression }>((tie) => {
  const pair = fc.tuple(tie('condition'), tie('condition'))
  return {
    condition: fc.oneof(
      { maxDepth: 4, depthSize: 'medium' },
      comparison,
      category,
      missing,
      pair.map(binary('&&', 'and', binding.and)),
      pair.map(binary('||', 'or', binding.or)),
      tie('condition').map((term) => ({
        where: `!${inside(term, binding.sign)}`,
        sql: `(not ${term.sql})`,
        binds: binding.sign,
      })),
    ),
  }
})

suite('--where against the same condition in SQL', () => {
  const loaded = loadDefinition('7')
  let connection: DuckDBConnection
  let values: Record<string, (number | null)[]>

  before(async () => {
    // A third of the values are missing, so that the three truth values meet in every combination.
    const least: Record<string, number> = { birth_year: 1940, age: 18, income: 1, Q48: 1 }
    const arbitraries = names.map((name) => {
      const codes = Object.keys(labelled[name] ?? {}).map(Number)
      const value =
        codes.length > 0
          ? fc.constantFrom(...codes)
          : fc.integer({
              min: least[name] ?? 0,
              max: Object.entries(numbers).find(([known]) => known === name)?.[1] ?? 0,
            })
      return fc.array(fc.option(value, { freq: 2 }), { minLength: rows, maxLength: rows })
    })
    const [sample] = fc.sample(fc.tuple(...arbitraries), { seed: 5, numRuns: 1 })
    values = Object.fromEntries(names.map((name, index) => [name, sample[index]]))
    connection = await (await DuckDBInstance.create()).connect()
    await connection.run(`create table people (row integer, ${names.map((name) => `${name} double`).join(', ')})`)
    const records = Array.from({ length: rows }, (_, row) => [row, ...names.map((name) => values[name][row] ?? 'null')])
    await connection.run(`insert into people values ${records.map((record) => `(${record.join(', ')})`).join(', ')}`)
  })
  after(() => connection.closeSync())

  /** The rows for whom our conditions are true. */
  function chosen(where: string): number[] {
    const columns = new CodeColumns(loaded, [], { has: () => true })
    const terms = parseWhere(where, columns)
    const ids = columns.variableIds()
    const codes = ids.map((id) => {
      const name = loaded.variable(id)?.name ?? id
      return Int32Array.from(values[name], (value) => value ?? nullValue)
    })
    const tests = terms.map(({ condition }) => compileCondition(placeColumns(condition, ids.length), codes, nullValue))
    return Array.from({ length: rows }, (_, row) => row).filter((row) =>
      tests.every((holds) => holds(row) === truth.yes),
    )
  }

  test('selects the rows that SQL selects', async () => {
    const conditions = fc.sample(condition, { seed: 7, numRuns: 500 })
    const lists = conditions.map(({ sql }) => `coalesce(list(row order by row) filter (where ${sql}), [])`)
    const reader = await connection.runAndReadAll(`select ${lists.join(',\n')} from people`)
    const [found] = reader.getRowsJson()
    let some = 0
    for (const [index, { where, sql }] of conditions.entries()) {
      assert.deepEqual(chosen(where), found[index], `${where}\n${sql}`)
      if (new Set(chosen(where)).size % rows !== 0) some++
    }
    assert.ok(some > 250, `${some} conditions tell rows apart`)
  })
})
