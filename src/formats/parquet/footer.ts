import { type ParquetColumn, parquetMagic } from './column.js'
import { type ColumnChunk, encodings, fileMetadata, type ParquetCodec, type SchemaNode } from './file-metadata.js'
import { chunkFieldCount, chunkFields, type RowGroupBytes } from './row-group.js'

export { type ParquetCodec, parquetMagic }

/** A row group in its place in a file. */
export interface PlacedRowGroup extends Omit<RowGroupBytes, 'bytes'> {
  offset: number
}

/** A bound of a text column that is longer than this is left out, so that long texts do not stand in the footer. */
const longestBound = 64

/** The bytes that end a Parquet file of row groups by `RowGroupWriter`. */
export function parquetFooter(
  columns: readonly ParquetColumn[],
  rowGroups: readonly PlacedRowGroup[],
  codec: ParquetCodec,
  createdBy: string,
): Uint8Array<ArrayBuffer> {
  const schema: SchemaNode[] = [
    { name: 'schema', children: columns.length },
    ...columns.map(
      ({ name, type, nullable }): SchemaNode => ({ name, type, repetition: nullable ? 'optional' : 'required' }),
    ),
  ]
  const groups = rowGroups.map((group) => ({
    rows: group.rows,
    chunks: columns.map((column, index) => columnChunk(column, index, group)),
  }))
  return fileMetadata(schema, groups, codec, createdBy)
}

function columnChunk({ name, type }: ParquetColumn, index: number, group: PlacedRowGroup): ColumnChunk {
  const { offset, rows, numbers, bounds } = group
  const field = (place: keyof typeof chunkFields) => numbers[index * chunkFieldCount + chunkFields[place]]
  const isText = type === 'text'
  const hasDictionary = !Number.isNaN(field('dictionaryOffset'))
  const minimum = isText ? textBound(bounds[index * 2]) : numberBound(type, field('minimum'))
  const maximum = isText ? textBound(bounds[index * 2 + 1]) : numberBound(type, field('maximum'))
  return {
    path: [name],
    type,
    encodings: [hasDictionary ? encodings.plainDictionary : encodings.plain, encodings.runLength],
    values: rows,
    compressedSize: field('compressedSize'),
    uncompressedSize: field('uncompressedSize'),
    dataOffset: offset + field('dataOffset'),
    ...(hasDictionary ? { dictionaryOffset: offset + field('dictionaryOffset') } : {}),
    nulls: field('nulls'),
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  }
}

function textBound(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || text.length > longestBound) return undefined
  const bytes = Buffer.from(text)
  return bytes.length > longestBound ? undefined : bytes
}

/** NaN: all values are null. */
function numberBound(type: 'integer' | 'number', value: number): Uint8Array | undefined {
  if (Number.isNaN(value)) return undefined
  const bytes = Buffer.alloc(type === 'integer' ? 4 : 8)
  if (type === 'integer') bytes.writeInt32LE(value)
  else bytes.writeDoubleLE(value)
  return bytes
}
