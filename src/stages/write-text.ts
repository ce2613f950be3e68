import { cutPieces, type ExampleBatch, type SplitExamples } from '../batch/example-batch.js'
import { firstMissingReason, nullValue, type RespondentBatch } from '../batch/respondent-batch.js'
import { ByteWriter } from '../formats/byte-writer.js'
import { type Compression, loadCompressor } from '../formats/compression.js'
import { textAt } from '../formats/text-column.js'
import { type TextFormat, type TextRowSyntax, textRowSyntax } from '../formats/text-row.js'
import type { Stage } from '../pool/stage.js'
import type { TableOptions } from './table.js'

export interface WriteTextOptions {
  output: number
  table: TableOptions
  /** Rows of a piece, at most: no more than a shard takes. */
  pieceRows: number
  format: TextFormat
  /** Text is gzipped or zstandard-compressed piece by piece (both formats allow pieces one after the other), or plain. */
  compression: Extract<Compression, 'gzip' | 'zstd' | 'none'>
}

/**
 * Encodes one table as lines of text. A line is put together from pieces that were encoded once: what
 * depends on the respondent, and what depends on (question, answer).
 */
export async function writeText(options: WriteTextOptions): Promise<Stage<ExampleBatch, ExampleBatch>> {
  const { output, table, pieceRows } = options
  const compress = await loadCompressor(options.compression)
  const encoder = new LineEncoder(table, textRowSyntax(options.format))
  return {
    name: 'write-text',
    apply(batch) {
      const pieces = [...batch.pieces]
      for (const split of batch.splits) {
        for (const { rows, part } of cutPieces(table.table, split, pieceRows)) {
          const lines = encoder.encode(batch.respondents, part)
          const bytes = options.compression === 'none' ? lines : compress(lines)
          pieces.push({ output, split: split.split, rows, bytes })
        }
      }
      return { ...batch, pieces }
    },
  }
}

class LineEncoder {
  /** Encoded once: for each (question, answer code) its cells, and for records also the cell without an answer. */
  private readonly answerCells: Uint8Array[]
  private readonly stride: number
  private readonly writer = new ByteWriter(1 << 16)

  constructor(
    private readonly table: TableOptions,
    private readonly syntax: TextRowSyntax,
  ) {
    const { questions, answerCodes } = table
    const encoder = new TextEncoder()
    this.stride = answerCodes.length + 1
    this.answerCells = questions.flatMap((question) =>
      [...answerCodes, null].map((code) =>
        encoder.encode(
          table.table === 'records'
            ? syntax.separator + syntax.number(question, code)
            : syntax.separator + syntax.text('question', question) + syntax.separator + syntax.number('answer', code),
        ),
      ),
    )
  }

  encode(respondents: RespondentBatch, split: SplitExamples): Uint8Array<ArrayBuffer> {
    const { writer } = this
    writer.clear()
    if (this.table.table === 'records') {
      for (const row of split.respondents) this.encodeRecord(respondents, row)
    } else {
      let example = 0
      for (let member = 0; member < split.respondents.length; member++) {
        const count = split.counts[member]
        if (count > 0) this.encodeExamples(respondents, split, split.respondents[member], example, count)
        example += count
      }
    }
    return writer.take()
  }

  private encodeRecord(respondents: RespondentBatch, row: number): void {
    const { writer, answerCells, stride, table, syntax } = this
    writer.appendText(this.opening(respondents, row) + this.description(respondents, row))
    const width = table.questions.length
    for (let question = 0; question < width; question++) {
      const answer = respondents.answers[row * width + question]
      writer.append(answerCells[question * stride + (answer < firstMissingReason ? answer : stride - 1)])
    }
    writer.appendText(syntax.end)
  }

  private encodeExamples(
    respondents: RespondentBatch,
    split: SplitExamples,
    row: number,
    first: number,
    count: number,
  ): void {
    const { writer, answerCells, stride, syntax } = this
    const opening = Buffer.from(this.opening(respondents, row))
    const closing = Buffer.from(this.description(respondents, row) + syntax.end)
    for (let example = first; example < first + count; example++) {
      const cells = answerCells[split.questions[example] * stride + split.answers[example]]
      writer.reserve(opening.length + cells.length + closing.length)
      let at = copy(writer.bytes, writer.length, opening)
      at = copy(writer.bytes, at, cells)
      writer.length = copy(writer.bytes, at, closing)
    }
  }

  private opening({ ids }: RespondentBatch, row: number): string {
    return this.syntax.start + this.syntax.text(this.table.id, textAt(ids, row))
  }

  /** Weight and demographics, each after a separator. */
  private description(respondents: RespondentBatch, row: number): string {
    const { syntax, table } = this
    let cells = ''
    if (table.weight !== undefined) {
      const weight = respondents.weights[row]
      cells += syntax.separator + syntax.number(table.weight, Number.isNaN(weight) ? null : weight)
    }
    for (const [index, { name }] of table.demographics.entries()) {
      const { values, labels } = respondents.demographics[index]
      const value = values[row]
      const missing = value === nullValue
      cells += syntax.separator
      if (labels === undefined) cells += syntax.number(name, missing ? null : value)
      else cells += syntax.text(name, missing ? null : labels[value])
    }
    return cells
  }
}

/** Below this length a loop copies faster than a call. */
const shortCopy = 40

function copy(target: Uint8Array, position: number, source: Uint8Array): number {
  const { length } = source
  if (length > shortCopy) target.set(source, position)
  else for (let at = 0; at < length; at++) target[position + at] = source[at]
  return position + length
}
