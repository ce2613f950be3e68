import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Block } from '#src/batch/block.js'
import type { InvalidPolicy } from '#src/batch/reject-log.js'
import {
  firstMissingReason,
  leftOut,
  missingReasonStride,
  missingReasons,
  nullValue,
  type RespondentBatch,
} from '#src/batch/respondent-batch.js'
import type { FieldKind } from '#src/formats/scanned-rows.js'
import type { QuestionOptions } from '#src/stages/answer-decoder.js'
import { type DecodeOptions, decode } from '#src/stages/decode.js'
import type { DemographicOptions } from '#src/stages/demographic-decoder.js'
import { parse } from '#src/stages/parse.js'
import { check } from '../property.js'

const fields: FieldKind[] = ['text', 'code', 'code', 'code', 'number', 'text']
const q1: QuestionOptions = {
  id: 'Q1',
  slot: 0,
  min: 1,
  max: 4,
  recodes: [
    [7, 1],
    [8, null],
    [-4, 2],
  ],
}
const absent: QuestionOptions = { ...q1, id: 'Q2', slot: -1 }
const sex: DemographicOptions = {
  id: 'SEX',
  kind: 'category',
  slot: 1,
  labels: [
    [1, 'Male'],
    [2, 'Female'],
    [3, 'Female'],
    [100_000, 'Far'],
  ],
  missingLabels: [[-1, "Don't know"]],
}
const age: DemographicOptions = {
  id: 'AGE',
  kind: 'quantity',
  slot: 2,
  labels: [],
  missingLabels: [],
  min: 0,
  max: 120,
}
const region: DemographicOptions = {
  id: 'REGION',
  kind: 'text',
  slot: 1,
  labels: [],
  missingLabels: [[-4, 'Not asked']],
}

function options(onInvalid: InvalidPolicy = 'keep', change: Partial<DecodeOptions> = {}): DecodeOptions {
  return {
    encoding: 'utf-8',
    codeFields: 3,
    textFields: 2,
    idField: 0,
    questions: [q1, absent],
    demographics: [sex, age, region],
    answerCodes: [1, 2, 3, 4],
    missingCodes: [
      [-1, 'dont-know'],
      [-2, 'no-answer'],
      [-3, 'not-applicable'],
      [-4, 'not-asked'],
      [-5, 'missing'],
    ],
    weight: 'WEIGHT',
    onInvalid,
    fields: fields.length,
    ...change,
  }
}

/** Decodes rows of id, Q1, SEX, AGE, WEIGHT, REGION. */
function decoded(lines: string[], given = options(), block: Partial<Block> = {}): RespondentBatch {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const whole: Block = {
    index: 0,
    offset: 0,
    length: text.length,
    rows: lines.length,
    firstRow: 10,
    firstLine: 12,
    ...block,
  }
  const bytes = Buffer.concat([text, Buffer.from('\n\n')])
  const layout = { delimiter: ',', decimalComma: false, fields, encoding: 'utf-8' as const }
  const cells = parse(layout, { reuse: false }).apply({ block: whole, bytes, end: text.length })
  return decode(given, { reuse: false }).apply(cells)
}

/** What became of Q1 in a row: its code or the reason why there is none. */
function answerOf(batch: RespondentBatch, row = 0): number | string {
  const byte = batch.answers[row * 2]
  return byte < firstMissingReason ? [1, 2, 3, 4][byte] : missingReasons[byte - firstMissingReason]
}

/** What became of a demographic in a row. */
function demographicOf(batch: RespondentBatch, demographic: number, row = 0): string | number | null {
  const { values, labels } = batch.demographics[demographic]
  if (values[row] === nullValue) return null
  return labels === undefined ? values[row] : labels[values[row]]
}

const reasons = (batch: RespondentBatch) =>
  batch.report.rejects.report().counts.map(({ variable, reason, count }) => `${variable} ${reason} ${count}`)

