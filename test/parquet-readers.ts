/// <reference path="../src/pipelines/parquetjs-lite.d.ts" />
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import parquetjs from 'parquetjs-lite'

export type Row = Record<string, unknown>

/** Reads Parquet with hyparquet. */
export function readWithHyparquet(bytes: Uint8Array<ArrayBuffer>): Promise<Row[]> {
  const { buffer, byteOffset, byteLength } = bytes
  return parquetReadObjects({ file: buffer.slice(byteOffset, byteOffset + byteLength), compressors })
}

/**
 * Reads a file with parquetjs-lite, for what it can read: no zstd, and no run of indices wider than eight bits. A
 * value that it leaves out is null here.
 */
export async function readWithParquetjs(path: string, columns: string[]): Promise<Row[]> {
  const reader = await parquetjs.ParquetReader.openFile(path)
  try {
    const cursor = reader.getCursor()
    const rows: Row[] = []
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
      const read = row
      rows.push(Object.fromEntries(columns.map((name) => [name, read[name] ?? null])))
    }
    return rows
  } finally {
    await reader.close()
  }
}

/** DuckDB in memory, with a folder for the files that it reads; `close` when done. */
export class DuckReader {
  private files = 0

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly folder: string,
  ) {}

  static async open(): Promise<DuckReader> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    return new DuckReader(instance, mkdtempSync(join(tmpdir(), 'wvs-duckdb-')))
  }

  /** Puts bytes into a file of their own; gives its path, to be put into a query. */
  file(bytes: Uint8Array): string {
    const path = join(this.folder, `${this.files++}.parquet`)
    writeFileSync(path, bytes)
    return path
  }

  async query(sql: string): Promise<Row[]> {
    const connection = await this.instance.connect()
    try {
      const reader = await connection.runAndReadAll(sql)
      return reader.getRowObjectsJS()
    } finally {
      connection.closeSync()
    }
  }

  read(bytes: Uint8Array): Promise<Row[]> {
    return this.query(`FROM read_parquet('${this.file(bytes)}')`)
  }

  close(): void {
    this.instance.closeSync()
    rmSync(this.folder, { recursive: true })
  }
}
