import assert from 'node:assert/strict'
import { extendedMissing, type ReadOptions, type SurveyTable } from '#src/formats/survey-columns.js'
import { SurveyError } from '#src/formats/survey-error.js'

/** null is the plain missing value, `.a` to `.z` Stata's others. */
export type CellValue = number | string | null

/** All cells, row by row, and the sizes of the batches they came in. For tests only: it makes an object a row. */
export async function readCells(
  table: SurveyTable,
  options: Partial<ReadOptions> = {},
): Promise<{ rows: CellValue[][]; batches: number[] }> {
  const { columns = table.variables.map((_, index) => index), ...others } = options
  const rows: CellValue[][] = []
  const batches: number[] = []
  for await (const batch of table.read({ columns, ...others })) {
    assert.equal(batch.firstRow, rows.length)
    assert.ok(batch.rows > 0)
    batches.push(batch.rows)
    for (let row = 0; row < batch.rows; row++) {
      rows.push(
        columns.map((index, column) => {
          const numbers = batch.numbers[column]
          const text = batch.texts[column]
          assert.equal(numbers === undefined, table.variables[index].type === 'text')
          assert.equal(text === undefined, table.variables[index].type === 'number')
          if (text !== undefined) {
            assert.equal(text.offsets.length, batch.rows + 1)
            return Buffer.from(text.bytes.subarray(text.offsets[row], text.offsets[row + 1])).toString()
          }
          if (numbers === undefined) throw new Error('neither numbers nor text')
          assert.equal(numbers.length, batch.rows)
          if (!Number.isNaN(numbers[row])) return numbers[row]
          const kind = extendedMissing(numbers, row)
          return kind === 0 ? null : `.${String.fromCharCode(0x60 + kind)}`
        }),
      )
    }
  }
  return { rows, batches }
}

/** Checks that an error is one that the user sees: one line that begins with the file's name. */
export function isOneLine(error: unknown, file: string): boolean {
  assert.ok(error instanceof SurveyError, `not a SurveyError: ${error instanceof Error ? error.stack : error}`)
  assert.ok(error.message.startsWith(`${file}: `), error.message)
  assert.ok(!/[\n\r]/.test(error.message), error.message)
  return true
}

/** As `isOneLine`, with words that the line must have. */
export function isLine(error: unknown, file: string, expected: RegExp): boolean {
  isOneLine(error, file)
  assert.match(String(error), expected)
  return true
}

/** Numbers from 0 up to (not with) 1 that are the same every time (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
