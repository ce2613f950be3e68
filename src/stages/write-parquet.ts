import { cutPieces, type ExampleBatch, type SplitExamples } from '../batch/example-batch.js'
import {
  type DemographicColumn,
  firstMissingReason,
  leftOut,
  missingReasonStride,
  nullValue,
  type RespondentBatch,
} from '../batch/respondent-batch.js'
import { type Compression, loadCompressor } from '../formats/compression.js'
import { indexIntegers, indexNumbers } from '../formats/parquet/column-values.js'
import {
  columnDictionary,
  type IndexedColumn,
  integerDictionary,
  numberDictionary,
  textDictionary,
} from '../formats/parquet/dictionary.js'
import { type ColumnDictionary, type RowGroupBytes, RowGroupWriter } from '../formats/parquet/row-group.js'
import type { TextColumn } from '../formats/text-column.js'
import type { Stage } from '../pool/stage.js'
import { type TableOptions, tableColumns } from './table.js'

export interface WriteParquetOptions {
  /** Index of the output in the plan, which the pieces carry. */
  output: number
  table: TableOptions
  /** Rows of a piece, at most: no more than a shard takes. */
  pieceRows: number
  compression: Compression
}

/**
 * Encodes one table as Parquet: a row group for each split of the block. A demographic of the examples
 * costs a run for each respondent, not a value for each example.
 */
export async function writeParquet(options: WriteParquetOptions): Promise<Stage<ExampleBatch, ExampleBatch>> {
  const { output, table, pieceRows } = options
  const encoder = new TableEncoder(table, new RowGroupWriter(await loadCompressor(options.compression)))
  return {
    name: 'write-parquet',
    apply(batch) {
      const pieces = [...batch.pieces]
      for (const split of batch.splits) {
        for (const { rows, part } of cutPieces(table.table, split, pieceRows)) {
          const { bytes, numbers, bounds } = encoder.encode(batch.respondents, part, rows)
          pieces.push({ output, split: split.split, rows, bytes, rowGroup: { numbers, bounds } })
        }
      }
      return { ...batch, pieces }
    },
  }
}

class TableEncoder {
  private readonly columns: number
  private readonly questions: ColumnDictionary
  private readonly answers: ColumnDictionary
  /** The indices of the questions in the order of their ids' bytes; those of answers are in the order of their codes. */
  private readonly questionOrder: number[]

  constructor(
    private readonly table: TableOptions,
    private readonly writer: RowGroupWriter,
  ) {
    this.columns = tableColumns(table).length
    const { questions, answerCodes } = table
    this.questions = textDictionary(questions, Int32Array.from(questions.keys()))
    this.answers = integerDictionary(Int32Array.from(answerCodes))
    const texts = questions.map((question) => Buffer.from(question))
    this.questionOrder = [...questions.keys()].sort((left, right) => Buffer.compare(texts[left], texts[right]))
  }

  encode(respondents: RespondentBatch, split: SplitExamples, rows: number): RowGroupBytes {
    this.writer.begin(this.columns, rows)
    if (this.table.table === 'records') this.encodeRecords(respondents, split.respondents)
    else this.encodeExamples(respondents, split)
    return this.writer.end()
  }

  private encodeExamples(respondents: RespondentBatch, split: SplitExamples): void {
    const { writer, table } = this
    const { members, counts } = withExamples(split)
    const ids = indexIds(respondents.ids, members)
    writer.runs(ids.dictionary, ids.indices, counts, false)
    // A reader may answer a query from the bounds alone: they are those of the values that occur.
    const questions = findUsed(this.questionOrder, split.questions, countAnswered(respondents))
    writer.packed(
      { ...this.questions, least: table.questions[questions.least], greatest: table.questions[questions.greatest] },
      split.questions,
    )
    const [least, greatest] = boundsOf(split.answers)
    writer.packed(
      { ...this.answers, minimum: table.answerCodes[least], maximum: table.answerCodes[greatest] },
      split.answers,
    )
    for (const { dictionary, indices } of this.describe(respondents, members)) {
      writer.runs(dictionary, indices, counts, true)
    }
  }