describe('decode: answers', () => {
  for (const [cell, answer, invalid] of [
    ['1', 1, false],
    ['4.0', 4, false],
    ['2E0', 2, false],
    ['"3"', 3, false],
    ['7', 1, false],
    ['8', 'recoded', false],
    ['-4', 2, false],
    ['-1', 'dont-know', false],
    ['-2', 'no-answer', false],
    ['-3', 'not-applicable', false],
    ['-5', 'missing', false],
    ['-99', 'missing', false],
    ['-9999', 'missing', false],
    ['', 'empty', false],
    ['" "', 'empty', false],
    ['NA', 'empty', false],
    ['5', 'out-of-range', true],
    ['0', 'out-of-range', true],
    ['239', 'out-of-range', true],
    ['240', 'out-of-range', true],
    ['1000000', 'out-of-range', true],
    ['3000000000', 'not-a-code', true],
    ['1.5', 'not-a-code', true],
    ['DE', 'not-a-code', true],
  ] as const) {
    it(`makes ${JSON.stringify(cell)} ${answer}`, () => {
      const batch = decoded([`1,${cell},1,30,1,x`])
      assert.equal(answerOf(batch), answer)
      const expected = new Array(missingReasonStride * 2).fill(0)
      if (typeof answer === 'string') expected[missingReasons.indexOf(answer)] = 1
      expected[missingReasonStride + missingReasons.indexOf('empty')] = 1
      assert.deepEqual([...batch.report.missingCounts], expected)
      assert.deepEqual(reasons(batch), invalid ? [`Q1 ${answer} 1`] : [])
    })
  }

  it('takes all answers of a question that the file lacks for empty', () => {
    const batch = decoded(['1,1,1,30,1,x'])
    assert.equal(batch.answers[1], firstMissingReason + missingReasons.indexOf('empty'))
  })

  it('decodes any code as a plain rule does', () => {
    const code = fc.oneof(fc.integer({ min: -20, max: 300 }), fc.integer())
    check(fc.array(code, { minLength: 1, maxLength: 20 }), 300, (codes) => {
      const wide = { ...q1, min: 0, max: 10, recodes: [[3, 200] as [number, number], [200, 3] as [number, number]] }
      const answerCodes = Array.from({ length: 11 }, (_, value) => value)
      const given = options('keep', { questions: [wide], answerCodes })
      const batch = decoded(
        codes.map((value) => `1,${value},1,1,1,x`),
        given,
      )
      for (const [row, value] of codes.entries()) {
        const recoded = value === 3 ? 200 : value === 200 ? 3 : value
        const byte = batch.answers[row]
        const odd = value <= -0x7fffffff
        if (recoded >= 0 && recoded <= 10) assert.equal(byte, recoded)
        else assert.equal(byte < firstMissingReason, false)
        if (!odd && recoded < -5) assert.equal(missingReasons[byte - firstMissingReason], 'missing')
        if (recoded > 10) assert.equal(missingReasons[byte - firstMissingReason], 'out-of-range')
      }
    })
  })
})

describe('decode: demographics and weights', () => {
  for (const [cell, label, invalid] of [
    ['1', 'Male', undefined],
    ['3', 'Female', undefined],
    ['100000', 'Far', undefined],
    ['-1', "Don't know", undefined],
    ['-2', null, undefined],
    ['', null, undefined],
    ['" "', null, undefined],
    ['9', '9', 'SEX no-label 1'],
    ['70000', '70000', 'SEX no-label 1'],
    ['DE', null, 'SEX not-a-code 1'],
    ['1.5', null, 'SEX not-a-code 1'],
  ] as const) {
    it(`makes the category ${JSON.stringify(cell)} ${label}`, () => {
      const batch = decoded([`1,1,${cell},30,1,x`])
      assert.equal(demographicOf(batch, 0), label)
      assert.deepEqual(reasons(batch), invalid === undefined ? [] : [invalid])
    })
  }

  for (const [cell, value, invalid] of [
    ['0', 0, undefined],
    ['120', 120, undefined],
    ['44.0', 44, undefined],
    ['-1', null, undefined],
    ['', null, undefined],
    ['121', null, 'AGE out-of-range 1'],
    ['old', null, 'AGE not-a-code 1'],
    ['30.5', null, 'AGE not-a-code 1'],
  ] as const) {
    it(`makes the quantity ${JSON.stringify(cell)} ${value}`, () => {
      const batch = decoded([`1,1,1,${cell},1,x`])
      assert.equal(demographicOf(batch, 1), value)
      assert.deepEqual(reasons(batch), invalid === undefined ? [] : [invalid])
    })
  }

  for (const [cell, text] of [
    ['Łódź', 'Łódź'],
    [' x ', 'x'],
    ['"a ""b"", c"', 'a "b", c'],
    ['-4', 'Not asked'],
    ['-7', null],
    ['', null],
    ['NA', null],
  ] as const) {
    it(`makes the text ${JSON.stringify(cell)} ${text}`, () =>
      assert.equal(demographicOf(decoded([`1,1,1,30,1,${cell}`]), 2), text))
  }

  it('reports bytes that are no UTF-8 in a text', () => {
    const bytes = Buffer.concat([Buffer.from('1,1,1,30,1,a'), Buffer.of(0xff), Buffer.from('\n\n\n')])
    const block: Block = { index: 0, offset: 0, length: bytes.length - 2, rows: 1, firstRow: 0, firstLine: 2 }
    const layout = { delimiter: ',', decimalComma: false, fields, encoding: 'utf-8' as const }
    const batch = decode(options(), { reuse: false }).apply(
      parse(layout, { reuse: false }).apply({ block, bytes, end: bytes.length - 2 }),
    )
    assert.deepEqual(reasons(batch), ['REGION malformed-text 1'])
  })

  it('reads weights; no number is none, and reported only where it says something', () => {
    const batch = decoded([
      '1,1,1,30,0.5,x',
      '2,1,1,30,,x',
      '3,1,1,30,heavy,x',
      '4,1,1,30,NA,x',
      '5,1,1,30,.946,x',
      '6,1,1,30,1e999,x',
    ])
    assert.deepEqual([...batch.weights], [0.5, Number.NaN, Number.NaN, Number.NaN, 0.946, Number.NaN])
    assert.deepEqual(reasons(batch), ['WEIGHT not-a-number 2'])
    const { weight: _, ...unweighted } = options()
    assert.ok(Number.isNaN(decoded(['1,1,1,30,0.5,x'], unweighted).weights[0]))
  })

  it('gives nulls for a variable that the file lacks', () => {
    const lacking = options('keep', {
      demographics: [sex, age, region].map((demographic) => ({ ...demographic, slot: -1 })),
    })
    const batch = decoded(['1,1,1,30,1,x'], lacking)
    assert.deepEqual(
      [0, 1, 2].map((at) => demographicOf(batch, at)),
      [null, null, null],
    )
    assert.deepEqual(
      batch.demographics.map(({ labels }) => labels),
      [[], undefined, []],
    )
  })
})

