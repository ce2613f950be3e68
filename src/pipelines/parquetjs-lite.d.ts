/** The part of parquetjs-lite that this project uses; the package brings no types of its own. */
declare module 'parquetjs-lite' {
  export interface FieldOptions {
    type: 'UTF8' | 'INT32' | 'DOUBLE'
    optional?: boolean | undefined
    compression?: string | undefined
  }

  export class ParquetSchema {
    constructor(fields: Record<string, FieldOptions>)
  }

  export class ParquetWriter {
    static openFile(schema: ParquetSchema, path: string): Promise<ParquetWriter>
    appendRow(row: Record<string, unknown>): Promise<void>
    setRowGroupSize(rows: number): void
    close(): Promise<void>
  }

  export interface ParquetCursor {
    next(): Promise<Record<string, unknown> | null>
  }

  export class ParquetReader {
    static openFile(path: string): Promise<ParquetReader>
    getCursor(columns?: string[][]): ParquetCursor
    getRowCount(): number | bigint
    close(): Promise<void>
  }
}
