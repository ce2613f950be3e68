import { nullValue } from '../batch/respondent-batch.js'
import type { ByteWriter } from '../formats/byte-writer.js'
import { emptyLeaf, leavesOf, type PlainColumn, type PlainLeaf } from '../formats/parquet/plain-file.js'
import type { ExampleValues } from './example-values.js'
import {
  type DrawnParts,
  type ExportTemplate,
  type LineOptions,
  type LineProgram,
  templateTexts,
} from './export-line.js'
import { type ExampleCursor, type Operation, reads, TemplateCompiler } from './template-program.js'

/**
 * A row on its way to Parquet is a run of frames: a tag, a length in four bytes, that many bytes. The tag of a value is
 * the number of its column, or of who speaks it.
 */
const rowTag = 0xff
const nullTag = 0xfe
const speakers = { system: 0, user: 1, assistant: 2 } as const
const frameHead = 5

/** Puts the parts of a template into frames, as `lineProgram` puts them into JSON. */
export function rowProgram(
  { format }: LineOptions,
  template: ExportTemplate,
  values: ExampleValues,
  { drawn, context }: DrawnParts,
): LineProgram {
  const compiler = new TemplateCompiler(values, (text) => Buffer.from(text), drawn, context)
  const parts = templateTexts(template, compiler)
  const { begin, end } = frame()
  const framed = (tag: number, operations: Operation[]) => [begin(tag), ...operations, end]
  const gap = compiler.constant('\n\n')
  const line = compiler.constant('\n')
  const worked = [...parts.workedUser, line, ...parts.assistant, gap]
  switch (format) {
    case 'chat':
    case 'sharegpt': {
      const turn = (user: Operation[]) => [
        ...framed(speakers.user, user),
        ...framed(speakers.assistant, parts.assistant),
      ]
      return {
        opening: [rowStart, ...(parts.system.length === 0 ? [] : framed(speakers.system, parts.system))],
        worked: turn(parts.workedUser),
        first: turn(parts.user),
        following: turn(parts.followUp),
        closing: [],
      }
    }
    case 'prompt-completion':
      return {
        opening: [rowStart, begin(0), ...(parts.system.length === 0 ? [] : [...parts.system, gap])],
        worked,
        first: [...parts.user, line, end, ...framed(1, parts.assistant)],
        following: [],
        closing: [],
      }
    case 'text':
      return {
        opening: [rowStart, begin(0), ...(parts.system.length === 0 ? [] : [...parts.system, gap])],
        worked,
        first: [...parts.user, line, ...parts.assistant],
        following: [gap, ...parts.followUp, line, ...parts.assistant],
        closing: [end],
      }
    case 'alpaca': {
      const hasSystem = parts.system.length > 0
      return {
        opening: [rowStart, ...(hasSystem ? [...framed(0, parts.system), begin(1)] : [begin(0)])],
        worked,
        first: [...parts.user, end, ...(hasSystem ? [] : framed(1, [])), ...framed(2, parts.assistant)],
        following: [],
        closing: [],
      }
    }
    case 'fields':
      return { opening: fieldFrames(values, compiler), worked: [], first: [], following: [], closing: [] }
    case 'openai-batch':
      throw new Error('requests are lines of JSON, not rows')
    default:
      throw new Error(`unknown export format: ${String(format satisfies never)}`)
  }
}

