/// <reference path="../../src/pipelines/parquetjs-lite.d.ts" />
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { parse } from 'csv-parse/sync'
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import parquetjs from 'parquetjs-lite'
import { emptyTable, type Table } from './table.js'

/** Paths of a table's shards of one split in one format, in order. */
export function shardsOf(out: string, table: string, split: string, extension: string): string[] {
  return readdirSync(join(out, table))
    .filter((name) => name.startsWith(`${split}-`) && name.endsWith(`.${extension}`))
    .sort()
    .map((name) => join(out, table, name))
}

const database = await DuckDBInstance.create(':memory:').then((instance) => instance.connect())

async function query(sql: string): Promise<Table> {
  const reader = await database.runAndReadAll(sql)
  return { names: reader.columnNames(), columns: reader.getColumnsJS() }
}

function fileList(files: string[]): string {
  return `[${files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ')}]`
}

/** Parquet shards as DuckDB reads them. */
export function readWithDuckdb(files: string[]): Promise<Table> {
  return query(`SELECT * FROM read_parquet(${fileList(files)})`)
}

/** Delimited text as DuckDB reads it, every cell a text. */
export function readTextWithDuckdb(files: string[], delimiter: string, compression: string): Promise<Table> {
  const options = `delim='${delimiter}', header=true, all_varchar=true, compression='${compression}', nullstr='\u0001'`
  return query(`SELECT * FROM read_csv(${fileList(files)}, ${options}, parallel=false, quote='"', escape='"')`)
}

/** Column names, physical types and whether null may stand there, as the Parquet schema says. */
export function parquetSchema(file: string): Promise<Table> {
  return query(
    `SELECT name, type, repetition_type FROM parquet_schema(${fileList([file])}) WHERE repetition_type IS NOT NULL AND num_children IS NULL`,
  )
}

/** Parquet shards as hyparquet reads them. */
export async function readWithHyparquet(files: string[]): Promise<Table> {
  let table: Table | undefined
  for (const path of files) {
    const file = await asyncBufferFromFile(path)
    const metadata = await parquetMetadataAsync(file)
    const names = metadata.schema.slice(1).map(({ name }) => name)
    table ??= emptyTable(names)
    const { columns } = table
    await parquetRead({
      file,
      metadata,
      compressors,
      onComplete: (rows) => {
        for (const row of rows) {
          for (const [index, cell] of Object.values(row).entries()) columns[index].push(cell ?? null)
        }
      },
    })
  }
  return table ?? emptyTable([])
}

/** Parquet shards as parquetjs-lite reads them: those that it wrote itself, or that are as plain. */
export async function readWithParquetjs(files: string[]): Promise<Table> {
  let table: Table | undefined
  for (const path of files) {
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path))
    const names = metadata.schema.slice(1).map(({ name }) => name)
    table ??= emptyTable(names)
    const reader = await parquetjs.ParquetReader.openFile(path)
    const cursor = reader.getCursor()
    for (let row = await cursor.next(); row !== null; row = await cursor.next()) {
      for (const [index, name] of names.entries()) table.columns[index].push(row[name] ?? null)
    }
    await reader.close()
  }
  return table ?? emptyTable([])
}

function readTexts(files: string[]): string[] {
  return files.map((file) => {
    const bytes = readFileSync(file)
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  })
}

/** Lines of JSON, plain or gzipped; every line must have the same fields in the same order. */
export function readJsonLines(files: string[]): Table {
  let table: Table | undefined
  for (const text of readTexts(files)) {
    for (const line of text.split('\n').slice(0, -1)) {
      const row: Record<string, unknown> = JSON.parse(line)
      table ??= emptyTable(Object.keys(row))
      for (const [index, name] of Object.keys(row).entries()) {
        if (table.names[index] !== name) throw new Error(`field ${index} of a line is ${name}`)
        table.columns[index].push(row[name])
      }
    }
  }
  return table ?? emptyTable([])
}

/** Delimited text, plain or gzipped, by csv-parse: every cell a text. */
export function readDelimited(files: string[], delimiter: string): Table {
  let table: Table | undefined
  for (const text of readTexts(files)) {
    const [names, ...rows]: string[][] = parse(text, { delimiter })
    table ??= emptyTable(names)
    for (const row of rows) for (const [index, cell] of row.entries()) table.columns[index].push(cell)
  }
  return table ?? emptyTable([])
}
