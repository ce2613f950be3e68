import type { ExampleBatch, SplitExamples } from '../batch/example-batch.js'
import { firstMissingReason, leftOut, type RespondentBatch, splitNames } from '../batch/respondent-batch.js'
import { exportedFunction, exportedGlobal, webAssembly } from '../formats/web-assembly.js'
import { WorkMemory } from '../formats/work-memory.js'
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
  const exploder = questionSplits === undefined ? new AnswerExploder(width) : undefined
  return {
    name: 'explode',
    apply: (respondents) => ({
      respondents,
      splits: exploder?.explode(respondents, reuse) ?? explodeQuestions(respondents, questionSplits ?? []),
      pieces: [],
    }),
  }
}

/**
 * Makes examples of all answers, by the split of their respondents. What it runs is `explode-answers.wat`, which is compiled when
 * the project is built.
 */
class AnswerExploder {
  private readonly memory = new WorkMemory()
  private readonly run: (...numbers: number[]) => number
  private readonly members: WebAssembly.Global

  constructor(private readonly width: number) {
    const exports = webAssembly(new URL('./explode-answers.wasm', import.meta.url), this.memory.memory)
    this.run = exportedFunction(exports, 'explode')
    this.members = exportedGlobal(exports, 'members')
  }

  /** With `reuse`, what it gives is good until the next call. */
  explode({ rows, answers, splits }: RespondentBatch, reuse: boolean): SplitExamples[] {
    const { memory, width } = this
    memory.clear()
    const wide = width <= 256 ? 0 : 1
    const answersAt = memory.hold(answers.subarray(0, rows * width))
    const splitsAt = memory.hold(splits.subarray(0, rows))
    const rooms = splitNames.map((_, split) => {
      const size = width * countOf(splits, rows, split)
      return [memory.room(rows * 4), memory.room(rows * 4), memory.room(size << wide), memory.room(size)]
    })
    const { buffer } = memory.memory
    return rooms.map(([respondentsAt, countsAt, questionsAt, foundAt], split) => {
      const length = this.run(
        ...[rows, splitsAt, split, answersAt, width, wide],
        ...[respondentsAt, countsAt, questionsAt, foundAt],
      )
      const members = this.members.value
      const questions = new (wide === 0 ? Uint8Array : Uint16Array)(buffer, questionsAt, length)
      const found = new Uint8Array(buffer, foundAt, length)
      const respondents = new Int32Array(buffer, respondentsAt, members)
      const counts = new Int32Array(buffer, countsAt, members)
      return reuse
        ? { split, respondents, counts, length, questions, answers: found }
        : {
            ...{ split, length, respondents: respondents.slice(), counts: counts.slice() },
            ...{ questions: questions.slice(), answers: found.slice() },
          }
    })
  }
}

function countOf(splits: Uint8Array, rows: number, split: number): number {
  let count = 0
  for (let row = 0; row < rows; row++) if (splits[row] === split) count++
  return count
}

/** All respondents' answers to the questions of each split. */
function explodeQuestions(
  { rows, answers, splits }: RespondentBatch,
  questionSplits: readonly number[],
): SplitExamples[] {
  const width = questionSplits.length
  const respondents = Int32Array.from({ length: rows }, (_, row) => row).filter((row) => splits[row] !== leftOut)
  return splitNames.map((_, split) => {
    const asked = Int32Array.from(questionSplits.keys()).filter((question) => questionSplits[question] === split)
    const size = respondents.length * asked.length
    const counts = new Int32Array(respondents.length)
    const questionOf = width <= 256 ? new Uint8Array(size) : new Uint16Array(size)
    const answerOf = new Uint8Array(size)
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
      ...{ split, respondents, counts, length },
      questions: questionOf.subarray(0, length),
      answers: answerOf.subarray(0, length),
    }
  })
}
