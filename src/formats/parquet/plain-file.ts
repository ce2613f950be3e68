import { ByteWriter } from '../byte-writer.js'
import type { Compressor } from '../compression.js'
import type { ParquetColumn } from './column.js'
import { type ColumnChunk, encodings, fileMetadata, type ParquetCodec, type SchemaNode } from './file-metadata.js'
import { writePageHeader } from './page-header.js'
import { writeLevels, writePacked, writeRun, writeSized } from './run-encoding.js'

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
      writeSized(page, () => writePacked(page, levels.bytes, count, 1))
      writeSized(page, () => writeRun(page, 1, count))
    } else if (column.nullable) {
      const present = Int32Array.from(levels.bytes.subarray(0, count), (level) => -level)
      writeSized(page, () => writeLevels(page, present, undefined))
    }
    page.append(values.view())
    const compressed = compress(page.view())
    const start = out.length
    writePageHeader(out, {
      kind: 'data',
      encoding: encodings.plain,
      uncompressed: page.length,
      compressed: compressed.length,
      values: count,
    })
    const header = out.length - start
    numbers.set([start, header + compressed.length, header + page.length, count], index * plainChunkFields)
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

/** The bytes that end a Parquet file of row groups by `plainRowGroup`. */
export function plainFooter(
  columns: readonly PlainColumn[],
  groups: readonly PlacedPlainGroup[],
  codec: ParquetCodec,
  createdBy: string,
): Uint8Array<ArrayBuffer> {
  const schema: SchemaNode[] = [{ name: 'schema', children: columns.length }, ...columns.flatMap(schemaNodes)]
  const leaves = columns.flatMap((column): Pick<ColumnChunk, 'path' | 'type'>[] =>
    column.kind === 'list'
      ? column.fields.map((field) => ({ type: 'text', path: [column.name, 'list', 'element', field] }))
      : [{ type: column.type, path: [column.name] }],
  )
  const chunksOf = ({ offset, numbers }: PlacedPlainGroup) =>
    leaves.map((leaf, index): ColumnChunk => {
      const [start, compressedSize, uncompressedSize, values] = numbers.subarray(index * plainChunkFields)
      const used = [encodings.plain, encodings.runLength]
      return { ...leaf, encodings: used, values, compressedSize, uncompressedSize, dataOffset: offset + start }
    })
  const metadata = groups.map((group) => ({ rows: group.rows, chunks: chunksOf(group) }))
  return fileMetadata(schema, metadata, codec, createdBy)
}

function schemaNodes(column: PlainColumn): SchemaNode[] {
  if (column.kind === 'list') {
    const { name, fields } = column
    return [
      { name, repetition: 'required', children: 1, isList: true },
      { name: 'list', repetition: 'repeated', children: 1 },
      { name: 'element', repetition: 'required', children: fields.length },
      ...fields.map((field): SchemaNode => ({ name: field, repetition: 'required', type: 'text' })),
    ]
  }
  return [{ name: column.name, repetition: column.nullable ? 'optional' : 'required', type: column.type }]
}
