import type { AnswerPairs } from './answer-pairs.js'
import { partCount, type ResultTable } from './columnar-table.js'
import { pairTables } from './distribution-tables.js'
import { type EncodedPart, TableEncoder, type TableFormat } from './encoded-table.js'

/** What threads do together: each encodes the next part of the tables that none has taken. */
interface SharedParts {
  formats: readonly TableFormat[]
  /** The number of that part, counted over all tables. */
  next: Int32Array<SharedArrayBuffer>
}

/** What another thread is sent. */
export interface PairTableWork extends SharedParts {
  pairs: AnswerPairs
}

/** A part with its number. */
export type TakenPart = [number: number, part: EncodedPart]

/** Encodes parts of tables until all are taken; gives its own. `turn` lets others have theirs between two parts. */
export async function encodeParts(
  tables: readonly ResultTable[],
  { formats, next }: SharedParts,
  turn: () => Promise<void> = async () => {},
): Promise<TakenPart[]> {
  const encoder = await TableEncoder.load(formats)
  const parts = tables.flatMap((table) => Array.from({ length: partCount(table) }, (_, part) => ({ table, part })))
  const taken: TakenPart[] = []
  for (let number = Atomics.add(next, 0, 1); number < parts.length; number = Atomics.add(next, 0, 1)) {
    await turn()
    taken.push([number, encoder.encode(parts[number].table, parts[number].part)])
  }
  return taken
}

export function work({ pairs, ...shared }: PairTableWork): Promise<TakenPart[]> {
  return encodeParts(Object.values(pairTables(pairs)), shared)
}
