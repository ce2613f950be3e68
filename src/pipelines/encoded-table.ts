import type { TextFormat } from '../formats/text-row.js'
import { type TableColumn, tableParquet, tableText } from './columnar-table.js'

export type TableFormat = 'parquet' | TextFormat

/** A table as files: how many rows it has, and its bytes in each format. */
export interface EncodedTable {
  rows: number
  contents: Uint8Array[]
}

export async function encodeTable(
  columns: readonly TableColumn[],
  formats: readonly TableFormat[],
): Promise<EncodedTable> {
  const contents: Uint8Array[] = []
  for (const format of formats) {
    contents.push(format === 'parquet' ? await tableParquet(columns, 'snappy') : tableText(columns, format))
  }
  return { rows: columns[0]?.values.length ?? 0, contents }
}
