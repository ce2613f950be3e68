import type { TextFormat } from '../formats/text-row.js'
import { type ResultTable, tableParquet, tableText } from './columnar-table.js'

export type TableFormat = 'parquet' | TextFormat

/** A table as files: how many rows it has, and its bytes in each format. */
export interface EncodedTable {
  rows: number
  contents: Uint8Array[]
}

export async function encodeTable(table: ResultTable, formats: readonly TableFormat[]): Promise<EncodedTable> {
  const contents: Uint8Array[] = []
  for (const format of formats) {
    contents.push(format === 'parquet' ? await tableParquet(table, 'snappy') : tableText(table, format))
  }
  return { rows: table.rows, contents }
}