describe('decode: what happens to the invalid', () => {
  const lines = ['11,1,1,30,1,x', '"1\n2",9,9,30,1,x', '13,1,1', '14,DE,2,200,heavy,x,y,z']
  const all = ['Q1 not-a-code 1', 'Q1 out-of-range 1', 'SEX no-label 1', 'AGE out-of-range 1', 'WEIGHT not-a-number 1']

  it('keep: everything stays, a cell becomes null or its digits, all is counted', () => {
    const batch = decoded(lines)
    assert.deepEqual([...batch.splits], [0, 0, 0, 0])
    assert.equal(demographicOf(batch, 0, 1), '9')
    assert.equal(demographicOf(batch, 1, 2), null)
    assert.equal(answerOf(batch, 3), 'not-a-code')
    const { counts, lines: rejects, first } = batch.report.rejects.report()
    assert.deepEqual(reasons(batch).toSorted(), [...all, ' ragged-row 2'].toSorted())
    assert.equal(rejects.length, 0)
    assert.equal(first, undefined)
    const ragged = counts.find(({ reason }) => reason === 'ragged-row')?.first
    // The line break in the second row's id makes it two lines of the file.
    assert.deepEqual(ragged, {
      line: 15,
      row: 12,
      respondent: '13',
      variable: '',
      value: '3 fields',
      reason: 'ragged-row',
      expected: '6 fields',
    })
  })

  it('reject: cells and ragged rows go to the log, each as a line of JSON', () => {
    const batch = decoded(lines, options('reject'))
    assert.deepEqual([...batch.splits], [0, 0, leftOut, leftOut])
    assert.equal(demographicOf(batch, 0, 1), null)
    const text = Buffer.from(batch.report.rejects.report().lines).toString()
    const rejects = text
      .split('\n')
      .slice(0, -1)
      .map((line): { variable: string; reason: string; line: number; value: string } => JSON.parse(line))
    assert.deepEqual(
      rejects.map(({ variable, reason, line, value }) => [variable, reason, line, value]).toSorted(),
      [
        ['', 'ragged-row', 15, '3 fields'],
        ['', 'ragged-row', 16, '8 fields'],
        ['Q1', 'out-of-range', 13, '9'],
        ['SEX', 'no-label', 13, '9'],
      ].toSorted(),
    )
  })

  it('fail: names the first in file order, whichever variable it is in', () => {
    const first = decoded(['1,1,1,30,1,x', '2,1,9,30,1,x', '3,9,1,30,1,x'], options('fail')).report.rejects.report()
      .first
    assert.deepEqual([first?.variable, first?.line, first?.row, first?.value], ['SEX', 13, 11, '9'])
    assert.equal(decoded(['1,1,1,30,1,x'], options('fail')).report.rejects.report().first, undefined)
  })

  it('says of a row that is cut off that its quote is open', () => {
    const { counts } = decoded(['1,1,1,30,1,"x']).report.rejects.report()
    assert.match(counts[0].first.value, /^6 fields, the last in a quote that is never closed$/)
  })

  it('says nothing of respondents who are left out, and counts none of their answers', () => {
    const batch = decoded(['1,9,9,999,heavy,x', '2,1,1,30,1'], options(), { excluded: Uint8Array.of(1, 1) })
    assert.deepEqual([...batch.splits], [leftOut, leftOut])
    assert.deepEqual(reasons(batch), [])
    assert.ok(batch.report.missingCounts.every((count) => count === 0))
  })
})
