import { ByteWriter } from '../formats/byte-writer.js'
import { PieceJoiner } from '../formats/piece-joiner.js'
import type { PieceTable } from './piece-table.js'
import type { ExampleCursor, Operation } from './template-program.js'

/** A run of a line's operations that hang on the respondent alone, or on (question, answer) alone. */
export interface JoinedPart {
  kind: 'who' | 'what'
  operations: Operation[]
}

interface KeptPart extends JoinedPart {
  /** keys x 2: address (0 where there is none yet) and length of each piece in the joiner's memory. */
  pieces: Uint32Array
  /** The pieces of all keys, and where they begin in that memory. */
  table?: { pieces: PieceTable; address: number }
}

/**
 * Writes lines whose parts are all of pieces that are used again: those of a respondent from one line to the next, those
 * of a question and its answer in all lines. Where neighbouring lines are of different respondents, tables of all pieces
 * must be kept.
 */
export class JoinedLines {
  private readonly joiner = new PieceJoiner()
  private readonly parts: KeptPart[]
  /** Parts that are made anew for each respondent. */
  private whoParts: KeptPart[]
  private readonly scratch = new ByteWriter(1 << 12)
  /** The respondent whose pieces are at hand. */
  private row = -1

  /** A `what` part has `answers` pieces, at most: questions x answer codes. */
  constructor(parts: readonly JoinedPart[], answers: number) {
    this.parts = parts.map((part) => {
      const keys = part.kind === 'who' ? 1 : answers
      return { ...part, pieces: new Uint32Array(keys * 2) }
    })
    this.whoParts = this.parts.filter(({ kind }) => kind === 'who')
  }

  /** Keeps the pieces of all respondents and of all answers, where they do not take too much room. */
  keep(tableOf: (part: JoinedPart) => PieceTable | undefined): void {
    for (const part of this.parts) {
      const pieces = tableOf(part)
      if (pieces !== undefined) part.table = { pieces, address: this.joiner.keep(pieces.bytes) }
    }
    this.whoParts = this.whoParts.filter(({ table }) => table === undefined)
  }

  /** Takes up a line; `key` is that of its question and answer. `flush` brings it to `out`, at the latest. */
  write(out: ByteWriter, at: ExampleCursor, key: number): void {
    const { parts, joiner } = this
    if (this.row !== at.row && this.whoParts.length > 0) this.turnTo(out, at)
    for (let index = 0; index < parts.length; index++) {
      const part = parts[index]
      const { pieces, table } = part
      if (table !== undefined) {
        table.pieces.join(out, joiner, table.address, part.kind === 'who' ? at.row : key)
        continue
      }
      const place = part.kind === 'who' ? 0 : key * 2
      if (pieces[place] === 0) this.make(part, place, at)
      joiner.add(out, pieces[place], pieces[place + 1])
    }
  }

  flush(out: ByteWriter): void {
    this.joiner.flush(out)
  }

  /** Renders the pieces of a respondent. */
  private turnTo(out: ByteWriter, at: ExampleCursor): void {
    const { scratch } = this
    this.row = at.row
    scratch.clear()
    for (const { operations, pieces } of this.whoParts) {
      pieces[0] = scratch.length
      for (const operation of operations) operation.write(scratch, at)
      pieces[1] = scratch.length - pieces[0]
    }
    const address = this.joiner.pass(out, scratch.view())
    for (const { pieces } of this.whoParts) pieces[0] += address
  }

  private make({ operations, pieces }: KeptPart, place: number, at: ExampleCursor): void {
    const { scratch } = this
    scratch.clear()
    for (const operation of operations) operation.write(scratch, at)
    pieces[place] = this.joiner.keep(scratch.view())
    pieces[place + 1] = scratch.length
  }
}
