import type { BlockTable } from '#src/stages/tabulate.js'

/** What one cell of a block holds: for some places, a count and a weight. */
export interface TestCell {
  group: number
  entries: Map<number, [count: number, weight: number]>
}

export function blockTable(
  { index, questions, slots, weighted }: { index: number; questions: number; slots: number; weighted: boolean },
  cells: TestCell[],
): BlockTable {
  const entries = cells.map((cell) => [...cell.entries].sort(([left], [right]) => left - right))
  const all = entries.flat()
  let end = 0
  return {
    index,
    cells: Int32Array.from(cells, ({ group }) => group),
    respondents: Uint32Array.from(cells, ({ group }) => group + 1),
    ends: Int32Array.from(entries, (own) => {
      end += own.length
      return end
    }),
    places: Int32Array.from(all, ([place]) => place),
    counts: Uint32Array.from(all, ([, [count]]) => count),
    weights: Float64Array.from(weighted ? all : [], ([, [, weight]]) => weight),
    squaredWeights: new Float64Array(weighted ? cells.length * questions : 0).fill(0.1),
    questionEntries: questionEntriesOf(
      { questions, slots },
      all.map(([place]) => place),
    ),
    profiles: new Float64Array(0),
    ungrouped: [],
  }
}

/** How many of the entries of each question the cells have together. */
export function questionEntriesOf(
  { questions, slots }: { questions: number; slots: number },
  places: readonly number[],
): Int32Array {
  const totals = new Int32Array(questions)
  for (const place of places) totals[Math.floor(place / slots)]++
  return totals
}
