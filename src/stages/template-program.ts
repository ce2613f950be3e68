import { nullValue } from '../batch/respondent-batch.js'
import type { ByteWriter } from '../formats/byte-writer.js'
import { type TemplateNode, type TemplateParts, templateFields, usesList } from '../formats/template.js'
import {
  type ExampleData,
  type ExampleField,
  type ExampleValues,
  exampleFields,
  type QuestionField,
} from './example-values.js'

/** The example that is being written: who, what was asked and answered, and what was drawn for it. */
export interface ExampleCursor {
  row: number
  question: number
  answer: number
  /** For each demographic, 1 where the example may show it. */
  shown: Uint8Array
  /** Other answers of the respondent: questions and answers, the first `contextCount` of each. */
  contextQuestions: Int32Array
  contextAnswers: Int32Array
  contextCount: number
  /** The item of the list that is being written: its index in its list's source, its number and how many there are. */
  item: number
  number: number
  count: number
}

/** What the bytes of an operation hang on. One that reads nothing is constant. */
export const reads = { who: 1, what: 2, drawn: 4 } as const

/** Writes a part of an example. */
export interface Operation {
  /** Which of `reads` it hangs on, added up. */
  reads: number
  write(out: ByteWriter, at: ExampleCursor): void
  /** Where it can be taken apart: what, one after the other, writes the same. */
  parts?: Operation[]
}

/** Turns template nodes into operations on bytes; each text is encoded once, when it is first met. */
export class TemplateCompiler {
  private readonly demographics: (Uint8Array | undefined)[][] = []
  private readonly fields = new Map<QuestionField, (Uint8Array | undefined)[]>()
  private readonly numbers: Uint8Array[] = []
  private readonly missing: Uint8Array
  private readonly optionText: { code: Uint8Array; label: Uint8Array }[][]
  private readonly demographicWords: { name: Uint8Array; question: Uint8Array }[]

  /**
   * `encode` gives a text's bytes in the place where it will stand (a JSON string, say). With `drawn`, which
   * demographics an example shows is drawn for each example; with `context`, other answers are drawn to show.
   */
  constructor(
    private readonly values: ExampleValues,
    private readonly encode: (text: string) => Uint8Array,
    private readonly drawn: boolean,
    private readonly context: boolean,
  ) {
    const { demographics, questions, missingText } = values.data
    this.missing = encode(missingText ?? '')
    this.demographicWords = demographics.map(({ name, question }) => ({
      name: encode(name),
      question: encode(question),
    }))
    this.optionText = questions.map(({ options }) =>
      options.map(({ code, label }) => ({ code: encode(String(code)), label: encode(label) })),
    )
  }

  compile(nodes: TemplateNode[], list?: string): Operation[] {
    return nodes.map((node) => this.operation(node, list))
  }

  constant(text: string): Operation {
    const bytes = this.encode(text)
    return { reads: 0, write: (out) => out.append(bytes) }
  }

  field(name: string): Operation {
    if (name === 'respondent_id') {
      return { reads: reads.who, write: (out, { row }) => out.append(this.encode(this.values.respondentId(row))) }
    }
    if (name === 'weight') {
      return { reads: reads.who, write: (out, { row }) => out.append(this.encode(this.values.weight(row) ?? '')) }
    }
    if (isQuestionField(name)) {
      return {
        reads: reads.what,
        write: (out, { question, answer }) => out.append(this.questionBytes(name, question, answer)),
      }
    }
    const demographic = this.demographicOf(name)
    return {
      reads: this.whoReads,
      write: (out, at) => {
        if (at.shown[demographic] === 1) out.append(this.demographicBytes(demographic, at.row))
      },
    }
  }

  private get whoReads(): number {
    return this.drawn ? reads.who | reads.drawn : reads.who
  }

  private operation(node: TemplateNode, list: string | undefined): Operation {
    switch (node.kind) {
      case 'text':
        return this.constant(node.text)
      case 'field':
        return this.field(node.name)
      case 'item':
        return this.item(node.name, list)
      case 'if':
        return conditional(this.condition(node.name), node.inverted, this.compile(node.body, list))
      case 'if-item':
        return conditional(this.itemCondition(node.name, list), node.inverted, this.compile(node.body, list))
      case 'list':
        return this.list(node.name, this.compile(node.body, node.name))
      default:
        throw new Error(`unknown template node: ${JSON.stringify(node satisfies never)}`)
    }
  }

  private condition(name: string): Condition {
    const { data } = this.values
    switch (name) {
      case 'respondent_id':
        return { reads: 0, holds: () => true }
      case 'weight':
        return { reads: reads.who, holds: ({ row }) => this.values.weight(row) !== undefined }
      case 'demographics':
        return {
          reads: this.whoReads,
          holds: (at) => data.listed.some((demographic) => this.isListed(demographic, at)),
        }
      case 'options':
        return { reads: reads.what, holds: ({ question }) => data.questions[question].options.length > 0 }
      case 'answers':
        if (!this.context) return { reads: 0, holds: () => false }
        return { reads: reads.drawn, holds: ({ contextCount }) => contextCount > 0 }
      default:
    }
    if (isQuestionField(name)) {
      return {
        reads: reads.what,
        holds: ({ question, answer }) => this.questionBytes(name, question, answer).length > 0,
      }
    }
    const demographic = this.demographicOf(name)
    return {
      reads: this.whoReads,
      holds: (at) => at.shown[demographic] === 1 && this.values.demographicValue(demographic, at.row) !== nullValue,
    }
  }

