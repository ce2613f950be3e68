import { ByteWriter } from '../formats/byte-writer.js'
import { type JoinerTable, PieceJoiner, waitingLines } from '../formats/piece-joiner.js'
import type { PieceTable } from './piece-table.js'
import type { ExampleCursor, Operation } from './template-program.js'

/** A run of a line's operations that hang on the respondent alone, or on (question, answer) alone. */
export interface JoinedPart {
  kind: 'who' | 'what'
  operations: Operation[]
}

/** A part whose pieces are made as lines come that need them. */
interface MadePart {
  operations: Operation[]
  table: JoinerTable
  /** Where the piece that was made last begins and ends in `scratch`. */
  from: number
  to: number
}

/**
 * Writes lines whose parts are all of pieces that are used again: those of a respondent from one line to the next, those
 * of a question and its answer in all lines. Where neighbouring lines are of different respondents, tables of all pieces
 * must be given.
 */
export class JoinedLines {
  private readonly joiner = new PieceJoiner()
  private readonly whoParts: MadePart[] = []
  private readonly whatParts: MadePart[] = []
  /** Lines name their respondents by row; else by number among those whose lines wait. */
  private readonly namesRows: boolean
  /** Whether the pieces of each question and answer were made. */
  private readonly made: Uint8Array
  private readonly scratch = new ByteWriter(1 << 12)
  /** The respondent whose pieces were made last, and its number. */
  private row = -1
  private who = -1

  /**
   * A `what` part has `answers` pieces: questions x answer codes. `tableOf` gives all pieces of a part at once, where they
   * do not take too much room.
   */
  constructor(
    parts: readonly JoinedPart[],
    answers: number,
    tableOf: (part: JoinedPart) => PieceTable | undefined = () => undefined,
  ) {
    const tables = new Map(parts.map((part) => [part, tableOf(part)]))
    const isWhole = (wanted: JoinedPart['kind']) => parts.every((part) => part.kind !== wanted || tables.get(part))
    this.namesRows = isWhole('who')
    const hasAnswers = isWhole('what')
    this.made = new Uint8Array(answers).fill(hasAnswers ? 1 : 0)
    for (const part of parts) {
      const isWho = part.kind === 'who'
      const by = isWho ? 0 : 1
      const pieces = (isWho ? this.namesRows : hasAnswers) ? tables.get(part) : undefined
      if (pieces !== undefined) {
        this.joiner.addPart(by, pieces.spans(this.joiner.keep(pieces.bytes)), pieces.width)
        continue
      }
      const table = this.joiner.addPart(by, new Uint32Array(2 * (isWho ? waitingLines : answers)), 1)
      const made = isWho ? this.whoParts : this.whatParts
      made.push({ operations: part.operations, table, from: 0, to: 0 })
    }
  }

  /** Takes up a line; `answer` is the key of its question and answer. `flush` brings it to `out`, at the latest. */
  write(out: ByteWriter, at: ExampleCursor, answer: number): void {
    const { joiner } = this
    if (joiner.isFull) this.flush(out)
    if (this.made[answer] === 0) this.makeAnswer(at, answer)
    if (this.namesRows) joiner.add(at.row, answer)
    else {
      if (this.row !== at.row) this.turnTo(out, at)
      joiner.add(this.who, answer)
    }
  }

  flush(out: ByteWriter): void {
    this.joiner.flush(out)
    // What was passed is gone.
    this.row = -1
    this.who = -1
  }

  /** Makes the pieces of a respondent. */
  private turnTo(out: ByteWriter, at: ExampleCursor): void {
    const { joiner, scratch } = this
    this.render(this.whoParts, at)
    if (!joiner.hasRoom(scratch.length)) this.flush(out)
    this.row = at.row
    this.who++
    this.point(this.whoParts, this.who, joiner.pass(scratch.view()))
  }

  private makeAnswer(at: ExampleCursor, answer: number): void {
    this.render(this.whatParts, at)
    this.made[answer] = 1
    this.point(this.whatParts, answer, this.joiner.keep(this.scratch.view()))
  }

  /** Writes the pieces of parts to `scratch`. */
  private render(parts: readonly MadePart[], at: ExampleCursor): void {
    const { scratch } = this
    scratch.clear()
    for (const part of parts) {
      part.from = scratch.length
      for (const operation of part.operations) operation.write(scratch, at)
      part.to = scratch.length
    }
  }

  /** Gives a key what `scratch` holds, which is now at `address` of the joiner's memory. */
  private point(parts: readonly MadePart[], key: number, address: number): void {
    for (const { table, from, to } of parts) this.joiner.point(table, key, address + from, to - from)
  }
}
