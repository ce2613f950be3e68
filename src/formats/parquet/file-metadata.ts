import { ByteWriter } from '../byte-writer.js'
import { parquetMagic } from './column.js'
import { ThriftWriter } from './thrift.js'

/** Numbers of the enumerations in the Apache Parquet format's Thrift definition, as far as they are used here. */
export const physicalTypes = { text: 6, integer: 1, number: 5 } as const
export const encodings = { plain: 0, plainDictionary: 2, runLength: 3 } as const
const repetitions = { required: 0, optional: 1, repeated: 2 } as const
const convertedTypes = { text: 0, list: 3 } as const
const codecs = { UNCOMPRESSED: 0, SNAPPY: 1, GZIP: 2, ZSTD: 6 } as const

export type ParquetCodec = keyof typeof codecs
export type PhysicalType = keyof typeof physicalTypes

/** A node of the schema: a leaf has a type, another has children, which follow it. */
export interface SchemaNode {
  name: string
  type?: PhysicalType
  repetition?: keyof typeof repetitions
  children?: number
  isList?: boolean
}

/** One column of a row group; offsets count from the start of the file. */
export interface ColumnChunk {
  path: string[]
  type: PhysicalType
  encodings: number[]
  values: number
  compressedSize: number
  uncompressedSize: number
  dataOffset: number
  dictionaryOffset?: number
  nulls?: number
  /** Plainly encoded. */
  minimum?: Uint8Array
  maximum?: Uint8Array
}

export interface RowGroupMetadata {
  rows: number
  chunks: ColumnChunk[]
}

/**
 * The bytes that end a Parquet file: metadata, their length, the magic number. Format version 1 is claimed, since
 * nothing in these files needs more.
 */
export function fileMetadata(
  schema: readonly SchemaNode[],
  groups: readonly RowGroupMetadata[],
  codec: ParquetCodec,
  createdBy: string,
): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(1 << 16)
  const thrift = new ThriftWriter(out)
  const leaves = schema.filter(({ type }) => type !== undefined)
  thrift.integer(1, 1)
  thrift.structs(2, schema, (node) => writeNode(thrift, node))
  thrift.long(
    3,
    groups.reduce((sum, { rows }) => sum + rows, 0),
  )
  thrift.structs(4, groups, ({ rows, chunks }) => {
    thrift.structs(1, chunks, (chunk) => writeChunk(thrift, chunk, codecs[codec]))
    thrift.long(
      2,
      chunks.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0),
    )
    thrift.long(3, rows)
  })
  thrift.text(6, createdBy)
  // Bounds are in the order of the types themselves; without this readers pass over those of texts.
  thrift.structs(7, leaves, () => thrift.struct(1, () => {}))
  thrift.end()
  const length = out.length
  out.appendUint32(length)
  out.append(parquetMagic)
  return out.take()
}

function writeNode(thrift: ThriftWriter, { name, type, repetition, children, isList = false }: SchemaNode): void {
  if (type !== undefined) thrift.integer(1, physicalTypes[type])
  if (repetition !== undefined) thrift.integer(3, repetitions[repetition])
  thrift.text(4, name)
  if (children !== undefined) thrift.integer(5, children)
  if (type === 'text') {
    thrift.integer(6, convertedTypes.text)
    thrift.struct(10, () => thrift.struct(1, () => {}))
  } else if (isList) {
    thrift.integer(6, convertedTypes.list)
    thrift.struct(10, () => thrift.struct(3, () => {}))
  }
}

function writeChunk(thrift: ThriftWriter, chunk: ColumnChunk, codec: number): void {
  const { dataOffset, dictionaryOffset, nulls, minimum, maximum } = chunk
  thrift.long(2, dictionaryOffset ?? dataOffset)
  thrift.struct(3, () => {
    thrift.integer(1, physicalTypes[chunk.type])
    thrift.integers(2, chunk.encodings)
    thrift.texts(3, chunk.path)
    thrift.integer(4, codec)
    thrift.long(5, chunk.values)
    thrift.long(6, chunk.uncompressedSize)
    thrift.long(7, chunk.compressedSize)
    thrift.long(9, dataOffset)
    if (dictionaryOffset !== undefined) thrift.long(11, dictionaryOffset)
    if (nulls === undefined) return
    thrift.struct(12, () => {
      thrift.long(3, nulls)
      if (maximum !== undefined) thrift.binary(5, maximum)
      if (minimum !== undefined) thrift.binary(6, minimum)
    })
  })
}