  private list(name: string, body: Operation[]): Operation {
    const bodyReads = readsOf(body)
    switch (name) {
      case 'demographics': {
        const { listed } = this.values.data
        const listReads = this.whoReads | bodyReads
        const start: Operation = {
          reads: listReads,
          write: (_, at) => {
            at.count = 0
            for (const demographic of listed) at.count += this.isListed(demographic, at) ? 1 : 0
            at.number = 0
          },
        }
        return sequence([
          start,
          ...listed.map(
            (demographic): Operation => ({
              reads: listReads,
              write: (out, at) => {
                if (!this.isListed(demographic, at)) return
                at.item = demographic
                at.number++
                for (const operation of body) operation.write(out, at)
              },
            }),
          ),
        ])
      }
      case 'options':
        return {
          reads: reads.what | bodyReads,
          write: (out, at) => {
            at.count = this.optionText[at.question].length
            for (let item = 0; item < at.count; item++) {
              at.item = item
              at.number = item + 1
              for (const operation of body) operation.write(out, at)
            }
          },
        }
      case 'answers':
        if (!this.context) return this.constant('')
        return {
          reads: reads.drawn | bodyReads,
          write: (out, at) => {
            at.count = at.contextCount
            for (let item = 0; item < at.count; item++) {
              at.item = item
              at.number = item + 1
              for (const operation of body) operation.write(out, at)
            }
          },
        }
      default:
        throw new Error(`unknown list: ${name}`)
    }
  }

  private item(name: string, list: string | undefined): Operation {
    if (name === 'number') return { reads: 0, write: (out, { number }) => out.append(this.numberBytes(number)) }
    switch (list) {
      case 'demographics':
        if (name === 'answer') {
          return {
            reads: this.whoReads,
            write: (out, { item, row }) => out.append(this.demographicBytes(item, row)),
          }
        }
        return name === 'name'
          ? { reads: 0, write: (out, { item }) => out.append(this.demographicWords[item].name) }
          : { reads: 0, write: (out, { item }) => out.append(this.demographicWords[item].question) }
      case 'options': {
        const word = name === 'code' ? 'code' : 'label'
        return {
          reads: reads.what,
          write: (out, { question, item }) => out.append(this.optionText[question][item][word]),
        }
      }
      case 'answers':
        if (!isQuestionField(name)) break
        return {
          reads: reads.drawn,
          write: (out, at) =>
            out.append(this.questionBytes(name, at.contextQuestions[at.item], at.contextAnswers[at.item])),
        }
      default:
    }
    throw new Error(`unknown item ${name} of the list ${list}`)
  }

  /** Of a list's items only their place can be asked for. */
  private itemCondition(name: string, list: string | undefined): Condition {
    if (name === 'first') return { reads: 0, holds: ({ number }) => number === 1 }
    if (name === 'last') return { reads: 0, holds: ({ number, count }) => number === count }
    const { reads: itemReads } = this.item(name, list)
    return { reads: itemReads, holds: () => true }
  }

  private isListed(demographic: number, { shown, row }: ExampleCursor): boolean {
    if (shown[demographic] === 0) return false
    return this.values.data.missingText !== undefined || this.values.demographicValue(demographic, row) !== nullValue
  }

  private demographicOf(name: string): number {
    const index = this.values.data.demographics.findIndex((demographic) => demographic.name === name)
    if (index === -1) throw new Error(`unknown field: ${name}`)
    return index
  }

  private demographicBytes(demographic: number, row: number): Uint8Array {
    const value = this.values.demographicValue(demographic, row)
    if (value === nullValue) return this.missing
    this.demographics[demographic] ??= []
    const cache = this.demographics[demographic]
    const known = cache[value]
    if (known !== undefined) return known
    const bytes = this.encode(this.values.demographicText(demographic, value) ?? '')
    if (value >= 0 && value < longestCache) cache[value] = bytes
    return bytes
  }

  private questionBytes(field: QuestionField, question: number, answer: number): Uint8Array {
    let cache = this.fields.get(field)
    if (cache === undefined) {
      cache = []
      this.fields.set(field, cache)
    }
    const key = question * 256 + answer
    let bytes = cache[key]
    if (bytes === undefined) {
      bytes = this.encode(this.values.questionField(field, question, answer))
      cache[key] = bytes
    }
    return bytes
  }

  private numberBytes(number: number): Uint8Array {
    this.numbers[number] ??= this.encode(String(number))
    return this.numbers[number]
  }
}

/** Values above this (dates as numbers) are not kept: the cache is an array. */
const longestCache = 1 << 16

interface Condition {
  reads: number
  holds(at: ExampleCursor): boolean
}

function conditional({ reads: conditionReads, holds }: Condition, inverted: boolean, body: Operation[]): Operation {
  return {
    reads: conditionReads | readsOf(body),
    write: (out, at) => {
      if (holds(at) === inverted) return
      for (const operation of body) operation.write(out, at)
    },
  }
}

/** Operations as one. */
function sequence(parts: Operation[]): Operation {
  return {
    reads: readsOf(parts),
    write: (out, at) => {
      for (const part of parts) part.write(out, at)
    },
    parts,
  }
}

export function readsOf(operations: readonly Operation[]): number {
  return operations.reduce((sum, operation) => sum | operation.reads, 0)
}

function isQuestionField(name: string): name is QuestionField {
  const known: readonly ExampleField[] = exampleFields
  return name !== 'respondent_id' && name !== 'weight' && known.some((field) => field === name)
}

/** The demographics that a template can show: those that it names, and those of its list if it has one. */
export function templateDemographics(parts: TemplateParts, { demographics, listed }: ExampleData): number[] {
  const names = templateFields(parts)
  const hasList = usesList(parts, 'demographics')
  return demographics.flatMap(({ name }, index) =>
    names.has(name) || (hasList && listed.includes(index)) ? [index] : [],
  )
}
