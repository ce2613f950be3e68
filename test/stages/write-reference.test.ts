import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { leftOut } from '#src/batch/respondent-batch.js'
import type { FieldKind } from '#src/formats/scanned-rows.js'
import { InterviewIds } from '#src/stages/interview-ids.js'
import { parse } from '#src/stages/parse.js'
import { columnFacts, type ReferenceColumn, writeReference } from '#src/stages/write-reference.js'
import { check } from '../property.js'
import { exampleBatch } from './plain-respondents.js'

/** An ordinal column with a recode, a labelled one, and one that the file lacks. */
const ordinal: ReferenceColumn = {
  id: 'Q1',
  slot: 0,
  recodes: [
    [7, 1],
    [8, null],
  ],
  holdsText: false,
}
const labelled: ReferenceColumn = {
  id: 'Q260',
  slot: 1,
  recodes: [],
  labels: [
    [1, 'Male'],
    [2, 'Female'],
    [-4, 'Not asked'],
    [76_000, 'Don´t know'],
  ],
  holdsText: false,
}
const absent: ReferenceColumn = { id: 'Q9', slot: -1, recodes: [], holdsText: false }
const fields: FieldKind[] = ['text', 'code', 'code']

interface Written {
  rows: string[]
  facts: number[]
}

/** Writes rows of id, Q1, Q260. */
function written(
  lines: string[],
  columns = [ordinal, labelled, absent],
  given: { leftOut?: number[]; repeats?: number[] } = {},
): Written {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''))
  const { repeats } = given
  const block = {
    index: 0,
    offset: 0,
    length: text.length,
    rows: lines.length,
    firstRow: 0,
    firstLine: 2,
    ...(repeats === undefined ? {} : { idRepeats: Uint32Array.from(repeats) }),
  }
  const layout = { delimiter: ';', decimalComma: false, fields, encoding: 'utf-8' as const }
  const bytes = Buffer.concat([text, Buffer.from('\n\n')])
  const source = parse(layout, { reuse: false }).apply({ block, bytes, end: text.length })
  const batch = exampleBatch({ questions: [], answerCodes: [], respondents: [] })
  const splits = Uint8Array.from(lines, (_, row) => (given.leftOut?.includes(row) ? leftOut : 0))
  const ids = new InterviewIds({ encoding: 'utf-8', textFields: 1, idField: 0 }).read(source.cells, block)
  const respondents = { ...batch.respondents, source, block, ids, rows: lines.length, splits }
  const stage = writeReference({ output: 3, codeFields: 2, columns }, { reuse: true })
  const [piece] = stage.apply({ ...batch, respondents }).pieces
  const lengths = [...(piece.rowLengths ?? [])]
  assert.equal(lengths.length, piece.rows)
  const rows: string[] = []
  let at = 0
  for (const length of lengths) {
    rows.push(Buffer.from(piece.bytes.subarray(at, at + length)).toString())
    at += length
  }
  assert.equal(at, piece.bytes.length)
  assert.ok(rows.every((row) => row.endsWith('\n')))
  return { rows: rows.map((row) => row.slice(0, -1)), facts: [...(piece.columnFacts ?? [])] }
}

/** One cell of a column. */
function cellOf(column: ReferenceColumn, cell: string): { text: string; fact: number } {
  const { rows, facts } = written([`1;${column.slot === 0 ? cell : ''};${column.slot === 1 ? cell : ''}`], [column])
  return { text: rows[0].slice(2), fact: facts[0] }
}

