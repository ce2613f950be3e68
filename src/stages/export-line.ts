import { nullValue } from '../batch/respondent-batch.js'
import type { TemplateParts } from '../formats/template.js'
import type { ExampleValues } from './example-values.js'
import { type Operation, reads, readsOf, TemplateCompiler } from './template-program.js'

export const exportFormats = [
  'chat',
  'prompt-completion',
  'alpaca',
  'sharegpt',
  'text',
  'fields',
  'openai-batch',
] as const
/** The shapes of a line, each that of a documented schema (docs/exports.md names them). */
export type ExportFormat = (typeof exportFormats)[number]

/** A template's parts, all of them present. */
export interface ExportTemplate {
  name: string
  parts: Required<TemplateParts>
}

export interface LineOptions {
  format: ExportFormat
  /** Members of the body of each batch request, in front of its messages: the model, for one. */
  request: Record<string, string | number>
}

/** What an example draws: which demographics it shows, and other answers. */
export interface DrawnParts {
  drawn: boolean
  context: boolean
}

/**
 * The parts of a line in order: `opening`, `worked` once for each worked example, `first` question, `following` for
 * each further question of the same conversation, `closing`.
 */
export interface LineProgram {
  opening: Operation[]
  worked: Operation[]
  first: Operation[]
  following: Operation[]
  closing: Operation[]
}

/** Puts the parts of a template into the JSON of a format. */
export function lineProgram(
  options: LineOptions,
  template: ExportTemplate,
  values: ExampleValues,
  { drawn, context }: DrawnParts,
): LineProgram {
  const compiler = new TemplateCompiler(values, jsonText, drawn, context)
  const parts = templateTexts(template, compiler)
  switch (options.format) {
    case 'chat':
      return conversation(parts, '{"messages":[', ']}\n', messageSyntax)
    case 'sharegpt':
      return conversation(parts, '{"conversations":[', ']}\n', turnSyntax)
    case 'openai-batch':
      return batchRequest(parts, options.request, compiler)
    case 'prompt-completion':
      return {
        ...promptStart(parts, '{"prompt":"'),
        first: [...parts.user, raw('\\n","completion":"'), ...parts.assistant],
        following: [],
        closing: [raw('"}\n')],
      }
    case 'text':
      return {
        ...promptStart(parts, '{"text":"'),
        first: [...parts.user, raw('\\n'), ...parts.assistant],
        following: [raw('\\n\\n'), ...parts.followUp, raw('\\n'), ...parts.assistant],
        closing: [raw('"}\n')],
      }
    case 'alpaca':
      return alpaca(parts)
    case 'fields':
      return fieldsLine(values, compiler)
    default:
      throw new Error(`unknown export format: ${String(options.format satisfies never)}`)
  }
}

/** Compiles the parts of a template. */
export function templateTexts({ parts }: ExportTemplate, compiler: TemplateCompiler): TemplateTexts {
  const system = compiler.compile(parts.system)
  const user = compiler.compile(parts.user)
  // A system part that tells who answers belongs to one person; a worked example needs its own.
  const isPersonal = (readsOf(system) & (reads.who | reads.drawn)) !== 0
  return {
    system,
    user,
    followUp: compiler.compile(parts.follow_up),
    assistant: compiler.compile(parts.assistant),
    workedUser: isPersonal ? [...system, compiler.constant('\n\n'), ...user] : user,
  }
}

export interface TemplateTexts {
  system: Operation[]
  user: Operation[]
  followUp: Operation[]
  assistant: Operation[]
  /** What the user says in a worked example of another person. */
  workedUser: Operation[]
}

/** How a message opens, by who speaks; it ends with `"}`. */
interface ConversationSyntax {
  system: string
  user: string
  assistant: string
}

const messageSyntax: ConversationSyntax = {
  system: '{"role":"system","content":"',
  user: '{"role":"user","content":"',
  assistant: '{"role":"assistant","content":"',
}

const turnSyntax: ConversationSyntax = {
  system: '{"from":"system","value":"',
  user: '{"from":"human","value":"',
  assistant: '{"from":"gpt","value":"',
}

