/** The part of parquetjs-lite that this project uses; the package is CommonJS and brings no types of its own. */
declare module 'parquetjs-lite' {
  interface FieldOptions {
    type: 'UTF8' | 'INT32' | 'DOUBLE'
    optional?: boolean | undefined
    compression?: string | undefined
  }

  class ParquetSchema {
    constructor(fields: Record<string, FieldOptions>)
  }

  class ParquetWriter {
    static openFile(schema: ParquetSchema, path: string): Promise<ParquetWriter>
    appendRow(row: Record<string, unknown>): Promise<void>
    setRowGroupSize(rows: number): void
    close(): Promise<void>
  }

  interface ParquetCursor {
    next(): Promise<Record<string, unknown> | null>
  }

  class ParquetReader {
    static openFile(path: string): Promise<ParquetReader>
    getCursor(columns?: string[][]): ParquetCursor
    getRowCount(): number | bigint
    close(): Promise<void>
  }

  /** Node finds no names in the module's exports, only the whole. */
  const parquetjs: {
    ParquetSchema: typeof ParquetSchema
    ParquetWriter: typeof ParquetWriter
    ParquetReader: typeof ParquetReader
  }
  export default parquetjs
  export type { FieldOptions, ParquetCursor, ParquetReader, ParquetSchema, ParquetWriter }
}
