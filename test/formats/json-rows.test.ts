import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { jsonFormOf } from '#src/formats/form-signatures.js'
import { jsonRowsSource } from '#src/formats/json-rows.js'
import { bytesSource } from '#src/formats/survey-columns/byte-source.js'

async function textOf(json: string, chunk = 7): Promise<string> {
  const bytes = Buffer.from(json)
  const form = jsonFormOf(bytes)
  assert(form !== undefined)
  const chunks: Uint8Array[] = []
  for await (const part of jsonRowsSource(bytesSource('survey', bytes, chunk), form).stream(0)) chunks.push(part)
  return Buffer.concat(chunks).toString()
}

const rows = [
  { 'Q1: Family': 1, Q2: 'Zoë, "first"', Q3: -0.5 },
  { 'Q1: Family': null, Q2: 'two\nlines', Q3: 170070052 },
  { Q3: 1e21, Q4: true },
]
const expected = [
  ['Q1: Family', 'Q2', 'Q3', 'Q4'],
  ['1', 'Zoë, "first"', '-0.5', ''],
  ['', 'two\nlines', '170070052', ''],
  ['', '', '1e+21', 'true'],
]

test('the first character tells an array from lines', () => {
  assert.equal(jsonFormOf(Buffer.from('\uFEFF \n[{}]')), 'json')
  assert.equal(jsonFormOf(Buffer.from('{"a":1}')), 'jsonl')
  assert.equal(jsonFormOf(Buffer.from('"a","b"')), undefined)
  assert.equal(jsonFormOf(Buffer.from('')), undefined)
})

test('rows become records, whatever the chunks; absent keys and null are empty cells', async () => {
  const lines = rows.map((row) => JSON.stringify(row)).join('\n')
  for (const chunk of [1, 7, 1000]) {
    assert.deepEqual(parse(await textOf(JSON.stringify(rows), chunk)), expected)
    assert.deepEqual(parse(await textOf(`\uFEFF${lines}`, chunk)), expected)
    assert.deepEqual(parse(await textOf(`${lines.replaceAll('\n', '\r\n')}\r\n`, chunk)), expected)
  }
})

test('keys in another order keep their columns', async () => {
  assert.deepEqual(parse(await textOf('[{"a":1,"b":2,"c":3},{"c":6,"a":4,"b":5}]')), [
    ['a', 'b', 'c'],
    ['1', '2', '3'],
    ['4', '5', '6'],
  ])
})

test('a key that comes up after the first hundred rows is refused', async () => {
  const early = Array.from({ length: 99 }, () => ({ a: 1 }))
  assert.match(await textOf(JSON.stringify([...early, { b: 2 }])), /^"a","b"\n/)
  await assert.rejects(
    textOf(JSON.stringify([...early, { a: 1 }, { b: 2 }])),
    /line 101: the first 100 rows lack the key "b"/,
  )
})

test('what is no table is refused in one line', async () => {
  const cases: [string, RegExp][] = [
    ['[]', /holds no rows/],
    ['[1]', /line 1: this is no object/],
    ['[[1]]', /line 1: this is no object/],
    ['[{"a":[1]}]', /line 1, column a: an object or an array/],
    ['[{"a":1},', /cut short or damaged somewhere after row \d/],
    ['{"a":1}\n{"a":', /cut short or damaged somewhere after row \d .*expected one object a line/],
    ['{\n"a":1}', /cut short or damaged somewhere after row \d/],
  ]
  for (const [json, message] of cases) {
    await assert.rejects(textOf(json), (error) => {
      assert(error instanceof Error)
      assert.equal(error.name, 'SurveyError', error.stack)
      assert.match(error.message, message)
      assert(!error.message.includes('\n'), error.message)
      return true
    })
  }
})