describe('writeReference', () => {
  const text = { ...ordinal, holdsText: true }
  const labelledText = { ...labelled, holdsText: true }
  for (const [what, column, cell, expected, fact] of [
    ['keeps the code of an ordinal column', ordinal, '3', '3', 0],
    ['recodes', ordinal, '7', '1', 0],
    ['recodes to nothing', ordinal, '8', '', 0],
    ['empties a negative code of an ordinal column', ordinal, '-1', '', 0],
    ['empties any negative code', ordinal, '-9999', '', 0],
    ['keeps a code out of range', ordinal, '99', '99', 0],
    ['keeps a great code', ordinal, '1234567', '1234567', 0],
    ['makes 1.0 a whole number', ordinal, '1.0', '1', 0],
    ['makes 1.24E2 a whole number', ordinal, '1.24E2', '124', 0],
    ['cuts a fraction off where all are numbers', ordinal, '0.5', '0', columnFacts.fraction],
    ['cuts a fraction off towards zero', ordinal, '-0.5', '0', columnFacts.fraction],
    ['recodes what is left of a fraction', ordinal, '7.5', '1', columnFacts.fraction],
    ['keeps a fraction where a cell of the column holds text', text, '0.5', '0.5', columnFacts.fraction],
    ['makes 2.0 whole there too', text, '2.0', '2', 0],
    ['keeps text', ordinal, 'DE', 'DE', columnFacts.text],
    ['keeps a blank a blank', ordinal, '" "', ' ', columnFacts.text],
    ['keeps nothing empty', ordinal, '', '', 0],
    ['takes NA for nothing', ordinal, 'NA', '', 0],
    ['takes #N/A for nothing', labelled, '#N/A', '', 0],
    ['writes the label of a code', labelled, '1', 'Male', 0],
    ['writes the label of a negative code too', labelled, '-4', 'Not asked', 0],
    ['writes the label of a great code', labelled, '76000', 'Don´t know', 0],
    ['keeps a code without a label', labelled, '3', '3', 0],
    ['keeps a negative code without a label', labelled, '-3', '-3', 0],
    ['keeps a great code without a label', labelled, '-1234567', '-1234567', 0],
    ['labels 1.0', labelled, '1.0', 'Male', 0],
    ['keeps text in a labelled column', labelledText, 'x', 'x', columnFacts.text],
    ['quotes text as pandas does: a tab', labelledText, '"a\tb"', '"a\tb"', columnFacts.text],
    ['quotes text as pandas does: a quote', labelledText, '"a""b"', '"a""b"', columnFacts.text],
    ['writes a whole number beyond 32 bits', ordinal, '3000000000', '3000000000', 0],
    ['writes it as a whole number beside text', text, '3E9', '3000000000', 0],
    ['writes nothing for a column that the file lacks', absent, '1', '', 0],
  ] as const) {
    it(what, () => assert.deepEqual(cellOf(column, cell), { text: expected, fact }))
  }

  it('writes rows of any length, one after the other, as a plain join', () => {
    const cell = fc.oneof(
      fc.integer({ min: 0, max: 200_000 }).map(String),
      fc.constantFrom('9007199254740991', '123456789012345', 'x'.repeat(300), 'Łódź', ''),
    )
    check(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }), 300, (pairs) => {
      const columns = Array.from({ length: 40 }, (_, at) => ({
        id: `c${at}`,
        slot: at % 2,
        recodes: [],
        holdsText: true,
      }))
      const { rows } = written(
        pairs.map(([first, second], row) => `${row + 1};${first};${second}`),
        columns,
      )
      assert.deepEqual(
        rows,
        pairs.map((pair, row) => [row + 1, ...columns.map(({ slot }) => pair[slot])].join('\t')),
      )
    })
  })

  it('drops who is left out, and looks at their cells all the same', () => {
    const { rows, facts } = written(['1;1;1', '2;DE;0.5', '3;2;2'], undefined, { leftOut: [1] })
    assert.deepEqual(rows, ['1\t1\tMale\t', '3\t2\tFemale\t'])
    assert.deepEqual(facts, [columnFacts.text, columnFacts.fraction, 0])
  })

  it('writes ids without the numbers behind those that repeat', () => {
    const repeats = [0, ...Array.from({ length: 12 }, (_, at) => at + 1)]
    const lines = ['5;1;1', ...Array.from({ length: 12 }, () => '858069901;1;1')]
    const { rows } = written(lines, undefined, { repeats })
    assert.deepEqual(
      rows.map((row) => row.split('\t')[0]),
      ['5', ...new Array(12).fill('858069901')],
    )
  })
})
