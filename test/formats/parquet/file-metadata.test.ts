import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parquetMetadata } from 'hyparquet'
import { type ColumnChunk, encodings, fileMetadata, type SchemaNode } from '#src/formats/parquet/file-metadata.js'
import { check } from '../../property.js'

/** Whole numbers of every length, up to the greatest that a number holds exactly. */
const whole = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 2 ** 31 - 1 }), fc.maxSafeNat())

const chunk: fc.Arbitrary<ColumnChunk> = fc.record(
  {
    path: fc.array(fc.string({ unit: 'grapheme', maxLength: 4 }), { minLength: 1, maxLength: 20 }),
    type: fc.constantFrom('text', 'integer', 'number'),
    encodings: fc.subarray(Object.values(encodings), { minLength: 1 }),
    values: whole,
    compressedSize: whole,
    uncompressedSize: fc.nat(),
    dataOffset: whole,
    dictionaryOffset: whole,
    nulls: whole,
  },
  { requiredKeys: ['path', 'type', 'encodings', 'values', 'compressedSize', 'uncompressedSize', 'dataOffset'] },
)

describe('fileMetadata', () => {
  const columns = fc.integer({ min: 1, max: 20 })
  const input = columns.chain((count) =>
    fc.record({
      names: fc.array(fc.string({ unit: 'grapheme', maxLength: 5 }), { minLength: count, maxLength: count }),
      groups: fc.array(fc.record({ rows: fc.nat(), chunks: fc.array(chunk, { minLength: count, maxLength: count }) }), {
        maxLength: 18,
      }),
      codec: fc.constantFrom('UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD'),
      createdBy: fc.string(),
    }),
  )

  it('says what hyparquet reads in it', () => {
    check(input, 300, ({ names, groups, codec, createdBy }) => {
      const schema: SchemaNode[] = [
        { name: 'schema', children: names.length },
        ...names.map((name): SchemaNode => ({ name, type: 'text', repetition: 'optional' })),
      ]
      const bytes = fileMetadata(schema, groups, codec, createdBy)
      const read = parquetMetadata(bytes.buffer)
      assert.equal(read.version, 1)
      assert.equal(read.created_by, createdBy)
      assert.equal(read.metadata_length, bytes.length - 8)
      assert.equal(
        Number(read.num_rows),
        groups.reduce((sum, { rows }) => sum + rows, 0),
      )
      assert.deepEqual(
        read.schema.slice(1).map(({ name }) => name),
        names,
      )
      assert.ok(
        read.schema.slice(1).every(({ converted_type, type }) => converted_type === 'UTF8' && type === 'BYTE_ARRAY'),
      )
      const found = read.row_groups.map(({ num_rows, total_byte_size, columns: chunks }) => ({
        rows: Number(num_rows),
        size: Number(total_byte_size),
        chunks: chunks.map(({ file_offset, meta_data }) => {
          assert.ok(meta_data)
          const { path_in_schema, num_values, total_compressed_size, total_uncompressed_size } = meta_data
          return [
            Number(file_offset),
            meta_data.codec,
            path_in_schema,
            ...[num_values, total_compressed_size, total_uncompressed_size, meta_data.data_page_offset].map(Number),
            meta_data.dictionary_page_offset === undefined ? undefined : Number(meta_data.dictionary_page_offset),
            meta_data.statistics?.null_count === undefined ? undefined : Number(meta_data.statistics.null_count),
          ]
        }),
      }))
      const expected = groups.map(({ rows, chunks }) => ({
        rows,
        size: chunks.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0),
        chunks: chunks.map(
          ({ path, values, compressedSize, uncompressedSize, dataOffset, dictionaryOffset, nulls }) => [
            dictionaryOffset ?? dataOffset,
            codec,
            path,
            ...[values, compressedSize, uncompressedSize, dataOffset],
            dictionaryOffset,
            nulls,
          ],
        ),
      }))
      assert.deepEqual(found, expected)
    })
  })
})