  private encodeRecords(respondents: RespondentBatch, members: Int32Array): void {
    const { writer, table } = this
    const ids = indexIds(respondents.ids, members)
    writer.packed(ids.dictionary, ids.indices)
    for (const { dictionary, indices, nulls } of this.describe(respondents, members)) {
      writer.packedNullable(dictionary, indices, nulls)
    }
    const { answers } = respondents
    const width = table.questions.length
    const indices = new Int32Array(members.length)
    for (let question = 0; question < width; question++) {
      let least = 255
      let greatest = -1
      let nulls = 0
      for (let member = 0; member < members.length; member++) {
        const answer = answers[members[member] * width + question]
        if (answer < firstMissingReason) {
          indices[member] = answer
          if (answer < least) least = answer
          if (answer > greatest) greatest = answer
        } else {
          indices[member] = -1
          nulls++
        }
      }
      const used = greatest < 0 ? {} : { minimum: table.answerCodes[least], maximum: table.answerCodes[greatest] }
      const { bytes, size } = this.answers
      writer.packedNullable({ bytes, size, ...used }, indices, nulls)
    }
  }

  /** The weight and demographic columns of some respondents. */
  private *describe(respondents: RespondentBatch, members: Int32Array): Generator<IndexedColumn> {
    if (this.table.weight !== undefined) {
      const weights = indexNumbers(pick(respondents.weights, new Float64Array(members.length), members))
      yield { dictionary: numberDictionary(weights), indices: weights.indices, nulls: weights.nulls }
    }
    for (const column of respondents.demographics) yield indexDemographic(column, members)
  }
}

/** The respondents that have examples, and how many. */
function withExamples({ respondents, counts }: SplitExamples): { members: Int32Array; counts: Int32Array } {
  if (counts.every((count) => count > 0)) return { members: respondents, counts }
  return {
    members: respondents.filter((_, index) => counts[index] > 0),
    counts: counts.filter((count) => count > 0),
  }
}

function pick<T extends Float64Array | Int32Array>(values: T, picked: T, members: Int32Array): T {
  for (let index = 0; index < members.length; index++) picked[index] = values[members[index]]
  return picked
}

function indexDemographic({ values, labels }: DemographicColumn, members: Int32Array): IndexedColumn {
  const picked = pick(values, new Int32Array(members.length), members)
  const { distinct, nulls } = indexIntegers(picked, nullValue)
  const dictionary = labels === undefined ? integerDictionary(distinct) : textDictionary(labels, distinct)
  return { dictionary, indices: picked, nulls }
}

/** Ids are all different: each is its own entry. */
function indexIds(ids: TextColumn, members: Int32Array): IndexedColumn {
  return { dictionary: columnDictionary(ids, members), indices: Int32Array.from(members.keys()), nulls: 0 }
}

/** How many questions have an answer at all in the block. */
function countAnswered({ report, splits }: RespondentBatch): number {
  const { missingCounts } = report
  const kept = splits.reduce((sum, split) => sum + (split === leftOut ? 0 : 1), 0)
  let answered = 0
  for (let first = 0; first < missingCounts.length; first += missingReasonStride) {
    let missing = 0
    for (let reason = 0; reason < missingReasonStride; reason++) missing += missingCounts[first + reason]
    if (missing < kept) answered++
  }
  return answered
}

/** The least and the greatest index of those that occur, in an order of all; the search ends with the `most`th. */
function findUsed(
  order: readonly number[],
  indices: Uint8Array | Uint16Array,
  most: number,
): { least: number; greatest: number } {
  const used = new Uint8Array(order.length)
  markUsed(used, indices, most)
  const isUsed = (index: number) => used[index] === 1
  return { least: order.find(isUsed) ?? 0, greatest: order.findLast(isUsed) ?? 0 }
}

function markUsed(used: Uint8Array, indices: Uint8Array | Uint16Array, most: number): void {
  let found = 0
  for (let at = 0; at < indices.length && found < most; at++) {
    const index = indices[at]
    found += 1 - used[index]
    used[index] = 1
  }
}

function boundsOf(indices: Uint8Array): [least: number, greatest: number] {
  let least = indices[0]
  let greatest = least
  for (let at = 1; at < indices.length; at++) {
    const index = indices[at]
    if (index < least) least = index
    else if (index > greatest) greatest = index
  }
  return [least, greatest]
}