/** Sorts framed rows into the leaves of their columns. */
export function fillLeaves(columns: readonly PlainColumn[], roles: readonly string[], frames: ByteWriter): PlainLeaf[] {
  const leaves = columns.flatMap((column) => Array.from({ length: leavesOf(column) }, emptyLeaf))
  const isList = columns[0].kind === 'list'
  const roleTexts = roles.map((role) => {
    const text = Buffer.alloc(4 + role.length)
    text.writeUInt32LE(role.length)
    text.write(role, 4)
    return text
  })
  const textColumns = columns.map((column) => column.kind === 'list' || column.type === 'text')
  const { bytes, length } = frames
  let level = 0
  for (let at = 0; at < length; ) {
    const tag = bytes[at]
    if (tag === rowTag) {
      level = 0
      at += frameHead
      continue
    }
    const size = bytes[at + 1] | (bytes[at + 2] << 8) | (bytes[at + 3] << 16) | (bytes[at + 4] << 24)
    if (isList) {
      const [role, content] = leaves
      role.values.append(roleTexts[tag])
      role.levels.appendByte(level)
      role.count++
      content.values.append(bytes.subarray(at + 1, at + frameHead + size))
      content.levels.appendByte(level)
      content.count++
      level = 1
    } else if (tag === nullTag) {
      const leaf = leaves[bytes[at + frameHead]]
      leaf.levels.appendByte(1)
      leaf.count++
    } else {
      const leaf = leaves[tag]
      leaf.values.append(bytes.subarray(at + (textColumns[tag] ? 1 : frameHead), at + frameHead + size))
      leaf.levels.appendByte(0)
      leaf.count++
    }
    at += frameHead + size
  }
  return leaves
}

/** How each format names who speaks, in the order of the tags. */
export function rolesOf(format: LineOptions['format']): readonly string[] {
  return format === 'sharegpt' ? ['system', 'human', 'gpt'] : ['system', 'user', 'assistant']
}

const rowStart: Operation = {
  reads: reads.drawn,
  write(out) {
    out.appendByte(rowTag)
    out.appendUint32(0)
  },
}

/** Operations that open and close a frame; frames do not nest. */
function frame(): { begin: (tag: number) => Operation; end: Operation } {
  let start = 0
  return {
    begin: (tag) => ({
      reads: reads.drawn,
      write(out) {
        out.appendByte(tag)
        out.appendUint32(0)
        start = out.length
      },
    }),
    end: {
      reads: reads.drawn,
      write(out) {
        const { length } = out
        out.length = start - 4
        out.appendUint32(length - start)
        out.length = length
      },
    },
  }
}

/** The example's own fields, in the order of their columns. */
function fieldFrames(values: ExampleValues, compiler: TemplateCompiler): Operation[] {
  const { data } = values
  const { begin, end } = frame()
  const text = (tag: number, name: string) => [begin(tag), compiler.field(name), end]
  const typed = (tag: number, write: (out: ByteWriter, at: ExampleCursor) => boolean): Operation => ({
    reads: reads.who | reads.what,
    write(out, at) {
      const start = out.length
      out.appendByte(tag)
      out.appendUint32(0)
      const isThere = write(out, at)
      const { length } = out
      out.length = start
      if (isThere) {
        out.appendByte(tag)
        out.appendUint32(length - start - frameHead)
        out.length = length
      } else {
        out.appendByte(nullTag)
        out.appendUint32(1)
        out.appendByte(tag)
      }
    },
  })
  const double = new Float64Array(1)
  const doubleBytes = new Uint8Array(double.buffer)
  const answer = typed(4, (out, { answer }) => {
    out.appendUint32(data.answerCodes[answer])
    return true
  })
  const weight = typed(6, (out, { row }) => {
    double[0] = data.respondents.weights[row]
    out.append(doubleBytes)
    return !Number.isNaN(double[0])
  })
  const demographics = data.listed.map((demographic, index) =>
    typed(7 + index, (out, { row }) => {
      const value = values.demographicValue(demographic, row)
      if (value === nullValue) return false
      if (data.demographics[demographic].kind === 'quantity') out.appendUint32(value)
      else out.appendText(values.demographicText(demographic, value) ?? '')
      return true
    }),
  )
  return [
    rowStart,
    ...text(0, 'respondent_id'),
    ...text(1, 'question_id'),
    ...text(2, 'question'),
    ...text(3, 'category'),
    answer,
    ...text(5, 'answer_label'),
    weight,
    ...demographics,
  ]
}
