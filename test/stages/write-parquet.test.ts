import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { EncodedPiece } from '#src/batch/example-batch.js'
import { type PlacedRowGroup, parquetFooter, parquetMagic } from '#src/formats/parquet/footer.js'
import { type TableOptions, tableColumns } from '#src/stages/table.js'
import { writeParquet } from '#src/stages/write-parquet.js'
import { DuckReader, readWithHyparquet } from '../parquet-readers.js'
import { checkAsync } from '../property.js'
import { exampleBatch, plainRows, plainSurvey, tableOptions } from './plain-respondents.js'

let duck: DuckReader
before(async () => {
  duck = await DuckReader.open()
})
after(() => duck.close())

/** A Parquet file of the pieces of one split. */
function fileOf(table: TableOptions, pieces: EncodedPiece[]): Uint8Array<ArrayBuffer> {
  let offset = parquetMagic.length
  const placed = pieces.map(({ rowGroup, rows, bytes }): PlacedRowGroup => {
    assert.ok(rowGroup !== undefined)
    const group = { ...rowGroup, rows, offset }
    offset += bytes.length
    return group
  })
  const footer = parquetFooter(tableColumns(table), placed, 'SNAPPY', 'a test')
  return new Uint8Array(Buffer.concat([parquetMagic, ...pieces.map(({ bytes }) => bytes), footer]))
}

describe('writeParquet', () => {
  for (const table of ['records', 'examples'] as const) {
    it(`writes ${table} that hyparquet and DuckDB read as the rows of plain loops`, async () => {
      const input = fc.record({ survey: plainSurvey, pieceRows: fc.integer({ min: 1, max: 80 }) })
      await checkAsync(input, 50, async ({ survey, pieceRows }) => {
        const options = tableOptions(table, survey)
        const stage = await writeParquet({ output: 2, table: options, pieceRows, compression: 'snappy' })
        const { pieces } = stage.apply(exampleBatch(survey))
        for (const split of [0, 1, 2]) {
          const own = pieces.filter((piece) => piece.split === split)
          assert.ok(own.every(({ rows, output }) => rows > 0 && rows <= pieceRows && output === 2))
          const expected = plainRows(table, survey, split)
          if (expected.length === 0) {
            assert.deepEqual(own, [])
            continue
          }
          const file = fileOf(options, own)
          assert.deepEqual(await readWithHyparquet(file), expected)
          const path = duck.file(file)
          assert.deepEqual(await duck.query(`FROM read_parquet('${path}')`), expected)
          await assertBounds(path, expected)
        }
      })
    })
  }

  it('gives the same pieces when it is used again', async () => {
    const [first, second] = fc.sample(plainSurvey, { seed: 2, numRuns: 2 })
    const options = { output: 0, table: tableOptions('examples', first), pieceRows: 50, compression: 'snappy' as const }
    const stage = await writeParquet(options)
    const once = stage.apply(exampleBatch(first)).pieces
    const kept = structuredClone(once)
    stage.apply(
      exampleBatch({
        ...second,
        questions: first.questions,
        answerCodes: first.answerCodes,
        respondents: first.respondents.slice(0, 2),
      }),
    )
    assert.deepEqual(once, kept)
    assert.deepEqual(stage.apply(exampleBatch(first)).pieces, kept)
  })
})

/** What the footer says of questions, answers and ids: a query may be answered from it alone. */
async function assertBounds(path: string, rows: Record<string, string | number | null>[]): Promise<void> {
  const chunks = await duck.query(
    `SELECT path_in_schema AS name, min(CAST(stats_min_value AS VARCHAR)) AS least, sum(stats_null_count) AS nulls, count(*) AS groups,
            max(CAST(stats_max_value AS VARCHAR)) AS greatest FROM parquet_metadata('${path}') GROUP BY 1`,
  )
  for (const { name, least, greatest, nulls, groups } of chunks) {
    const values = rows.map((row) => row[String(name)])
    assert.equal(Number(nulls), values.filter((value) => value === null).length, String(name))
    const texts = values.filter((value) => typeof value === 'string')
    if (groups !== 1n || texts.length === 0 || texts.some((text) => /[^ -~]/.test(text) || text.length > 16)) continue
    const sorted = texts.toSorted((left, right) => (left < right ? -1 : 1))
    assert.deepEqual([least, greatest], [sorted[0], sorted.at(-1)], String(name))
  }
}
