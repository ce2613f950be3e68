import type { AnswerPairs } from './answer-pairs.js'
import { partCount } from './columnar-table.js'
import { pairTables } from './distribution-tables.js'
import { type EncodedPart, TableEncoder, type TableFormat } from './encoded-table.js'

/** What threads encode together: parts of the tables of pairs. */
export interface PairTableWork {
  pairs: AnswerPairs
  formats: readonly TableFormat[]
  /** The number of the part that no thread has taken yet, of all tables. */
  next: Int32Array<SharedArrayBuffer>
}

/** A part with its number. */
export type TakenPart = [number: number, part: EncodedPart]

/** Encodes parts until all are taken; gives its own. */
export async function work({ pairs, formats, next }: PairTableWork): Promise<TakenPart[]> {
  const encoder = await TableEncoder.load(formats)
  const parts = Object.values(pairTables(pairs)).flatMap((table) =>
    Array.from({ length: partCount(table) }, (_, part) => ({ table, part })),
  )
  const taken: TakenPart[] = []
  for (let number = Atomics.add(next, 0, 1); number < parts.length; number = Atomics.add(next, 0, 1)) {
    taken.push([number, encoder.encode(parts[number].table, parts[number].part)])
  }
  return taken
}
