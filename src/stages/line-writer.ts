import { ByteWriter } from '../formats/byte-writer.js'
import type { ExampleData } from './example-values.js'
import type { LineProgram } from './export-line.js'
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
  /** Where in the line writer's own output the piece of each row stands, where they are kept there. */
  offsets?: Float64Array
  /** The respondent whose piece was made last. */
  row: number
  piece: Uint8Array
}

/** Kept pieces of respondents take no more than this many bytes. */
const mostKept = 128 << 20

/** Below this length a loop copies faster than a call. */
const shortCopy = 24

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
    for (const segment of this.allSegments()) {
      // At their full length from the start: an array that grows by leaps turns into a slow one.
      if (segment.kind === 'what') segment.pieces = new Array(data.questions.length * data.answerCodes.length)
    }
  }

  /** A line without worked examples or further questions, at once. */
  write(out: ByteWriter, at: ExampleCursor): void {
    this.append(out, this.whole, at)
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

  /**
   * Writes the pieces of all respondents to the front of `out`, from which lines then copy them: where neighbouring
   * examples are of different respondents, and so no piece is at hand. Gives false, and keeps none, where they take
   * too much room. Copies within one array are several times as fast as copies from pieces strewn over the memory.
   */
  keep(out: ByteWriter, at: ExampleCursor): boolean {
    const parts = this.allSegments().filter(({ kind }) => kind === 'who')
    const { rows } = this.data.respondents
    for (const segment of parts) {
      const offsets = new Float64Array(rows + 1)
      for (let row = 0; row < rows; row++) {
        offsets[row] = out.length
        at.row = row
        for (const operation of segment.operations) operation.write(out, at)
        if (out.length > mostKept) return false
      }
      offsets[rows] = out.length
      segment.offsets = offsets
    }
    return true
  }

  /** Forgets where kept pieces are. */
  forget(): void {
    for (const segment of this.allSegments()) delete segment.offsets
  }

  private append(out: ByteWriter, parts: Segment[], at: ExampleCursor): void {
    for (let index = 0; index < parts.length; index++) {
      const segment = parts[index]
      if (segment.kind === 'each') {
        for (const operation of segment.operations) operation.write(out, at)
      } else if (segment.offsets !== undefined) {
        const { offsets } = segment
        const start = offsets[at.row]
        const end = offsets[at.row + 1]
        out.reserve(end - start)
        out.bytes.copyWithin(out.length, start, end)
        out.length += end - start
      } else appendPiece(out, segment.kind === 'what' ? this.whatPiece(segment, at) : this.whoPiece(segment, at))
    }
  }

  private whatPiece(segment: Segment, at: ExampleCursor): Uint8Array {
    const key = at.question * this.data.answerCodes.length + at.answer
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

  private allSegments(): Segment[] {
    return [this.whole, this.opening, this.worked, this.first, this.following, this.closing].flat()
  }
}

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
