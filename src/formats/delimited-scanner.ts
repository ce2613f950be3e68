import type { CellDecoder } from './dialect.js'
import { type CellArrays, PlainRecords } from './plain-records.js'
import { type RecordLayout, RecordReader } from './record-reader.js'
import {
  emptyCode,
  type FieldKind,
  fieldKinds,
  laterKind,
  type RaggedRow,
  type ScanLayout,
  type ScannedRows,
} from './scanned-rows.js'

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** After so many lines in a row that are no plain records, the others of a block are taken to be none either. */
const mostOddLines = 64

/**
 * Reads blocks of delimited records: keeps only the fields that the layout asks for, turns digits into
 * whole numbers without making strings, and counts the fields of each record. The dialect is RFC 4180's
 * with a quote that counts only at the start of a cell; the oracle of its tests is csv-parse.
 *
 * With `reuse`, the arrays of one result lie in `textMemory`, as those of the next will: for a chain that is done with one
 * block before it takes another.
 */
export class DelimitedScanner {
  private readonly plain: PlainRecords
  private readonly reader: RecordReader
  private readonly layout: RecordLayout

  /**
   * With `early`, only the code fields that it names (by their place among the code fields) are read by `scan`: the
   * cells of the others hold nothing yet, until the `complete` of a scanner without it reads them.
   */
  constructor(
    { delimiter, decimalComma, fields }: ScanLayout,
    decoder: CellDecoder,
    private readonly reuse: boolean,
    early?: ReadonlySet<number>,
  ) {
    let code = 0
    const kinds = fields.map((kind) =>
      kind === 'code' && early !== undefined && !early.has(code++) ? laterKind : fieldKinds[kind],
    )
    const count = (own: FieldKind) => fields.filter((kind) => kind === own).length
    this.layout = {
      delimiter: delimiter.charCodeAt(0),
      decimalComma,
      kinds,
      codeFields: count('code'),
      numberFields: count('number'),
      textFields: count('text'),
    }
    this.plain = new PlainRecords(this.layout)
    this.reader = new RecordReader(this.layout, decoder)
  }

  /**
   * Reads the records in `bytes` from `start` to `end`. The byte at `end` must exist and be a line feed:
   * it stops every inner loop, so that none of them has to look at the length. Empty lines are passed over. There must be no
   * more than `most` records.
   */
  scan(bytes: Uint8Array, start: number, end: number, most: number): ScannedRows {
    const { plain, reader } = this
    plain.open(bytes, start, end)
    const cells = plain.makeRoom(most)
    const text = cells.bytes
    const oddCells = new Map<number, string>()
    reader.open({ ...cells, oddCells }, end)
    const ragged: RaggedRow[] = []
    let oddLines = 0
    let position = start
    let row = 0
    for (;;) {
      if (oddLines < mostOddLines) {
        position = plain.read(position, row, most)
        oddLines = plain.row === row ? oddLines + 1 : 0
        row = plain.row
        reader.readOddCells(plain.oddCells)
        if (plain.isFull) continue
      }
      if (position >= end) break
      const byte = text[position]
      if (byte === lineFeed || (byte === carriageReturn && text[position + 1] === lineFeed)) {
        position += byte === lineFeed ? 1 : 2
        continue
      }
      cells.starts[row] = position
      position = reader.read(position, row)
      if (reader.ragged !== undefined) ragged.push({ row, ...reader.ragged })
      row++
    }
    return { ...this.result(cells, row), rows: row, oddCells, ragged }
  }

  /**
   * Reads, of records that a scanner with the same fields has read in part, those that are not left out, in full; the
   * code cells of the others become empty. `end` is that of the scan. What it gives takes the place of `cells`.
   */
  complete(cells: ScannedRows, leftOut: Uint8Array, end: number): ScannedRows {
    const { plain, reader } = this
    const { codeFields } = this.layout
    const { rows, bytes, oddCells } = cells
    // They may lie in memory whose views are gone when it grows.
    const [starts, numbers, texts] = [cells.starts.slice(), cells.numbers.slice(), cells.texts.slice()]
    plain.open(bytes, 0, end)
    const whole = plain.makeRoom(rows)
    whole.starts.set(starts)
    whole.numbers.set(numbers)
    whole.texts.set(texts)
    reader.open({ ...whole, oddCells }, end)
    let row = 0
    while (row < rows) {
      if (leftOut[row] === 1) {
        whole.codes.fill(emptyCode, row * codeFields, (row + 1) * codeFields)
        row++
        continue
      }
      let stop = row + 1
      while (stop < rows && leftOut[stop] === 0) stop++
      plain.read(starts[row], row, stop)
      reader.readOddCells(plain.oddCells)
      if (plain.row > row) row = plain.row
      else reader.read(starts[row], row++)
    }
    return { ...cells, ...this.result(whole, rows) }
  }

  /** The arrays without the room that was not needed; a copy of them, where they are to outlast the next text. */
  private result(cells: CellArrays, rows: number): CellArrays {
    const own = <T extends Int32Array | Float64Array>(array: T, width: number): T =>
      (this.reuse ? array.subarray(0, rows * width) : array.slice(0, rows * width)) as T
    const { codeFields, numberFields, textFields } = this.layout
    const { starts, codes, numbers, texts, bytes } = cells
    return {
      starts: own(starts, 1),
      codes: own(codes, codeFields),
      numbers: own(numbers, numberFields),
      texts: own(texts, textFields * 2),
      bytes,
    }
  }
}
