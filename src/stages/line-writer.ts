import { ByteWriter } from '../formats/byte-writer.js'
import type { ExampleData } from './example-values.js'
import type { LineProgram } from './export-line.js'
import { JoinedLines, type JoinedPart } from './joined-lines.js'
import { PieceTable } from './piece-table.js'
import { type ExampleCursor, type Operation, reads } from './template-program.js'

/**
 * A run of a line's operations that hang on the same thing. What hangs on the respondent alone is written once for
 * each respondent, what hangs on (question, answer) once for each of these, and both are copied from then on.
 */
interface Segment {
  kind: 'who' | 'what' | 'each'
  operations: Operation[]
  /** Bytes by question x answer codes + answer. */
  pieces: (Uint8Array | undefined)[]
  /** The pieces of all respondents, or of all questions with their answers, where these are kept. */
  kept?: PieceTable | undefined
  /** The respondent whose piece was made last. */
  row: number
  piece: Uint8Array
}

/** Writes the parts of a line from pieces. */
export class LineWriter {
  /** A whole line, where nothing comes between its parts. */
  private readonly whole: Segment[]
  private readonly opening: Segment[]
  private readonly worked: Segment[]
  private readonly first: Segment[]
  private readonly following: Segment[]
  private readonly closing: Segment[]
  private readonly scratch = new ByteWriter(1 << 12)
  /** Where whole lines are joined from pieces. */
  private joined: JoinedLines | undefined

  constructor(
    program: LineProgram,
    private readonly data: ExampleData,
  ) {
    this.whole = segments([...program.opening, ...program.first, ...program.closing])
    this.opening = segments(program.opening)
    this.first = segments(program.first)
    this.worked = segments(program.worked)
    this.following = segments(program.following)
    this.closing = segments(program.closing)
    const { whole, opening, worked, first, following, closing } = this
    for (const segment of [whole, opening, worked, first, following, closing].flat()) {
      // At their full length from the start: an array that grows by leaps turns into a slow one.
      if (segment.kind === 'what') segment.pieces = new Array(data.questions.length * data.answerCodes.length)
    }
  }

  /** A line without worked examples or further questions, at once; it is in `out` after `flush`, at the latest. */
  write(out: ByteWriter, at: ExampleCursor): void {
    if (this.joined === undefined) this.append(out, this.whole, at)
    else this.joined.write(out, at, this.whatKey(at))
  }

  flush(out: ByteWriter): void {
    this.joined?.flush(out)
  }

  open(out: ByteWriter, at: ExampleCursor): void {
    this.append(out, this.opening, at)
  }

  work(out: ByteWriter, at: ExampleCursor): void {
    this.append(out, this.worked, at)
  }

  ask(out: ByteWriter, at: ExampleCursor): void {
    this.append(out, this.first, at)
  }

  follow(out: ByteWriter, at: ExampleCursor): void {
    this.append(out, this.following, at)
  }

  close(out: ByteWriter, at: ExampleCursor): void {
    this.append(out, this.closing, at)
  }

  /** Joins lines that `write` writes from their pieces, where they are of nothing else. */
  join(tableOf?: (part: JoinedPart) => PieceTable | undefined): void {
    const { data, whole } = this
    const parts = whole.flatMap(({ kind, operations }) => (kind === 'each' ? [] : [{ kind, operations }]))
    if (parts.length < whole.length) return
    this.joined = new JoinedLines(parts, data.questions.length * data.answerCodes.length, tableOf)
  }

  /**
   * Keeps the pieces of all respondents and of all answers, for lines whose neighbours are of different respondents, so
   * that no piece is at hand: for `write` where lines are written `whole`, else for the parts of a line.
   */
  keep(at: ExampleCursor, whole: boolean): void {
    if (whole) this.join(({ kind, operations }) => this.tableOf(kind, operations, at))
    if (this.joined !== undefined) return
    const parts = whole ? this.whole : [this.opening, this.worked, this.first, this.following, this.closing].flat()
    for (const segment of parts) {
      const { kind, operations } = segment
      if (kind !== 'each') segment.kept = this.tableOf(kind, operations, at)
    }
  }

  private tableOf(kind: 'who' | 'what', operations: readonly Operation[], at: ExampleCursor): PieceTable | undefined {
    const { respondents, questions, answerCodes } = this.data
    if (kind === 'who') {
      return PieceTable.of(operations, respondents.rows, (row) => {
        at.row = row
        return at
      })
    }
    const codes = answerCodes.length
    return PieceTable.of(operations, questions.length * codes, (key) => {
      const question = Math.floor(key / codes)
      at.question = question
      at.answer = key - question * codes
      return at
    })
  }

  private append(out: ByteWriter, parts: Segment[], at: ExampleCursor): void {
    for (let index = 0; index < parts.length; index++) {
      const segment = parts[index]
      const { kind, kept } = segment
      if (kind === 'each') {
        for (const operation of segment.operations) operation.write(out, at)
      } else if (kept !== undefined) kept.append(out, kind === 'what' ? this.whatKey(at) : at.row)
      else appendPiece(out, kind === 'what' ? this.whatPiece(segment, at) : this.whoPiece(segment, at))
    }
  }

  private whatKey({ question, answer }: ExampleCursor): number {
    return question * this.data.answerCodes.length + answer
  }

  private whatPiece(segment: Segment, at: ExampleCursor): Uint8Array {
    const key = this.whatKey(at)
    return segment.pieces[key] ?? this.makePiece(segment, key, at)
  }

  private makePiece(segment: Segment, key: number, at: ExampleCursor): Uint8Array {
    const piece = this.render(segment, at).take()
    segment.pieces[key] = piece
    return piece
  }

  private whoPiece(segment: Segment, at: ExampleCursor): Uint8Array {
    if (segment.row !== at.row) {
      segment.piece = this.render(segment, at).take()
      segment.row = at.row
    }
    return segment.piece
  }

  private render(segment: Segment, at: ExampleCursor): ByteWriter {
    const { scratch } = this
    scratch.clear()
    for (const operation of segment.operations) operation.write(scratch, at)
    return scratch
  }
}

/** Below this length a loop copies faster than a call. */
const shortCopy = 24

function appendPiece(out: ByteWriter, piece: Uint8Array): void {
  const { length } = piece
  out.reserve(length)
  const { bytes } = out
  let position = out.length
  out.length = position + length
  if (length > shortCopy) bytes.set(piece, position)
  else for (let from = 0; from < length; from++) bytes[position++] = piece[from]
}

/** Joins neighbouring operations that hang on the same thing; constants go with either. */
function segments(operations: Operation[]): Segment[] {
  const parts: Segment[] = []
  for (const operation of operations) {
    const last = parts.at(-1)
    const kind = kindOf(operation)
    if (last !== undefined && (kind === undefined || last.kind === kind || isConstant(last))) {
      last.operations.push(operation)
      if (kind !== undefined) last.kind = kind
    } else {
      parts.push({ kind: kind ?? 'what', operations: [operation], pieces: [], row: -1, piece: new Uint8Array(0) })
    }
  }
  return parts
}

function isConstant(segment: Segment): boolean {
  return segment.operations.every((operation) => operation.reads === 0)
}

function kindOf(operation: Operation): Segment['kind'] | undefined {
  switch (operation.reads) {
    case 0:
      return undefined
    case reads.who:
      return 'who'
    case reads.what:
      return 'what'
    default:
      return 'each'
  }
}
