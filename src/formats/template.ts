import Mustache from 'mustache'
import { didYouMean } from './nearest-name.js'
import { SurveyError } from './survey-error.js'

/** A template as a tree of plain data, every name in it checked. */
export type TemplateNode =
  | { kind: 'text'; text: string }
  | { kind: 'field'; name: string }
  /** Its body stands where the field has a value (or, `inverted`, where it has none). */
  | { kind: 'if'; name: string; inverted: boolean; body: TemplateNode[] }
  /** Its body stands once for each item of the list. */
  | { kind: 'list'; name: string; body: TemplateNode[] }
  /** The same as `field` and `if`, of the item of the list around it. */
  | { kind: 'item'; name: string }
  | { kind: 'if-item'; name: string; inverted: boolean; body: TemplateNode[] }

/** The names that a template may use: fields, and lists with the fields of their items. */
export interface TemplateScope {
  fields: readonly string[]
  lists: Readonly<Record<string, readonly string[]>>
}

/** What a template says in each part of a conversation; a part that it leaves out is absent. */
export type TemplateParts = Partial<Record<TemplatePart, TemplateNode[]>>

export const templateParts = ['system', 'user', 'follow_up', 'assistant'] as const
export type TemplatePart = (typeof templateParts)[number]

/** A token of Mustache's parser: type, value, start, end, and for a section its own tokens. */
type Token = [type: string, value: string, start: number, end: number, body?: unknown, ...rest: unknown[]]

/**
 * Reads a Mustache template. Sections `{{#system}}`, `{{#user}}`, `{{#follow_up}}` and `{{#assistant}}` at the top
 * level hold the parts of a conversation; a template without them is the user's part. White space at both ends
 * of a part does not count. Nothing is escaped as HTML, so `{{x}}` and `{{{x}}}` mean the same.
 *
 * Throws a SurveyError with `name` and the line for a syntax error, or a name that is not in scope.
 */
export function parseTemplate(text: string, name: string, scope: TemplateScope): TemplateParts {
  const reader = new TemplateReader(text, name, scope)
  return reader.read()
}

class TemplateReader {
  constructor(
    private readonly text: string,
    private readonly name: string,
    private readonly scope: TemplateScope,
  ) {}

  read(): TemplateParts {
    const tokens = this.tokens()
    const isPart = (token: Token) => token[0] === '#' && templateParts.some((part) => part === token[1])
    if (!tokens.some(isPart)) return { user: trimEnds(this.nodes(tokens, undefined)) }
    const parts: TemplateParts = {}
    for (const token of tokens) {
      const [type, value, start, , body] = token
      if ((type === 'text' && value.trim() === '') || type === '!' || type === '=') continue
      const part = templateParts.find((part) => part === value)
      if (!isPart(token) || part === undefined) {
        throw this.error(start, `text outside of the parts; expected all of it in ${partList}`)
      }
      if (parts[part] !== undefined) throw this.error(start, `a second {{#${part}}}; expected each part once`)
      parts[part] = trimEnds(this.nodes(tokensOf(body), undefined))
    }
    if (parts.user === undefined) throw this.error(0, 'no {{#user}} part; expected what the user says')
    return parts
  }

  private tokens(): Token[] {
    try {
      return tokensOf(Mustache.parse(this.text))
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      const [, what, position] = /^(.*?)(?: at |: )(\d+)$/s.exec(message) ?? []
      if (what === undefined) throw this.error(undefined, lowerFirst(message), cause)
      throw this.error(Number(position), lowerFirst(what), cause)
    }
  }

  private nodes(tokens: Token[], list: string | undefined): TemplateNode[] {
    const nodes: TemplateNode[] = []
    for (const [type, value, start, , body] of tokens) {
      switch (type) {
        case 'text':
          nodes.push({ kind: 'text', text: value })
          break
        case 'name':
        case '&':
          nodes.push({ kind: this.isItem(value, list) ? 'item' : 'field', name: this.field(value, start, list) })
          break
        case '#':
        case '^':
          nodes.push(this.section(value, type === '^', start, tokensOf(body), list))
          break
        case '!':
        case '=':
          break
        default:
          throw this.error(start, `{{${type}${value}}} is a partial; expected a template without partials`)
      }
    }
    return nodes
  }

  private section(
    name: string,
    inverted: boolean,
    start: number,
    tokens: Token[],
    list: string | undefined,
  ): TemplateNode {
    if (templateParts.some((part) => part === name)) {
      throw this.error(start, `{{#${name}}} inside of another section; expected ${partList} at the top level`)
    }
    if (this.isItem(name, list)) return { kind: 'if-item', name, inverted, body: this.nodes(tokens, list) }
    if (Object.hasOwn(this.scope.lists, name)) {
      if (list !== undefined)
        throw this.error(start, `the list "${name}" inside of "${list}"; expected no list in a list`)
      if (inverted) return { kind: 'if', name, inverted, body: this.nodes(tokens, undefined) }
      return { kind: 'list', name, body: this.nodes(tokens, name) }
    }
    return { kind: 'if', name: this.field(name, start, list), inverted, body: this.nodes(tokens, list) }
  }

  private isItem(name: string, list: string | undefined): boolean {
    return list !== undefined && this.scope.lists[list].includes(name)
  }

  private field(name: string, start: number, list: string | undefined): string {
    const { fields, lists } = this.scope
    if (this.isItem(name, list) || fields.includes(name)) return name
    if (Object.hasOwn(lists, name)) {
      throw this.error(start, `"${name}" is a list; expected a section {{#${name}}}...{{/${name}}}`)
    }
    const known = [...(list === undefined ? [] : lists[list]), ...fields, ...Object.keys(lists)]
    throw this.error(start, `unknown field "${name}"${didYouMean(name, known)}`)
  }

  private error(position: number | undefined, message: string, cause?: unknown): SurveyError {
    const line = position === undefined ? undefined : this.text.slice(0, position).split('\n').length
    const place = { file: this.name, ...(line === undefined ? {} : { line }) }
    return new SurveyError(message, { kind: 'usage', place, cause })
  }
}

const partList = templateParts.map((part) => `{{#${part}}}`).join(', ')

/** Every field of the outer scope that a template names, each once. */
export function templateFields(parts: TemplateParts): Set<string> {
  const names = new Set<string>()
  const visit = (nodes: TemplateNode[]) => {
    for (const node of nodes) {
      if (node.kind === 'field' || node.kind === 'if') names.add(node.name)
      if ('body' in node) visit(node.body)
    }
  }
  for (const nodes of Object.values(parts)) visit(nodes)
  return names
}

/** Whether a template has a list of this name anywhere. */
export function usesList(parts: TemplateParts, list: string): boolean {
  const within = (nodes: TemplateNode[]): boolean =>
    nodes.some((node) => (node.kind === 'list' && node.name === list) || ('body' in node && within(node.body)))
  return Object.values(parts).some(within)
}

function tokensOf(value: unknown): Token[] {
  if (Array.isArray(value) && value.every(isToken)) return value
  throw new Error('the template parser gave something other than tokens')
}

function isToken(value: unknown): value is Token {
  return (
    Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string' && typeof value[2] === 'number'
  )
}

function trimEnds(nodes: TemplateNode[]): TemplateNode[] {
  const trimmed = nodes.map((node, index) => {
    if (node.kind !== 'text') return node
    let { text } = node
    if (index === 0) text = text.trimStart()
    if (index === nodes.length - 1) text = text.trimEnd()
    return { ...node, text }
  })
  return trimmed.filter((node) => node.kind !== 'text' || node.text !== '')
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
