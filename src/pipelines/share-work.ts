import type { AnswerPairs } from './answer-pairs.js'
import { ShareTable } from './distribution-tables.js'
import { type EncodedTable, encodeTable, type TableFormat } from './encoded-table.js'

/** What another thread makes the table of shares of. */
export interface ShareWork {
  pairs: AnswerPairs
  formats: readonly TableFormat[]
}

export async function work({ pairs, formats }: ShareWork): Promise<EncodedTable> {
  return encodeTable(new ShareTable(pairs), formats)
}
