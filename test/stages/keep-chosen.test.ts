import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Block, TypedColumns } from '#src/batch/block.js'
import type { CellBatch } from '#src/batch/cell-batch.js'
import { leftOut, nullValue, type RespondentBatch } from '#src/batch/respondent-batch.js'
import type { FieldKind } from '#src/formats/scanned-rows.js'
import { type TextColumn, textAt } from '#src/formats/text-column.js'
import { type DecodeOptions, decode } from '#src/stages/decode.js'
import { derive } from '#src/stages/derive.js'
import { keepChosen } from '#src/stages/keep-chosen.js'
import { parse } from '#src/stages/parse.js'
import { select } from '#src/stages/select.js'
import { check } from '../property.js'

// The id, what is chosen by, a question, a weight, a region.
const fields: FieldKind[] = ['text', 'code', 'skip', 'code', 'number', 'text']
const layout = { delimiter: ',', decimalComma: false, fields, encoding: 'utf-8' as const }
const columnOptions = { id: 'SEX', slot: 0, recodes: [] }
const deriveOptions = {
  codeFields: 2,
  columns: [columnOptions],
  derived: [
    { name: 'group', input: 0, labels: ['low', 'high'], codes: [], bins: [{ from: 0, to: 2, index: 0 }] },
    { name: 'all', input: -1, labels: ['everybody'], codes: [], bins: [] },
  ],
  written: [0, 1],
} satisfies Parameters<typeof derive>[0]
const category = { missingLabels: [], slot: 0 }
const decodeOptions: DecodeOptions = {
  encoding: 'utf-8',
  codeFields: 2,
  textFields: 2,
  idField: 0,
  idVariable: 'ID',
  questions: [{ id: 'Q1', slot: 1, min: 1, max: 4, recodes: [] }],
  demographics: [
    {
      ...category,
      id: 'SEX',
      kind: 'category',
      labels: [
        [1, 'Male'],
        [2, 'Female'],
      ],
    },
    { ...category, id: 'REGION', kind: 'text', slot: 1, labels: [] },
  ],
  answerCodes: [1, 2, 3, 4],
  missingCodes: [[-1, 'dont-know']],
  weight: 'WEIGHT',
  onInvalid: 'reject',
  fields: fields.length,
}

const record = fc.tuple(
  fc.constantFrom('1', '22', '1.0', '', 'A'),
  fc.constantFrom('1', '2', '3', '-1', '', 'x', '1.5', '"2"'),
  fc.constantFrom('a,b', '', '7').map((text) => (text.includes(',') ? `"${text}"` : text)),
  fc.constantFrom('1', '4', '9', '-1', '', 'x'),
  fc.constantFrom('0.5', '1', '', 'heavy'),
  fc.constantFrom('north', '', '"x ""y"""', 'NA'),
)

/** What a later stage can see of a respondent. */
function seen(batch: RespondentBatch, row: number): unknown {
  const { ids, weights, demographics, answers, splits, source, block } = batch
  return {
    id: textAt(ids, row),
    weight: weights[row],
    who: demographics.map(({ values, labels }) => (values[row] === nullValue ? null : labels?.[values[row]])),
    answer: answers[row],
    isOut: splits[row] === leftOut,
    codes: source.codes?.map((codes) => codes[row]),
    cells: [...source.cells.codes.subarray(row * 2, row * 2 + 2)],
    split: block.splits?.[row],
  }
}

const rejects = (batch: RespondentBatch): { row: number }[] =>
  Buffer.from(batch.report.rejects.report().lines)
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

/** Both ways through the stages: with all respondents, and with those for whom the code in question is one of `codes`. */
function bothWays(
  block: Block,
  bytes: Buffer,
  codes: number[],
): { all: RespondentBatch; some: RespondentBatch; chosen: number[] } {
  const [whole, early, context] = [layout, { ...layout, early: [0] }, { reuse: true }]
  const loaded = { block, bytes, end: block.length }
  const plain = { reuse: false }
  const all: CellBatch = derive(deriveOptions).apply(parse(whole, plain).apply(loaded))
  const selected = select({ where: [{ op: 'in', column: 0, codes }], rejectRagged: true }).apply(
    derive(deriveOptions).apply(parse(early, context).apply(loaded)),
  )
  const chosen = [...selected.chosen]
  const some = keepChosen(early, context).apply(selected)
  const expected = Array.from({ length: block.rows }, (_, row) => row).filter(
    (row) =>
      block.excluded?.[row] === 1 ||
      all.cells.ragged.some((ragged) => ragged.row === row) ||
      codes.includes(all.codes?.[0][row] ?? nullValue),
  )
  assert.deepEqual(chosen, expected)
  return { all: decode(decodeOptions, plain).apply(all), some: decode(decodeOptions, context).apply(some), chosen }
}

function assertSame({ all, some, chosen }: ReturnType<typeof bothWays>): void {
  assert.equal(some.rows, chosen.length)
  assert.equal(some.block.rows, chosen.length)
  for (const [index, row] of chosen.entries()) assert.deepEqual(seen(some, index), seen(all, row))
  assert.deepEqual(
    rejects(some),
    rejects(all).filter(({ row }) => chosen.includes(row - all.block.firstRow)),
  )
}

function blockOf(rows: number, length: number, odd: number): Block {
  const pick = (divisor: number) =>
    Uint32Array.from({ length: rows }, (_, row) => ((row + odd) % divisor === 0 ? 1 : 0))
  return {
    ...{ index: 3, offset: 0, length, rows, firstRow: 10, firstLine: 12 },
    idRepeats: pick(3).map((repeats, row) => repeats * (row + 1)),
    excluded: Uint8Array.from(pick(5)),
    splits: Uint8Array.from(pick(2)),
  }
}

const someCodes = fc.subarray([1, 2, 3])
const start = fc.nat({ max: 9 })

describe('keepChosen', () => {
  it('makes of the chosen respondents of delimited text what all stages make of them among all others', () => {
    const line = record.chain((cells) =>
      fc.nat({ max: 30 }).map((cut) => cells.slice(0, cut < 6 ? cut + 1 : 6).join(',')),
    )
    const lines = fc.array(
      line.filter((text) => text !== ''),
      { maxLength: 40 },
    )
    check(fc.record({ lines, codes: someCodes, start }), 500, (given) => {
      const text = Buffer.from(given.lines.map((own) => `${own}\n`).join(''))
      const bytes = Buffer.concat([text, Buffer.alloc(64, '\n')])
      assertSame(bothWays(blockOf(given.lines.length, text.length, given.start), bytes, given.codes))
    })
  })

  it('makes of those of typed columns the same', () => {
    check(fc.record({ rows: fc.array(record, { maxLength: 40 }), codes: someCodes, start }), 500, (given) => {
      const { rows } = given
      const texts = (at: number): TextColumn => {
        const parts = rows.map((cells) => Buffer.from(cells[at]))
        const offsets = Uint32Array.from([0, ...parts.map((_, end) => Buffer.concat(parts.slice(0, end + 1)).length)])
        return { bytes: Buffer.concat(parts), offsets }
      }
      const numbers = (at: number) =>
        Float64Array.from(rows, (cells) => (cells[at] === '' ? Number.NaN : Number(cells[at])))
      // The code that is chosen by as numbers, the question and the weight as text.
      const columns: TypedColumns = {
        numbers: [undefined, numbers(1), undefined, undefined, undefined],
        texts: [texts(0), undefined, texts(3), texts(4), texts(5)],
      }
      assertSame(bothWays({ ...blockOf(rows.length, 0, given.start), columns }, Buffer.alloc(0), given.codes))
    })
  })
})
