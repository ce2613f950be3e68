/** A column of a Parquet file, as far as this project writes them: flat, and of three types. */
export interface ParquetColumn {
  name: string
  type: 'text' | 'integer' | 'number'
  nullable: boolean
}

/** Physical types of the three (Apache Parquet format, Types). */
export const physicalTypes = { text: 'BYTE_ARRAY', integer: 'INT32', number: 'DOUBLE' } as const
