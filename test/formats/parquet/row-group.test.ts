import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { compressions } from '#src/formats/compression.js'
import type { ParquetColumn } from '#src/formats/parquet/column.js'
import { DuckReader, type Row, readWithHyparquet, readWithParquetjs } from '../../parquet-readers.js'
import { checkAsync } from '../../property.js'
import { type FilledColumn, parquetFile, type Value } from './parquet-file.js'

let duck: DuckReader
before(async () => {
  duck = await DuckReader.open()
})
after(() => duck.close())

const texts = [
  '',
  'a',
  'Not at all important',
  'Łódź',
  'é',
  '日本',
  '😀',
  '\uffff',
  '\u{10ffff}',
  'a"b\n',
  ' ',
  '\0',
  'zz',
]
const numbers = [0, 1, -1.5, 0.1, 1e300, -1e-300, 5e-324, 1.7976931348623157e308, Infinity, -Infinity]
const integers = [0, 1, -1, 2147483647, -2147483647, 65535, 65536]

function valuesOf(type: ParquetColumn['type'], rows: number, nullable: boolean): fc.Arbitrary<Value[]> {
  const some: fc.Arbitrary<Value> =
    type === 'text'
      ? fc.oneof(fc.constantFrom(...texts), fc.string({ unit: 'grapheme', maxLength: 5 }))
      : type === 'integer'
        ? fc.oneof(fc.constantFrom(...integers), fc.integer({ min: -5, max: 50 }))
        : fc.oneof(
            fc.constantFrom(...numbers),
            fc.double({ noNaN: true, min: 0, max: 3 }).map((value) => value + 0),
          )
  const one = nullable ? fc.option(some, { freq: 3 }) : some
  const any = fc.array(one, { minLength: rows, maxLength: rows })
  const runs = fc
    .array(fc.record({ value: one, count: fc.integer({ min: 1, max: 90 }) }), { minLength: 1, maxLength: 8 })
    .map((parts) => {
      const values = parts.flatMap(({ value, count }) => new Array<Value>(count).fill(value))
      return Array.from({ length: rows }, (_, row) => values[row % values.length])
    })
  return nullable ? fc.oneof(any, runs, fc.constant(new Array<Value>(rows).fill(null))) : fc.oneof(any, runs)
}

const schema = fc.array(
  fc.record({
    type: fc.constantFrom<ParquetColumn['type'][]>('text', 'integer', 'number'),
    nullable: fc.boolean(),
    runs: fc.boolean(),
    plain: fc.boolean(),
  }),
  { minLength: 1, maxLength: 5 },
)

/** Row groups of the same columns, of up to 300 rows each. */
const tables = schema.chain((columns) =>
  fc.array(
    fc
      .oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300 }))
      .chain((rows) =>
        fc.tuple(
          ...columns.map((column, at) =>
            valuesOf(column.type, rows, column.nullable).map(
              (values): FilledColumn => ({ ...column, name: `c${at}`, values }),
            ),
          ),
        ),
      ),
    { minLength: 1, maxLength: 3 },
  ),
)

/** The rows of all groups, by plain loops. */
function plainRows(groups: FilledColumn[][]): Row[] {
  return groups.flatMap((columns) =>
    columns[0].values.map((_, row) => Object.fromEntries(columns.map(({ name, values }) => [name, values[row]]))),
  )
}

const compareText = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right))

/** Asks DuckDB for what the footer says of every column chunk and compares it with the values. */
async function assertStatistics(path: string, groups: FilledColumn[][]): Promise<void> {
  const chunks = await duck.query(
    `SELECT row_group_id, column_id, num_values, stats_null_count, stats_min_value, stats_max_value, total_compressed_size
     FROM parquet_metadata('${path}') ORDER BY row_group_id, column_id`,
  )
  assert.equal(chunks.length, groups.length * groups[0].length)
  for (const chunk of chunks) {
    const { type, values } = groups[Number(chunk.row_group_id)][Number(chunk.column_id)]
    const present = values.filter((value) => value !== null)
    assert.equal(Number(chunk.num_values), values.length)
    assert.equal(Number(chunk.stats_null_count), values.length - present.length)
    assert.ok(Number(chunk.total_compressed_size) > 0)
    if (present.length === 0) {
      assert.deepEqual([chunk.stats_min_value, chunk.stats_max_value], [null, null])
    } else if (type === 'text') {
      const sorted = present.map(String).sort(compareText)
      // DuckDB's table writes text with a NUL byte in it escaped.
      if (sorted.some((text) => text.includes('\0'))) continue
      const bounds = [chunk.stats_min_value, chunk.stats_max_value].map(String)
      const ends = [sorted[0], String(sorted.at(-1))]
      // A long text may be cut to a shorter bound, the least down and the greatest up.
      assert.ok(compareText(bounds[0], ends[0]) <= 0 && compareText(bounds[1], ends[1]) >= 0, `${bounds} for ${ends}`)
      for (const [end, text] of ends.entries()) if (Buffer.byteLength(text) <= 16) assert.equal(bounds[end], text)
    } else {
      const sorted = present.map(Number).sort((left, right) => left - right)
      const bounds = [chunk.stats_min_value, chunk.stats_max_value]
      // DuckDB sets no store by infinite bounds.
      const expected = [sorted[0], sorted[sorted.length - 1]].map((value) => (Number.isFinite(value) ? value : null))
      const said = bounds.map((bound) => (bound === null ? null : Number(bound)))
      assert.deepEqual(said, expected)
    }
  }
}

