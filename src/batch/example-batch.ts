import type { RespondentBatch } from './respondent-batch.js'

/**
 * The examples of one split of a block, factorised: a respondent's context stands once however many
 * examples it has.
 */
export interface SplitExamples {
  split: number
  /** Rows of the respondents of this split, in file order; those without an example too. */
  respondents: Int32Array
  /** Examples of each of them. */
  counts: Int32Array
  /** Examples in all. */
  length: number
  /** For each example, the index of its question and of its answer's code. */
  questions: Uint8Array | Uint16Array
  answers: Uint8Array
}

/** Encoded bytes of one table of one split in one format, ready to be appended to a shard. */
export interface EncodedPiece {
  /** Index of the output in the plan. */
  output: number
  split: number
  rows: number
  bytes: Uint8Array
  /** What a Parquet footer must say of the piece. */
  rowGroup?: RowGroupSummary
  /** Lengths of the rows in `bytes`, where the sink needs to find them again. */
  rowLengths?: Uint32Array
  /** What each column was seen to hold, where the whole file must be known (see the stage that writes it). */
  columnFacts?: Uint8Array
}

/** Numbers of each column of a row group, `rowGroupFields` a column, and the bounds of its text columns. */
export interface RowGroupSummary {
  numbers: Float64Array
  bounds: (string | undefined)[]
}

export interface ExampleBatch {
  respondents: RespondentBatch
  splits: SplitExamples[]
  pieces: EncodedPiece[]
}

/** Cuts a split into parts of at most `rows` examples each; a respondent's examples may fall into two. */
export function cutExamples(examples: SplitExamples, rows: number): SplitExamples[] {
  if (examples.length <= rows) return [examples]
  const { respondents, counts, questions, answers, split } = examples
  const parts: SplitExamples[] = []
  let member = 0
  let taken = 0
  for (let start = 0; start < examples.length; start += rows) {
    const length = Math.min(rows, examples.length - start)
    const members: number[] = []
    const memberCounts: number[] = []
    for (let left = length; left > 0; ) {
      const count = Math.min(left, counts[member] - taken)
      if (count > 0) {
        members.push(respondents[member])
        memberCounts.push(count)
      }
      left -= count
      taken += count
      if (taken === counts[member]) {
        member++
        taken = 0
      }
    }
    parts.push({
      split,
      respondents: Int32Array.from(members),
      counts: Int32Array.from(memberCounts),
      length,
      questions: questions.subarray(start, start + length),
      answers: answers.subarray(start, start + length),
    })
  }
  return parts
}

/** Cuts a split into parts of at most `rows` respondents each, without their examples. */
export function cutRespondents({ respondents, split }: SplitExamples, rows: number): SplitExamples[] {
  const parts: SplitExamples[] = []
  for (let start = 0; start < respondents.length; start += rows) {
    const part = respondents.subarray(start, start + rows)
    const counts = new Int32Array(part.length)
    parts.push({
      split,
      respondents: part,
      counts,
      length: 0,
      questions: new Uint8Array(0),
      answers: new Uint8Array(0),
    })
  }
  return parts
}

/** The parts of a split that each make one piece of a table, none of them without rows. */
export function cutPieces(
  table: 'records' | 'examples',
  examples: SplitExamples,
  rows: number,
): { rows: number; part: SplitExamples }[] {
  if (table === 'records')
    return cutRespondents(examples, rows).map((part) => ({ rows: part.respondents.length, part }))
  return examples.length === 0 ? [] : cutExamples(examples, rows).map((part) => ({ rows: part.length, part }))
}
