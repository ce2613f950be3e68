import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { compressors } from 'hyparquet-compressors'
import { textRowSyntax } from '#src/formats/text-row.js'
import { tableColumns } from '#src/stages/table.js'
import { writeText } from '#src/stages/write-text.js'
import { checkAsync } from '../property.js'
import { exampleBatch, type PlainSurvey, plainRows, plainSurvey, tableOptions } from './plain-respondents.js'

const cases = fc.record({
  survey: plainSurvey,
  table: fc.constantFrom('records' as const, 'examples' as const),
  pieceRows: fc.integer({ min: 1, max: 60 }),
})

/** The text of one split, put together from its pieces. */
async function written(
  survey: PlainSurvey,
  options: { table: 'records' | 'examples'; pieceRows: number; format: 'jsonl' | 'csv' | 'tsv' },
): Promise<string[]> {
  const { table, pieceRows, format } = options
  const stage = await writeText({
    output: 4,
    table: tableOptions(table, survey),
    pieceRows,
    format,
    compression: 'none',
  })
  const { pieces } = stage.apply(exampleBatch(survey))
  return [0, 1, 2].map((split) => {
    const own = pieces.filter((piece) => piece.split === split)
    assert.ok(own.every(({ rows, output }) => rows > 0 && rows <= pieceRows && output === 4))
    assert.equal(
      own.reduce((sum, { rows }) => sum + rows, 0),
      plainRows(table, survey, split).length,
    )
    return Buffer.concat(own.map(({ bytes }) => bytes)).toString()
  })
}

describe('writeText', () => {
  it('writes JSON lines that parse to the rows of plain loops', async () => {
    await checkAsync(cases, 400, async ({ survey, table, pieceRows }) => {
      const texts = await written(survey, { table, pieceRows, format: 'jsonl' })
      for (const [split, text] of texts.entries()) {
        const rows: unknown[] = text
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line))
        assert.deepEqual(rows, plainRows(table, survey, split))
      }
    })
  })

  for (const [format, delimiter] of [
    ['csv', ','],
    ['tsv', '\t'],
  ] as const) {
    it(`writes ${format} that csv-parse reads as the rows of plain loops`, async () => {
      await checkAsync(cases, 300, async ({ survey, table, pieceRows }) => {
        const header = textRowSyntax(format).header(tableColumns(tableOptions(table, survey)).map(({ name }) => name))
        const texts = await written(survey, { table, pieceRows, format })
        for (const [split, text] of texts.entries()) {
          const rows: unknown = parse(header + text, { delimiter, columns: true, record_delimiter: '\n' })
          const expected = plainRows(table, survey, split).map((row) =>
            Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? '' : String(value)])),
          )
          assert.deepEqual(rows, expected)
        }
      })
    })
  }

  it('compresses piece by piece, so that the pieces may stand one after the other', async () => {
    const [sample] = fc.sample(plainSurvey, { seed: 5, numRuns: 1 })
    const respondents = sample.respondents.map((respondent) => ({ ...respondent, split: 0 }))
    const survey = { ...sample, respondents }
    const table = tableOptions('examples', survey)
    const plain = Buffer.from((await written(survey, { table: 'examples', pieceRows: 3, format: 'jsonl' }))[0])
    assert.ok(plain.includes(10))
    for (const compression of ['gzip', 'zstd'] as const) {
      const stage = await writeText({ output: 0, table, pieceRows: 3, format: 'jsonl', compression })
      const pieces = stage.apply(exampleBatch(survey)).pieces.filter(({ split }) => split === 0)
      if (compression === 'gzip') assert.ok(gunzipSync(Buffer.concat(pieces.map(({ bytes }) => bytes))).equals(plain))
      else {
        const parts = pieces.map(({ bytes }) => compressors.ZSTD?.(bytes, 1 << 16) ?? new Uint8Array(0))
        assert.ok(Buffer.concat(parts).equals(plain))
      }
    }
  })

  it('leaves out a weight column that the file lacks', async () => {
    const [sample] = fc.sample(plainSurvey, { seed: 5, numRuns: 1 })
    const survey = { ...sample, respondents: sample.respondents.map((respondent) => ({ ...respondent, split: 0 })) }
    const { weight: _, ...table } = tableOptions('records', survey)
    const stage = await writeText({ output: 0, table, pieceRows: 100, format: 'jsonl', compression: 'none' })
    const [piece] = stage.apply(exampleBatch(survey)).pieces
    const row: Record<string, unknown> = JSON.parse(Buffer.from(piece.bytes).toString().split('\n')[0])
    assert.ok(!('weight' in row) && 'sex' in row)
  })
})