function conversation(parts: TemplateTexts, start: string, end: string, syntax: ConversationSyntax): LineProgram {
  const system = parts.system.length === 0 ? [] : [raw(syntax.system), ...parts.system, raw('"},')]
  const turn = (user: Operation[]) => [
    raw(syntax.user),
    ...user,
    raw(`"},${syntax.assistant}`),
    ...parts.assistant,
    raw('"}'),
  ]
  return {
    opening: [raw(start), ...system],
    worked: [...turn(parts.workedUser), raw(',')],
    first: turn(parts.user),
    following: [raw(','), ...turn(parts.followUp)],
    closing: [raw(end)],
  }
}

/** A request asks; it holds no answer but those of worked examples. */
function batchRequest(parts: TemplateTexts, request: LineOptions['request'], compiler: TemplateCompiler): LineProgram {
  const members = Object.entries(request).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)},`)
  const asked = conversation(parts, '', '', messageSyntax)
  return {
    opening: [
      raw('{"custom_id":"'),
      compiler.field('respondent_id'),
      raw(':'),
      compiler.field('question_id'),
      raw(`","method":"POST","url":"/v1/chat/completions","body":{${members.join('')}"messages":[`),
      ...asked.opening,
    ],
    worked: asked.worked,
    first: [raw(messageSyntax.user), ...parts.user, raw('"}')],
    following: [],
    closing: [raw(']}}\n')],
  }
}

function promptStart(parts: TemplateTexts, start: string): Pick<LineProgram, 'opening' | 'worked'> {
  const system = parts.system.length === 0 ? [] : [...parts.system, raw('\\n\\n')]
  return {
    opening: [raw(start), ...system],
    worked: [...parts.workedUser, raw('\\n'), ...parts.assistant, raw('\\n\\n')],
  }
}

/** What the system says is the instruction; without it, what the user says, and the input is empty. */
function alpaca(parts: TemplateTexts): LineProgram {
  const worked = [...parts.workedUser, raw('\\n'), ...parts.assistant, raw('\\n\\n')]
  const ending = [...parts.assistant]
  if (parts.system.length === 0) {
    return {
      opening: [raw('{"instruction":"')],
      worked,
      first: [...parts.user, raw('","input":"","output":"'), ...ending],
      following: [],
      closing: [raw('"}\n')],
    }
  }
  return {
    opening: [raw('{"instruction":"'), ...parts.system, raw('","input":"')],
    worked,
    first: [...parts.user, raw('","output":"'), ...ending],
    following: [],
    closing: [raw('"}\n')],
  }
}

/** The example's own fields, typed; a missing one is null. */
function fieldsLine(values: ExampleValues, compiler: TemplateCompiler): LineProgram {
  const { data } = values
  const text = (name: string) => [raw(`"${name}":"`), compiler.field(name)]
  const demographics = data.listed.map((demographic): Operation => {
    const { name, kind } = data.demographics[demographic]
    const key = `,${JSON.stringify(name)}:`
    const cells = new Map<number, Buffer>()
    return {
      reads: reads.who,
      write: (out, { row }) => {
        const value = values.demographicValue(demographic, row)
        let cell = cells.get(value)
        if (cell === undefined) {
          const isNumber = kind === 'quantity'
          const content = value === nullValue ? null : isNumber ? value : values.demographicText(demographic, value)
          cell = Buffer.from(key + JSON.stringify(content))
          cells.set(value, cell)
        }
        out.append(cell)
      },
    }
  })
  const weight: Operation = {
    reads: reads.who,
    write: (out, { row }) => out.append(Buffer.from(`","weight":${values.weight(row) ?? 'null'}`)),
  }
  return {
    opening: [
      raw('{'),
      ...text('respondent_id'),
      raw('","question":"'),
      compiler.field('question_id'),
      raw('","wording":"'),
      compiler.field('question'),
      raw('","category":"'),
      compiler.field('category'),
      raw('","answer":'),
      compiler.field('answer_code'),
      raw(',"answer_label":"'),
      compiler.field('answer_label'),
      weight,
      ...demographics,
      raw('}\n'),
    ],
    worked: [],
    first: [],
    following: [],
    closing: [],
  }
}

/** The bytes of a text inside of a JSON string: pieces set side by side are still one. */
function jsonText(text: string): Uint8Array {
  return Buffer.from(JSON.stringify(text).slice(1, -1))
}

function raw(text: string): Operation {
  const bytes = Buffer.from(text)
  return { reads: 0, write: (out) => out.append(bytes) }
}
