import type { ColumnChunk, FileMetaData, RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer/src/bytewriter.js'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { type ParquetColumn, parquetMagic, physicalTypes } from './column.js'
import { chunkFieldCount, chunkFields, type RowGroupBytes } from './row-group.js'

export { parquetMagic }

export type ParquetCodec = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'ZSTD'

/** A row group in its place in a file. */
export interface PlacedRowGroup extends Omit<RowGroupBytes, 'bytes'> {
  offset: number
}

/**
 * The bytes that end a Parquet file: metadata, their length, the magic number.
 *
 * Format version 1 is claimed, since nothing in these files needs more.
 */
export function parquetFooter(
  columns: ParquetColumn[],
  rowGroups: PlacedRowGroup[],
  codec: ParquetCodec,
  createdBy: string,
): Uint8Array<ArrayBuffer> {
  const rows = rowGroups.reduce((sum, group) => sum + group.rows, 0)
  const metadata: FileMetaData = {
    version: 1,
    schema: schemaElements(columns),
    num_rows: BigInt(rows),
    row_groups: rowGroups.map((group) => rowGroupMetadata(columns, group, codec)),
    created_by: createdBy,
    metadata_length: 0,
  }
  const writer = new ByteWriter()
  writeMetadata(writer, metadata)
  writer.appendBytes(parquetMagic)
  return writer.getBytes()
}

function schemaElements(columns: ParquetColumn[]): SchemaElement[] {
  return [
    { name: 'schema', num_children: columns.length },
    ...columns.map(
      ({ name, type, nullable }): SchemaElement => ({
        name,
        type: physicalTypes[type],
        repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED',
        ...(type === 'text' ? { converted_type: 'UTF8' as const, logical_type: { type: 'STRING' as const } } : {}),
      }),
    ),
  ]
}

function rowGroupMetadata(columns: ParquetColumn[], group: PlacedRowGroup, codec: ParquetCodec): RowGroup {
  let size = 0
  const chunks = columns.map((column, index): ColumnChunk => {
    const at = index * chunkFieldCount
    const field = (name: keyof typeof chunkFields) => group.numbers[at + chunkFields[name]]
    size += field('uncompressedSize')
    const minimum = column.type === 'text' ? group.bounds[index * 2] : numberOrNone(field('minimum'))
    const maximum = column.type === 'text' ? group.bounds[index * 2 + 1] : numberOrNone(field('maximum'))
    return {
      file_offset: BigInt(group.offset + field('dictionaryOffset')),
      meta_data: {
        type: physicalTypes[column.type],
        encodings: ['PLAIN_DICTIONARY', 'RLE'],
        path_in_schema: [column.name],
        codec,
        num_values: BigInt(group.rows),
        total_uncompressed_size: BigInt(field('uncompressedSize')),
        total_compressed_size: BigInt(field('compressedSize')),
        data_page_offset: BigInt(group.offset + field('dataOffset')),
        dictionary_page_offset: BigInt(group.offset + field('dictionaryOffset')),
        statistics: {
          null_count: BigInt(field('nulls')),
          ...(minimum === undefined ? {} : { min_value: minimum }),
          ...(maximum === undefined ? {} : { max_value: maximum }),
        },
      },
    }
  })
  return { columns: chunks, total_byte_size: BigInt(size), num_rows: BigInt(group.rows) }
}

function numberOrNone(value: number): number | undefined {
  return Number.isNaN(value) ? undefined : value
}
