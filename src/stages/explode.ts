import type { ExampleBatch, SplitExamples } from '../batch/example-batch.js'
import { firstMissingReason, leftOut, type RespondentBatch, splitNames } from '../batch/respondent-batch.js'
import type { Stage, StageContext } from '../pool/stage.js'

export interface ExplodeOptions {
  questions: number
  /** Whether anything is made of the examples; if not, respondents are only told apart by split. */
  examples: boolean
  /** The split of each question, where not respondents but questions are split. */
  questionSplits?: number[]
}

/** Turns each respondent's answers into examples: (respondent, question) -> answer, factorised, by split. */
export function explode(
  { questions, examples, questionSplits }: ExplodeOptions,
  { reuse }: StageContext,
): Stage<RespondentBatch, ExampleBatch> {
  const width = examples ? questions : 0
  const room = splitNames.map(() => new ExampleRoom(width))
  return {
    name: 'explode',
    apply: (respondents) => ({
      respondents,
      splits: room.map((own, split) => {
        const place = reuse ? own : new ExampleRoom(width)
        if (questionSplits === undefined) return explodeSplit(respondents, split, width, place)
        return explodeQuestions(respondents, split, questionSplits, place)
      }),
      pieces: [],
    }),
  }
}

/** Arrays for the examples of one split. */
class ExampleRoom {
  questions: Uint8Array | Uint16Array = new Uint8Array(0)
  answers = new Uint8Array(0)

  constructor(private readonly width: number) {}

  /** Makes room for so many respondents' examples, and the one more that is written before it is passed over. */
  reserve(respondents: number): void {
    const size = respondents * this.width + 1
    if (this.answers.length >= size) return
    this.questions = this.width <= 256 ? new Uint8Array(size) : new Uint16Array(size)
    this.answers = new Uint8Array(size)
  }
}

function explodeSplit(
  { rows, answers, splits }: RespondentBatch,
  split: number,
  questions: number,
  room: ExampleRoom,
): SplitExamples {
  const members = new Int32Array(rows + 1)
  let count = 0
  for (let row = 0; row < rows; row++) {
    members[count] = row
    count += splits[row] === split ? 1 : 0
  }
  const respondents = members.subarray(0, count)
  const counts = new Int32Array(count)
  room.reserve(count)
  const { questions: questionOf, answers: answerOf } = room
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

/** All respondents' answers to the questions of one split. */
function explodeQuestions(
  { rows, answers, splits }: RespondentBatch,
  split: number,
  questionSplits: readonly number[],
  room: ExampleRoom,
): SplitExamples {
  const width = questionSplits.length
  const asked = Int32Array.from(questionSplits.keys()).filter((question) => questionSplits[question] === split)
  const respondents = Int32Array.from({ length: rows }, (_, row) => row).filter((row) => splits[row] !== leftOut)
  const counts = new Int32Array(respondents.length)
  room.reserve(respondents.length)
  const { questions: questionOf, answers: answerOf } = room
  let length = 0
  for (let member = 0; member < respondents.length; member++) {
    const before = length
    const first = respondents[member] * width
    for (const question of asked) {
      const answer = answers[first + question]
      if (answer >= firstMissingReason) continue
      questionOf[length] = question
      answerOf[length++] = answer
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
