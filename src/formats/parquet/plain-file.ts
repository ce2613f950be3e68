import type { ColumnChunk, FileMetaData, RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter as ThriftWriter } from 'hyparquet-writer/src/bytewriter.js'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js'
import { ByteWriter } from '../byte-writer.js'
import type { Compressor } from '../compression.js'
import { type ParquetColumn, physicalTypes } from './column.js'
import { type ParquetCodec, parquetMagic } from './footer.js'
import { writeLevels, writePacked } from './run-encoding.js'

/**
 * Parquet for long texts that hardly repeat: values stand plainly, without dictionaries. A column is flat, or a list of
 * records of texts, the three-level list of the format's specification ("LogicalTypes: Lists").
 */
export type PlainColumn = (ParquetColumn & { kind: 'flat' }) | { kind: 'list'; name: string; fields: readonly string[] }

/** The values of one leaf in a row group. */
export interface PlainLeaf {
  /** Plainly encoded: a text after its length in four bytes, numbers as they are; nulls leave nothing. */
  values: ByteWriter
  /** Of a nullable column: for each row 0, or -1 where it is null. Of a list: for each element 0 where a row begins, else 1. */
  levels: ByteWriter
  count: number
}

export function emptyLeaf(): PlainLeaf {
  return { values: new ByteWriter(1 << 16), levels: new ByteWriter(1 << 10), count: 0 }
}

/** Numbers of each leaf of a row group: offset of its page, sizes compressed and not, values. */
export const plainChunkFields = 4

/** PageType and Encoding numbers of the Apache Parquet format's Thrift definition. */
const dataPage = 0
const plain = 0
const runLength = 3

/** How many leaves a column has. */
export function leavesOf(column: PlainColumn): number {
  return column.kind === 'list' ? column.fields.length : 1
}

/** Encodes a row group: one page for each leaf. `numbers` holds `plainChunkFields` for each; offsets count from its start. */
export function plainRowGroup(
  columns: readonly PlainColumn[],
  leaves: readonly PlainLeaf[],
  compress: Compressor,
): { bytes: Uint8Array<ArrayBuffer>; numbers: Float64Array } {
  const out = new ByteWriter(1 << 16)
  const page = new ByteWriter(1 << 16)
  const numbers = new Float64Array(leaves.length * plainChunkFields)
  const kinds = columns.flatMap((column) => new Array<PlainColumn>(leavesOf(column)).fill(column))
  for (const [index, { values, levels, count }] of leaves.entries()) {
    page.clear()
    const column = kinds[index]
    if (column.kind === 'list') {
      appendSized(page, () => writePacked(page, levels.bytes, count, 1))
      appendSized(page, () => {
        page.appendVarint(count * 2)
        page.appendByte(1)
      })
    } else if (column.nullable) {
      const present = Int32Array.from(levels.bytes.subarray(0, count), (level) => -level)
      appendSized(page, () => writeLevels(page, present, undefined))
    }
    page.append(values.view())
    const compressed = compress(page.view())
    const header = pageHeader(page.length, compressed.length, count)
    numbers.set(
      [out.length, header.length + compressed.length, header.length + page.length, count],
      index * plainChunkFields,
    )
    out.append(header)
    out.append(compressed)
  }
  return { bytes: out.take(), numbers }
}

/** A row group in its place in a file. */
export interface PlacedPlainGroup {
  rows: number
  offset: number
  numbers: Float64Array
}

/** The bytes that end the file: metadata, their length, the magic number. */
export function plainFooter(
  columns: readonly PlainColumn[],
  groups: readonly PlacedPlainGroup[],
  codec: ParquetCodec,
  createdBy: string,
): Uint8Array<ArrayBuffer> {
  const metadata: FileMetaData = {
    version: 1,
    schema: [{ name: 'schema', num_children: columns.length }, ...columns.flatMap(schemaElements)],
    num_rows: BigInt(groups.reduce((sum, { rows }) => sum + rows, 0)),
    row_groups: groups.map((group) => rowGroup(columns, group, codec)),
    created_by: createdBy,
    metadata_length: 0,
  }
  const writer = new ThriftWriter()
  writeMetadata(writer, metadata)
  writer.appendBytes(parquetMagic)
  return writer.getBytes()
}

function schemaElements(column: PlainColumn): SchemaElement[] {
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const
  if (column.kind === 'list') {
    const { name, fields } = column
    return [
      { name, repetition_type: 'REQUIRED', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { name: 'element', repetition_type: 'REQUIRED', num_children: fields.length },
      ...fields.map((field): SchemaElement => ({ name: field, repetition_type: 'REQUIRED', ...text })),
    ]
  }
  const repetition = column.nullable ? 'OPTIONAL' : 'REQUIRED'
  const type = column.type === 'text' ? text : { type: physicalTypes[column.type] }
  return [{ name: column.name, repetition_type: repetition, ...type }]
}

function rowGroup(
  columns: readonly PlainColumn[],
  { rows, offset, numbers }: PlacedPlainGroup,
  codec: ParquetCodec,
): RowGroup {
  const paths = columns.flatMap((column) =>
    column.kind === 'list'
      ? column.fields.map((field) => ({ type: 'text' as const, path: [column.name, 'list', 'element', field] }))
      : [{ type: column.type, path: [column.name] }],
  )
  let size = 0
  const chunks = paths.map(({ type, path }, index): ColumnChunk => {
    const [start, compressed, uncompressed, values] = numbers.subarray(index * plainChunkFields)
    size += uncompressed
    return {
      file_offset: BigInt(offset + start),
      meta_data: {
        type: physicalTypes[type],
        encodings: ['PLAIN', 'RLE'],
        path_in_schema: path,
        codec,
        num_values: BigInt(values),
        total_uncompressed_size: BigInt(uncompressed),
        total_compressed_size: BigInt(compressed),
        data_page_offset: BigInt(offset + start),
      },
    }
  })
  return { columns: chunks, total_byte_size: BigInt(size), num_rows: BigInt(rows) }
}

/** Appends what `write` appends, after its length in four bytes. */
function appendSized(writer: ByteWriter, write: () => void): void {
  const start = writer.length
  writer.appendUint32(0)
  write()
  const end = writer.length
  writer.length = start
  writer.appendUint32(end - start - 4)
  writer.length = end
}

function pageHeader(uncompressed: number, compressed: number, values: number): Uint8Array {
  const header = new ThriftWriter(64)
  serializeTCompactProtocol(header, {
    field_1: dataPage,
    field_2: uncompressed,
    field_3: compressed,
    field_5: { field_1: values, field_2: plain, field_3: runLength, field_4: runLength },
  })
  return header.getBytes()
}
