import type { TransferListItem } from 'node:worker_threads'
import type { TextFormat } from '../formats/text-row.js'
import { runThread } from '../pool/run-thread.js'
import { type TableColumn, tableParquet, tableText } from './columnar-table.js'

export type TableFormat = 'parquet' | TextFormat

/** A table, and what to make of it. */
export interface TableTask {
  columns: readonly TableColumn[]
  formats: readonly TableFormat[]
}

/** The bytes of a file in each format of a table. */
export async function encodeTable({ columns, formats }: TableTask): Promise<Uint8Array[]> {
  const files: Uint8Array[] = []
  for (const format of formats) {
    files.push(format === 'parquet' ? await tableParquet(columns, 'snappy') : tableText(columns, format))
  }
  return files
}

/** The same, made in a thread of its own. The columns move there: their values are no longer seen here. */
export function encodeTableApart(task: TableTask, signal?: AbortSignal): Promise<Uint8Array[]> {
  const transfer = [...new Set(task.columns.map(({ values }) => values.buffer as TransferListItem))]
  return runThread(new URL('./table-worker.js', import.meta.url), { data: task, transfer, signal })
}
