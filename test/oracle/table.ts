import assert from 'node:assert/strict'

export type Cell = string | number | null

/** A table by columns, as every reader gives it. */
export interface Table {
  names: string[]
  columns: unknown[][]
}

export function emptyTable(names: string[]): Table {
  return { names, columns: names.map(() => []) }
}

export function rowCount({ columns }: Table): number {
  return columns[0]?.length ?? 0
}

/** Fails at the first cell in which two tables differ, and says where that is. */
export function assertSameTable(actual: Table, expected: Table, what: string): void {
  assert.deepEqual(actual.names, expected.names, `${what}: column names`)
  assert.equal(rowCount(actual), rowCount(expected), `${what}: rows`)
  for (const [index, name] of expected.names.entries()) {
    const [found, wanted] = [actual.columns[index], expected.columns[index]]
    for (let row = 0; row < wanted.length; row++) {
      if (found[row] === wanted[row]) continue
      const [cell, other] = [found[row], wanted[row]].map((value) => JSON.stringify(value))
      assert.fail(`${what}: row ${row} of ${name} is ${cell}, expected ${other}`)
    }
  }
}

/** The same table as a delimited text file has it: every cell a text, no value an empty one. */
export function asTexts({ names, columns }: Table): Table {
  return { names, columns: columns.map((cells) => cells.map((cell) => (cell === null ? '' : String(cell)))) }
}