describe('RowGroupWriter', () => {
  for (const compression of compressions) {
    it(`writes tables that hyparquet and DuckDB read back, with statistics: ${compression}`, async () => {
      await checkAsync(tables, 60, async (groups) => {
        const bytes = await parquetFile(groups, compression)
        const expected = plainRows(groups)
        assert.deepEqual(await readWithHyparquet(bytes), expected)
        const path = duck.file(bytes)
        assert.deepEqual(await duck.query(`FROM read_parquet('${path}')`), expected)
        await assertStatistics(path, groups)
      })
    })
  }

  it('writes what DuckDB answers from the statistics alone, also for text beyond the basic plane', async () => {
    const values = ['\uffff', '😀', 'a', null]
    const bytes = await parquetFile([[{ name: 'c', type: 'text', nullable: true, runs: true, values }]], 'snappy')
    const path = duck.file(bytes)
    const [row] = await duck.query(
      `SELECT min(c) AS least, max(c) AS greatest, count(c) AS count FROM read_parquet('${path}')`,
    )
    assert.deepEqual(row, { least: 'a', greatest: '😀', count: 3n })
    for (const value of ['\uffff', '😀', 'a']) {
      const found = await duck.query(`FROM read_parquet('${path}') WHERE c = '${value}'`)
      assert.deepEqual(found, [{ c: value }])
    }
  })

  it('writes one zero for -0 and 0, which are one value', async () => {
    const column: FilledColumn = { name: 'c', type: 'number', nullable: false, runs: false, values: [-0, 0, 1] }
    for (const own of [column, { ...column, nullable: true, plain: true }]) {
      const bytes = await parquetFile([[own]], 'none')
      assert.deepEqual(await readWithHyparquet(bytes), [{ c: 0 }, { c: 0 }, { c: 1 }])
      assert.equal((await duck.query(`FROM read_parquet('${duck.file(bytes)}') WHERE c = 0`)).length, 2)
    }
  })

  it('writes dictionaries of any width', async () => {
    for (const size of [1, 2, 3, 4, 5, 16, 17, 255, 256, 257, 4096, 65_536, 65_537, 140_000]) {
      const values = Array.from({ length: size + 9 }, (_, row) => (row * 7919) % size)
      const columns = [true, false].map(
        (runs): FilledColumn => ({ name: runs ? 'r' : 'p', type: 'integer', nullable: !runs, runs, values }),
      )
      const path = duck.file(await parquetFile([columns], 'none'))
      const [row] = await duck.query(
        `SELECT count(*) AS rows, count(DISTINCT r) AS distinct_r, sum(CASE WHEN r = p AND r = (file_row_number * 7919) % ${size} THEN 0 ELSE 1 END) AS wrong
         FROM read_parquet('${path}', file_row_number = true)`,
      )
      assert.deepEqual(
        { ...row, wrong: Number(row.wrong) },
        { rows: BigInt(size + 9), distinct_r: BigInt(size), wrong: 0 },
      )
    }
  })

  it('writes runs of hundreds of thousands of rows', async () => {
    const values = Array.from({ length: 700_000 }, (_, row) => (row < 300_000 ? 'a' : row < 600_000 ? null : 'b'))
    const column: FilledColumn = { name: 'c', type: 'text', nullable: true, runs: false, values }
    const path = duck.file(await parquetFile([[column]], 'snappy'))
    const counts = await duck.query(
      `SELECT c, count(*) AS rows FROM read_parquet('${path}') GROUP BY c ORDER BY c NULLS LAST`,
    )
    assert.deepEqual(counts, [
      { c: 'a', rows: 300_000n },
      { c: 'b', rows: 100_000n },
      { c: null, rows: 300_000n },
    ])
  })

  it('writes what parquetjs-lite reads, where indices take no more than eight bits', async () => {
    const rows = 400
    const columns: FilledColumn[] = [
      { name: 'text', type: 'text', nullable: true, runs: true, values: fill(rows, ['a', 'Łódź', null, '😀']) },
      { name: 'integer', type: 'integer', nullable: false, runs: false, values: fill(rows, [1, -5, 2147483647]) },
      { name: 'number', type: 'number', nullable: true, runs: false, values: fill(rows, [0.1, null, -2.5, 1e300]) },
      { name: 'none', type: 'integer', nullable: true, runs: false, values: fill(rows, [null, null, 3]) },
      {
        ...{ name: 'plain', type: 'number', nullable: true, runs: false, plain: true },
        values: fill(rows, [0.1, null, -2.5, 1e300, 5]),
      },
    ]
    for (const compression of ['none', 'snappy', 'gzip'] as const) {
      const path = duck.file(await parquetFile([columns, columns], compression))
      const names = columns.map(({ name }) => name)
      // It gives what stands in a dictionary as text, whatever its type.
      const told = (name: string, value: Row[string]) => (value === null || name === 'plain' ? value : String(value))
      const expected = plainRows([columns, columns]).map((row) =>
        Object.fromEntries(names.map((name) => [name, told(name, row[name])])),
      )
      assert.deepEqual(await readWithParquetjs(path, names), expected)
    }
  })

  it('gives the same bytes for the same table', async () => {
    const columns: FilledColumn[] = [{ name: 'c', type: 'text', nullable: true, runs: true, values: ['a', null, 'b'] }]
    for (const compression of compressions) {
      assert.deepEqual(await parquetFile([columns], compression), await parquetFile([columns], compression))
    }
  })
})

/** Values in runs of growing length. */
function fill(rows: number, values: Value[]): Value[] {
  return Array.from({ length: rows }, (_, row) => values[Math.floor(Math.sqrt(row)) % values.length])
}
