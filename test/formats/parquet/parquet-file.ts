import { type Compression, loadCompressor } from '#src/formats/compression.js'
import type { ParquetColumn } from '#src/formats/parquet/column.js'
import { indexIntegers, indexNumbers } from '#src/formats/parquet/column-values.js'
import { integerDictionary, numberDictionary, textDictionary } from '#src/formats/parquet/dictionary.js'
import { type ParquetCodec, type PlacedRowGroup, parquetFooter, parquetMagic } from '#src/formats/parquet/footer.js'
import { RowGroupWriter } from '#src/formats/parquet/row-group.js'

export type Value = string | number | null

/**
 * A column with its values; `runs` writes neighbours as runs, else each row stands for itself; `plain` writes nullable
 * numbers without a dictionary.
 */
export interface FilledColumn extends ParquetColumn {
  values: Value[]
  runs: boolean
  plain?: boolean
}

const codecs: Record<Compression, ParquetCodec> = {
  none: 'UNCOMPRESSED',
  snappy: 'SNAPPY',
  gzip: 'GZIP',
  zstd: 'ZSTD',
}

/** A Parquet file of row groups, each a list of the same columns with values of their own. */
export async function parquetFile(
  groups: FilledColumn[][],
  compression: Compression,
): Promise<Uint8Array<ArrayBuffer>> {
  const writer = new RowGroupWriter(await loadCompressor(compression))
  const parts: Uint8Array[] = [parquetMagic]
  const placed: PlacedRowGroup[] = []
  let offset = parquetMagic.length
  for (const columns of groups) {
    writer.begin(columns.length, columns[0].values.length)
    for (const column of columns) writeColumn(writer, column)
    const { bytes, ...group } = writer.end()
    placed.push({ ...group, offset })
    parts.push(bytes)
    offset += bytes.length
  }
  parts.push(parquetFooter(groups[0], placed, codecs[compression], 'a test'))
  return new Uint8Array(Buffer.concat(parts))
}

function writeColumn(writer: RowGroupWriter, { type, nullable, values, runs, plain = false }: FilledColumn): void {
  if (plain && type === 'number' && nullable) {
    writer.plainNullable(numbersOf(values))
    return
  }
  const { dictionary, indices } = indexColumn(type, values)
  if (runs) {
    // Two runs of one value side by side, as two respondents of one country are.
    const starts = [...values.keys()].filter((at) => at === 0 || at % 5 === 0 || indices[at] !== indices[at - 1])
    const counts = starts.map((start, run) => (starts[run + 1] ?? values.length) - start)
    writer.runs(
      dictionary,
      Int32Array.from(starts, (start) => indices[start]),
      Int32Array.from(counts),
      nullable,
    )
  } else if (nullable) writer.packedNullable(dictionary, indices)
  else writer.packed(dictionary, indices)
}

function indexColumn(type: ParquetColumn['type'], values: Value[]) {
  if (type === 'text') {
    const distinct = [...new Set(values.filter((value) => value !== null))].map(String)
    const indices = Int32Array.from(values, (value) => (value === null ? -1 : distinct.indexOf(String(value))))
    return { dictionary: textDictionary(distinct, Int32Array.from(distinct.keys())), indices }
  }
  if (type === 'integer') {
    const indices = Int32Array.from(values, (value) => (value === null ? nullInteger : Number(value)))
    return { dictionary: integerDictionary(indexIntegers(indices, nullInteger).distinct), indices }
  }
  const found = indexNumbers(numbersOf(values))
  return { dictionary: numberDictionary(found), indices: found.indices }
}

function numbersOf(values: Value[]): Float64Array {
  return Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value)))
}

/** In place of null, in a column of integers. */
const nullInteger = -0x80000000
