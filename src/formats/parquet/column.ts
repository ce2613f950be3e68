/** A column of a Parquet file, as far as this project writes them: flat, and of three types. */
export interface ParquetColumn {
  name: string
  type: 'text' | 'integer' | 'number'
  nullable: boolean
}

/** The four bytes that a Parquet file starts and ends with. */
export const parquetMagic = Uint8Array.from([0x50, 0x41, 0x52, 0x31])
