import type { ExampleBatch } from '../batch/example-batch.js'
import { leftOut } from '../batch/respondent-batch.js'
import { ByteWriter, writeInteger } from '../formats/byte-writer.js'
import { isEmptyText, parseNumberText } from '../formats/number-text.js'
import { emptyCode, oddCode, type ScannedRows } from '../formats/scanned-rows.js'
import { textRowSyntax } from '../formats/text-row.js'
import type { Stage, StageContext } from '../pool/stage.js'

/** One column of the reference dataset's tables. */
export interface ReferenceColumn {
  id: string
  /** Which of the code fields holds it; -1 where the file lacks it. */
  slot: number
  /** Recodes as texts, '' for missing: applied first. */
  recodes: [number, number | null][]
  /** Value labels as the codebook has them; undefined for an ordinal column, which keeps its codes. */
  labels?: [number, string][]
  /** The column holds text or a blank somewhere in the file: then fractions stay as they are. */
  holdsText: boolean
}

export interface WriteReferenceOptions {
  output: number
  codeFields: number
  columns: ReferenceColumn[]
}

/** Facts about a column that only the whole file shows: bits in `columnFacts` of the batch. */
export const columnFacts = { text: 1, fraction: 2 } as const

/**
 * Encodes one of the two tables of the WorldValuesBench dataset (Zhao et al., LREC-COLING 2024), as its
 * pipeline writes it with pandas: tab-separated, the interview id first, labels of the codebook for
 * demographics and codes for ordinal variables.
 *
 * The pieces are in file order and carry the length of each row, so that the sink can put the splits, which are shuffled,
 * together from them.
 */
export function writeReference(
  { output, codeFields, columns }: WriteReferenceOptions,
  { reuse }: StageContext,
): Stage<ExampleBatch, ExampleBatch> {
  const encoders = columns.map((column) => new ReferenceColumnEncoder(column))
  const widest = encoders.reduce((sum, { widest }) => sum + widest + 1, 0)
  const writer = new ByteWriter(1 << 16)
  return {
    name: 'write-reference',
    apply(batch) {
      const { cells } = batch.respondents.source
      const { splits, rows, block, ids } = batch.respondents
      const facts = new Uint8Array(columns.length)
      const rowLengths = new Uint32Array(rows)
      if (!reuse) writer.bytes = new Uint8Array(1 << 16)
      writer.clear()
      let kept = 0
      for (let row = 0; row < rows; row++) {
        // Dropped rows count too for what a column holds: pandas reads the file before any is dropped.
        const start = writer.length
        // The reference knows no numbers behind a repeated id.
        const repeat = block.idRepeats?.[row] ?? 0
        const idEnd = ids.offsets[row + 1] - (repeat === 0 ? 0 : String(repeat).length + 1)
        writer.reserve(idEnd - ids.offsets[row] + widest + 1)
        writer.append(ids.bytes.subarray(ids.offsets[row], idEnd))
        const cellAt = row * codeFields
        for (let column = 0; column < encoders.length; column++) {
          const { slot } = columns[column]
          writer.bytes[writer.length++] = 0x09
          if (slot >= 0) facts[column] |= encoders[column].write(writer, cells, cellAt + slot, widest)
        }
        writer.bytes[writer.length++] = 0x0a
        if (splits[row] === leftOut) writer.length = start
        else rowLengths[kept++] = writer.length - start
      }
      const piece = { output, split: 0, rows: kept, bytes: writer.take(), rowLengths: rowLengths.slice(0, kept) }
      return { ...batch, pieces: [...batch.pieces, { ...piece, columnFacts: facts }] }
    },
  }
}

const tsv = textRowSyntax('tsv')

/** Bytes of the longest whole number below 2^53, with its sign. */
const widestInteger = 17

/** Codes from -16 to 111 have their bytes in a table. */
const tableSpan = 128
const tableOffset = 16

/** Encodes the cells of one column as the reference's pipeline does. */
export class ReferenceColumnEncoder {
  /** Most bytes that a whole number takes in this column. */
  readonly widest: number
  private readonly texts = new Map<number, Uint8Array>()
  private readonly table: (Uint8Array | undefined)[] = []

  constructor(private readonly column: ReferenceColumn) {
    const encoder = new TextEncoder()
    const recodes = new Map(column.recodes)
    const labels = new Map(column.labels ?? [])
    let widest = widestInteger
    for (const code of [...recodes.keys(), ...labels.keys(), ...tableCodes()]) {
      const recoded = recodes.get(code)
      const text = recoded === null ? '' : this.textOf(recoded ?? code, labels)
      const bytes = encoder.encode(quoted(text))
      this.texts.set(code, bytes)
      widest = Math.max(widest, bytes.length)
    }
    for (const code of tableCodes()) this.table.push(this.texts.get(code))
    this.widest = widest
  }

  private textOf(code: number, labels: Map<number, string>): string {
    if (this.column.labels === undefined) return code < 0 ? '' : String(code)
    return labels.get(code) ?? String(code)
  }

  /** Writes a cell and gives the facts that it shows; `widest` bytes are reserved, text makes room for itself. */
  write(writer: ByteWriter, cells: ScannedRows, cell: number, widest: number): number {
    const code = cells.codes[cell]
    const entry = code + tableOffset
    if (entry >= 0 && entry < tableSpan) {
      this.copy(writer, this.table[entry])
      return 0
    }
    if (code === emptyCode) return 0
    if (code === oddCode) return this.writeOdd(writer, cells.oddCells.get(cell) ?? '', widest)
    this.writeCode(writer, code)
    return 0
  }

  private writeCode(writer: ByteWriter, code: number): void {
    const known = this.texts.get(code)
    if (known !== undefined) this.copy(writer, known)
    else if (code >= 0 || this.column.labels !== undefined) {
      writer.length = writeInteger(writer.bytes, writer.length, code)
    }
  }

  /** Text, a fraction, a whole number beyond 32 bits or one of the texts that pandas takes for an empty cell. */
  private writeOdd(writer: ByteWriter, text: string, widest: number): number {
    if (isEmptyText(text)) return 0
    const number = parseNumberText(text, false)
    const isNumber = !Number.isNaN(number)
    const isWhole = Number.isSafeInteger(number)
    const whole = Math.trunc(number)
    if (isWhole || (isNumber && !this.column.holdsText && Number.isSafeInteger(whole))) {
      this.writeCode(writer, whole === 0 ? 0 : whole)
      return isWhole ? 0 : columnFacts.fraction
    }
    const cell = quoted(text)
    writer.reserve(cell.length * 3 + widest)
    writer.appendText(cell)
    writer.reserve(widest)
    return isNumber ? columnFacts.fraction : columnFacts.text
  }

  private copy(writer: ByteWriter, source: Uint8Array | undefined): void {
    if (source === undefined) return
    const { bytes } = writer
    let at = writer.length
    for (let index = 0; index < source.length; index++) bytes[at++] = source[index]
    writer.length = at
  }
}

/** A cell as pandas writes it. */
function quoted(text: string): string {
  return tsv.text('', text)
}

function tableCodes(): number[] {
  return Array.from({ length: tableSpan }, (_, entry) => entry - tableOffset)
}
