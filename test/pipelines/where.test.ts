import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nullValue } from '#src/batch/respondent-batch.js'
import { loadDefinition } from '#src/definitions/loader.js'
import { SurveyError } from '#src/formats/survey-error.js'
import { CodeColumns } from '#src/pipelines/code-columns.js'
import { parseWhere, placeColumns } from '#src/pipelines/where.js'
import { compileCondition, truth } from '#src/stages/condition.js'

const loaded = loadDefinition('7')
const present = { has: () => true }

function columnsOf(): CodeColumns {
  return new CodeColumns(loaded, [], present)
}

/** The truth of an expression for one respondent, whose codes are given by the names that it uses. */
function truthOf(expression: string, codes: Record<string, number | null>): number {
  const columns = columnsOf()
  const terms = parseWhere(expression, columns)
  const names = columns.variableIds()
  const values = names.map((id) => {
    const name = loaded.variable(id)?.name ?? id
    return Int32Array.of(codes[name] ?? nullValue)
  })
  const conditions = terms.map(({ condition }) => placeColumns(condition, names.length))
  return compileCondition({ op: 'and', terms: conditions }, values, nullValue)(0)
}

function fails(expression: string, pattern: RegExp): void {
  assert.throws(
    () => parseWhere(expression, columnsOf()),
    (error) => error instanceof SurveyError && error.kind === 'usage' && pattern.test(error.message),
    expression.slice(0, 80),
  )
}

test('names, ids, labels and codes mean the same', () => {
  for (const expression of ['country == "Japan"', 'B_COUNTRY == "Japan"', 'country == 392', 'country in [392]']) {
    assert.equal(truthOf(expression, { country: 392 }), truth.yes, expression)
    assert.equal(truthOf(expression, { country: 76 }), truth.no, expression)
  }
  assert.equal(truthOf('Q1 == "Very important"', { Q1: 1 }), truth.yes)
  assert.equal(truthOf('matches(sex, "fem*")', { sex: 2 }), truth.yes)
})

test('a label of the codebook that the definition mends is known too', () => {
  assert.equal(truthOf('income == "Eight  step"', { income: 8 }), truth.yes)
  assert.equal(truthOf('income == "Eighth step"', { income: 8 }), truth.yes)
})

test('what is missing is neither equal nor unequal, and decides nothing that another term does not', () => {
  const nobody = { age: null, sex: null }
  assert.equal(truthOf('age == 30', nobody), truth.unknown)
  assert.equal(truthOf('age != 30', nobody), truth.unknown)
  assert.equal(truthOf('!(age == 30)', nobody), truth.unknown)
  assert.equal(truthOf('age > 30 || income == 3', { age: null, income: 3 }), truth.yes)
  assert.equal(truthOf('age > 30 || income == 3', { age: null, income: 4 }), truth.unknown)
  assert.equal(truthOf('!(age > 30 && income == 3)', { age: null, income: 4 }), truth.yes)
  assert.equal(truthOf('missing(age)', nobody), truth.yes)
  assert.equal(truthOf('!missing(age)', { age: 5 }), truth.yes)
  assert.equal(truthOf('!(sex in ["Male"])', nobody), truth.unknown)
})

test('arithmetic has the usual order, and no value where it divides by zero', () => {
  assert.equal(truthOf('year - birth_year > 2 * (10 + 5)', { year: 2020, birth_year: 1980 }), truth.yes)
  assert.equal(truthOf('age / children > 10', { age: 40, children: 0 }), truth.unknown)
  assert.equal(truthOf('age % 10 == 0 && -age < 0', { age: 40 }), truth.yes)
})

test('a chain of more terms than any person writes is one list', () => {
  const chain = Array.from({ length: 1000 }, () => 'age > 3').join('||')
  assert.equal(truthOf(chain, { age: 4 }), truth.yes)
})

test('terms that && joins come apart, with their texts', () => {
  const terms = parseWhere('age >= 30 && (sex == "Male" || income > 3) && !missing(Q1)', columnsOf())
  assert.deepEqual(
    terms.map(({ text }) => text),
    ['age >= 30', 'sex == "Male" || income > 3', '!missing(Q1)'],
  )
})

test('what is no condition is refused, with what was meant', () => {
  fails('contry == "Japan"', /"contry" is no variable; did you mean "country"/)
  fails('country == "Japn"', /"Japn" is no label of country; did you mean "Japan"/)
  fails('sex > 3', /sex is a category, which has no order/)
  fails('sex + age > 3', /sex is a category; expected a number/)
  fails('age == "old"', /age is a number; expected one, without quotes/)
  fails('age', /age is no condition/)
  fails('foo(age)', /there is no function foo/)
  fails('sex = 1', /equality is ==/)
  fails('(age > 3', /Unclosed \(/)
  fails('age > 3)', /Unexpected "\)"/)
  fails('age > 3 sex == 1', /no operator between them/)
  fails('Q1 == -1', /missing\(Q1\) finds them/)
  fails('country == -4', /missing\(country\) finds them/)
  fails('matches(education, "nonsense*")', /no label of education is like that/)
  fails('continent == 1', /derived and has no codes/)
  fails('', /the expression is empty/)
})

test('nothing but names, labels, numbers and operators is let in', () => {
  fails('__proto__ == 1', /"__proto__" is no variable/)
  fails('constructor == 1', /"constructor" is no variable/)
  fails('country == "constructor"', /"constructor" is no label/)
  fails('country.constructor == 1', /not allowed/)
  fails('age["x"] == 1', /not allowed/)
  fails('this == 1', /not allowed/)
  fails('age ? 1 : 2', /not allowed/)
  fails('true', /not allowed/)
  fails('age === 3', /equality is ==/)
  fails('age & 3', /operator & is not allowed/)
})

test('length and depth are bounded', () => {
  fails('age > 3 && '.repeat(10_000), /characters; expected 10000 at most/)
  fails(`${'('.repeat(2000)}age > 3${')'.repeat(2000)}`, /nested more than 100 deep/)
  fails(`${'!'.repeat(5000)}missing(age)`, /nested more than 100 deep/)
  fails(`${'1 + '.repeat(2400)}age > 3`, /chains more than 1000 operations/)
  fails('missing('.repeat(1000), /nested more than 100 deep/)
})
