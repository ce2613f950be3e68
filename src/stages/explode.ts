import type { ExampleBatch, SplitExamples } from '../batch/example-batch.js'
import { firstMissingReason, type RespondentBatch, splitNames } from '../batch/respondent-batch.js'
import type { Stage } from '../pool/stage.js'

export interface ExplodeOptions {
  questions: number
  /** Whether anything is made of the examples; if not, respondents are only told apart by split. */
  examples: boolean
}

/** Turns each respondent's answers into examples: (respondent, question) -> answer, factorised, by split. */
export function explode({ questions, examples }: ExplodeOptions): Stage<RespondentBatch, ExampleBatch> {
  return {
    name: 'explode',
    apply: (respondents) => ({
      respondents,
      splits: splitNames.map((_, split) => explodeSplit(respondents, split, examples ? questions : 0)),
      pieces: [],
    }),
  }
}

function explodeSplit({ rows, answers, splits }: RespondentBatch, split: number, questions: number): SplitExamples {
  const members = new Int32Array(rows)
  let count = 0
  for (let row = 0; row < rows; row++) {
    members[count] = row
    count += splits[row] === split ? 1 : 0
  }
  const respondents = members.subarray(0, count)
  const counts = new Int32Array(count)
  const room = count * questions + 1
  const questionOf = questions <= 256 ? new Uint8Array(room) : new Uint16Array(room)
  const answerOf = new Uint8Array(room)
  let length = 0
  for (let member = 0; member < count; member++) {
    const before = length
    const first = respondents[member] * questions
    for (let question = 0; question < questions; question++) {
      const answer = answers[first + question]
      questionOf[length] = question
      answerOf[length] = answer
      // Written always and passed over only by an answer: a branch here would be guessed wrong too often.
      length += answer < firstMissingReason ? 1 : 0
    }
    counts[member] = length - before
  }
  return {
    split,
    respondents,
    counts,
    length,
    questions: questionOf.subarray(0, length),
    answers: answerOf.subarray(0, length),
  }
}
