import type { CellDecoder } from './dialect.js'
import { type CellArrays, PlainRecords } from './plain-records.js'
import { type RecordLayout, RecordReader } from './record-reader.js'
import {
  type FieldKind,
  fieldKinds,
  laterKind,
  type RaggedRow,
  type ScanLayout,
  type ScannedRows,
} from './scanned-rows.js'
import type { TextMemory } from './text-memory.js'

const lineFeed = 0x0a
const carriageReturn = 0x0d

/** After so many lines in a row that are no plain records, the others of a block are taken to be none either. */
const mostOddLines = 64

/**
 * Reads blocks of delimited records: keeps only the fields that the layout asks for, turns digits into
 * whole numbers without making strings, and counts the fields of each record. The dialect is RFC 4180's
 * with a quote that counts only at the start of a cell; the oracle of its tests is csv-parse.
 *
 * With `reuse`, the arrays of one result lie in the scanner's memory, as those of the next will: for a chain that is done
 * with one block before it takes another.
 */
export class DelimitedScanner {
  /** Behind the last record that `scan` has read. */
  next = 0
  /** Whether each record that it has read is one line, with nothing between them. */
  isByLine = true
  private readonly plain: PlainRecords
  private readonly reader: RecordReader
  private readonly layout: RecordLayout
  private readonly reuse: boolean

  /**
   * With `early`, only the code fields that it names (by their place among the code fields) are read by `scan`: the
   * cells of the others hold nothing yet, until the `complete` of a scanner without it reads them.
   */
  constructor(
    { delimiter, decimalComma, fields }: ScanLayout,
    decoder: CellDecoder,
    { reuse, memory }: { reuse: boolean; memory?: TextMemory },
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
    this.reuse = reuse
    this.plain = new PlainRecords(this.layout, memory)
    this.reader = new RecordReader(this.layout, decoder)
  }

  /**
   * Reads the records in `bytes` from `start` to `end`. The byte at `end` must exist and be a line feed:
   * it stops every inner loop, so that none of them has to look at the length. Empty lines are passed over. Behind `most`
   * records it stops.
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
    let emptyLines = 0
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
        emptyLines++
        continue
      }
      if (row === most) break
      cells.starts[row] = position
      position = reader.read(position, row)
      if (reader.ragged !== undefined) ragged.push({ row, ...reader.ragged })
      row++
    }
    this.next = position
    this.isByLine = emptyLines === 0 && !plain.hasQuotedLines && !reader.hasQuotedLines
    return this.result(cells, row, oddCells, ragged)
  }

  /**
   * Reads, of records that a scanner with the same fields has read in part, the chosen ones in full: rows in rising order.
   * `end` is that of the scan. What it gives has no other rows, and takes the place of `cells`.
   */
  complete({ bytes, starts }: ScannedRows, chosen: Int32Array, end: number): ScannedRows {
    const { plain, reader } = this
    const rows = chosen.length
    // They may lie in memory whose views are gone when it grows.
    const positions = chosen.map((row) => starts[row])
    plain.open(bytes, 0, end)
    const whole = plain.makeRoom(rows)
    whole.starts.set(positions)
    const oddCells = new Map<number, string>()
    reader.open({ ...whole, oddCells }, end)
    const ragged: RaggedRow[] = []
    let row = 0
    while (row < rows) {
      let stop = row + 1
      while (stop < rows && chosen[stop] === chosen[stop - 1] + 1) stop++
      plain.read(positions[row], row, stop)
      reader.readOddCells(plain.oddCells)
      if (plain.row > row) {
        row = plain.row
        continue
      }
      reader.read(positions[row], row)
      if (reader.ragged !== undefined) ragged.push({ row, ...reader.ragged })
      row++
    }
    return this.result(whole, rows, oddCells, ragged)
  }

  /**
   * The arrays without the room that was not needed; a copy of them, where they are to outlast the next text. It is one
   * literal: whatever V8 compiles for the loops over the rows would be for naught with every other shape.
   */
  private result(
    cells: CellArrays,
    rows: number,
    oddCells: ScannedRows['oddCells'],
    ragged: ScannedRows['ragged'],
  ): ScannedRows {
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
      rows,
      oddCells,
      ragged,
    }
  }
}
