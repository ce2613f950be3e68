import jsep from 'jsep'
import { didYouMean } from '../formats/nearest-name.js'
import { SurveyError } from '../formats/survey-error.js'
import {
  type ArithmeticOperator,
  arithmeticOperators,
  type ComparisonOperator,
  type Condition,
  comparisonOperators,
  type Quantity,
} from '../stages/condition.js'
import type { CodeColumn, CodeColumns } from './code-columns.js'

/** One of the conditions that `&&` joins, with its text for messages. */
export interface WhereTerm {
  text: string
  condition: Condition
}

/** An expression longer or more deeply nested than this is no condition that a person wrote. */
const longest = 10_000
const deepest = 100

// `in` binds as comparisons do.
jsep.addBinaryOp('in', 7)

/** What an expression is made of so far: a condition, a number, or something that only a comparison can take. */
type Operand =
  | { kind: 'condition'; condition: Condition }
  | { kind: 'quantity'; quantity: Quantity }
  | { kind: 'category'; column: CodeColumn }
  | { kind: 'labelled'; column: CodeColumn }
  | { kind: 'label'; text: string }
  | { kind: 'list'; items: (string | number)[] }

/**
 * Parses and checks the expression of `--where`: names become columns (which `columns` takes note of), labels become
 * codes, types are checked. Gives the conditions that `&&` joins at the top, in their order; nothing of the
 * expression is ever run as code. Throws a SurveyError that says what is wrong and what is nearest.
 */
export function parseWhere(expression: string, columns: CodeColumns): WhereTerm[] {
  if (expression.length > longest) {
    throw usageError(`the expression has ${expression.length} characters; expected ${longest} at most`)
  }
  const checker = new Checker(columns)
  return conjuncts(parse(expression)).map((node) => ({ text: textOf(node), condition: checker.condition(node, 0) }))
}

function parse(expression: string): jsep.Expression {
  checkNesting(expression)
  try {
    return jsep(expression)
  } catch (cause) {
    if (cause instanceof RangeError) throw tooDeep()
    const found = cause instanceof Error ? cause.message.replace(/ at character \d+$/, '') : String(cause)
    const index = cause instanceof Error && 'index' in cause ? Number(cause.index) : 0
    const hint = /Unexpected "="/.test(found) ? '; equality is ==' : ''
    throw usageError(`${found} at character ${index + 1} of ${JSON.stringify(shorten(expression))}${hint}`)
  }
}

/** Before the parser, which calls itself for each bracket and sign. */
function checkNesting(expression: string): void {
  const bare = expression.replace(/"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?/g, '""')
  let depth = 0
  let signs = 0
  for (const character of bare) {
    if (character === '(' || character === '[') depth++
    else if (character === ')' || character === ']') depth--
    signs = character === '!' || character === '-' || character === '+' || character === ' ' ? signs + 1 : 0
    if (depth > deepest || signs > 2 * deepest) throw tooDeep()
  }
}

function tooDeep(): SurveyError {
  return usageError(`the expression is nested more than ${deepest} deep`)
}

function conjuncts(node: jsep.Expression): jsep.Expression[] {
  const terms: jsep.Expression[] = []
  let rest = node
  // Left to right, a chain leans to the left.
  while (isBinary(rest) && rest.operator === '&&') {
    terms.unshift(...(isBinary(rest.right) && rest.right.operator === '&&' ? conjuncts(rest.right) : [rest.right]))
    rest = rest.left
  }
  return [rest, ...terms]
}

class Checker {
  constructor(private readonly columns: CodeColumns) {}

  condition(node: jsep.Expression, depth: number): Condition {
    const operand = this.operand(node, depth)
    if (operand.kind === 'condition') return operand.condition
    throw usageError(`${textOf(node)} is no condition; expected a comparison such as age >= 30`)
  }

  private operand(node: jsep.Expression, depth: number): Operand {
    if (depth > longest) throw tooDeep()
    if (isLiteral(node)) return literal(node)
    if (isIdentifier(node)) return this.variable(node.name)
    if (isUnary(node)) return this.unary(node, depth)
    if (isBinary(node)) return this.binary(node, depth)
    if (isCall(node)) return this.call(node)
    if (isArray(node)) return list(node)
    if (node.type === 'Compound') {
      const body = Array.isArray(node.body) ? node.body.length : 0
      if (body === 0) throw usageError('the expression is empty; expected a condition such as age >= 30')
      throw usageError('the expression holds several, with no operator between them; join conditions with && or ||')
    }
    throw usageError(`${textOf(node)} is not allowed; expected names, labels, numbers, comparisons, in, &&, || and !`)
  }

  private variable(name: string): Operand {
    const column = this.columns.column(name, '--where')
    if (!this.columns.isPresent(column)) {
      throw new SurveyError(`--where: the file has no column for "${name}"`, { kind: 'usage' })
    }
    return { kind: column.measure === 'category' ? 'category' : 'labelled', column }
  }

  private unary(node: jsep.UnaryExpression, depth: number): Operand {
    if (node.operator === '!') {
      return { kind: 'condition', condition: { op: 'not', term: this.condition(node.argument, depth + 1) } }
    }
    if (node.operator !== '-') throw usageError(`the operator ${node.operator} is not allowed`)
    const operand = this.quantity(node.argument, depth + 1)
    return {
      kind: 'quantity',
      quantity: operand.op === 'number' ? { op: 'number', value: -operand.value } : { op: 'negate', operand },
    }
  }

  private binary(node: jsep.BinaryExpression, depth: number): Operand {
    const { operator } = node
    if (operator === '&&' || operator === '||') return this.junction(node, depth)
    if (operator === 'in') return this.membership(node, depth)
    if (isComparison(operator)) return this.comparison(node, operator, depth)
    if (isArithmetic(operator)) {
      const left = this.quantity(node.left, depth + 1)
      const right = this.quantity(node.right, depth + 1)
      return { kind: 'quantity', quantity: { op: operator, left, right } }
    }
    const hint = operator === '===' ? '; equality is ==' : operator === '!==' ? '; inequality is !=' : ''
    throw usageError(`the operator ${operator} is not allowed${hint}`)
  }

  /** A chain of one operator becomes one list of terms, however long. */
  private junction(node: jsep.BinaryExpression, depth: number): Operand {
    const terms: Condition[] = []
    let rest: jsep.Expression = node
    while (isBinary(rest) && rest.operator === node.operator) {
      terms.unshift(this.condition(rest.right, depth + 1))
      rest = rest.left
    }
    terms.unshift(this.condition(rest, depth + 1))
    return { kind: 'condition', condition: { op: node.operator === '&&' ? 'and' : 'or', terms } }
  }

  private membership(node: jsep.BinaryExpression, depth: number): Operand {
    const operand = this.operand(node.left, depth + 1)
    const items = this.operand(node.right, depth + 1)
    if (items.kind !== 'list') throw usageError(`${textOf(node)}: expected a list such as ["Japan", "Brazil"] after in`)
    if (operand.kind !== 'category' && operand.kind !== 'labelled') {
      throw usageError(`${textOf(node)}: expected the name of a variable before in`)
    }
    const { column } = operand
    const codes = items.items.flatMap((item) => codesOf(item, column, textOf(node)))
    return this.oneOf(column, codes)
  }

  private comparison(node: jsep.BinaryExpression, operator: ComparisonOperator, depth: number): Operand {
    const left = this.operand(node.left, depth + 1)
    const right = this.operand(node.right, depth + 1)
    const named = asColumn(left) ?? asColumn(right)
    const other = named === asColumn(left) ? right : left
    if (named !== undefined && (other.kind === 'label' || (named.kind === 'category' && other.kind === 'quantity'))) {
      return this.labelComparison(node, operator, named, other)
    }
    if (left.kind === 'category' || right.kind === 'category') {
      throw usageError(`${textOf(node)}: ${nameOf(left, right)} is a category; expected a comparison with its labels`)
    }
    if (named !== undefined && (operator === '==' || operator === '!=') && isNegative(other)) {
      throw usageError(`${textOf(node)}: missing codes are no values; missing(${named.column.name}) finds them`)
    }
    return {
      kind: 'condition',
      condition: {
        op: 'compare',
        operator,
        left: this.asQuantity(left, node.left),
        right: this.asQuantity(right, node.right),
      },
    }
  }

  private labelComparison(
    node: jsep.BinaryExpression,
    operator: ComparisonOperator,
    { column }: { column: CodeColumn },
    other: Operand,
  ): Operand {
    const isEquality = operator === '==' || operator === '!='
    if (!isEquality) {
      throw usageError(
        column.measure === 'category'
          ? `${textOf(node)}: ${column.name} is a category, which has no order; expected ==, != or in`
          : `${textOf(node)}: expected a number beside ${operator}`,
      )
    }
    const item = other.kind === 'label' ? other.text : literalNumber(other, node)
    const condition = this.oneOf(column, codesOf(item, column, textOf(node)))
    if (operator === '==') return condition
    return { kind: 'condition', condition: { op: 'not', term: condition.condition } }
  }

  private call(node: jsep.CallExpression): Operand {
    const name = isIdentifier(node.callee) ? node.callee.name : textOf(node.callee)
    const [first, second, ...more] = node.arguments
    if (name === 'missing' && first !== undefined && second === undefined && isIdentifier(first)) {
      const operand = this.variable(first.name)
      if (operand.kind === 'category' || operand.kind === 'labelled') {
        return { kind: 'condition', condition: { op: 'missing', column: this.placeholder(operand.column) } }
      }
    }
    if (name === 'matches' && first !== undefined && second !== undefined && more.length === 0) {
      if (isIdentifier(first) && isLiteral(second) && typeof second.value === 'string') {
        return this.pattern(first.name, second.value, node)
      }
    }
    if (name === 'missing') throw usageError(`${textOf(node)}: expected the name of a variable, as in missing(age)`)
    if (name === 'matches') {
      throw usageError(`${textOf(node)}: expected a variable and a pattern, as in matches(settlement, "Rur*")`)
    }
    throw usageError(`there is no function ${name}${didYouMean(name, ['missing', 'matches'])}`)
  }

  /** `*` in the pattern stands for any text; case does not matter, as in the lists of variables. */
  private pattern(name: string, glob: string, node: jsep.Expression): Operand {
    const operand = this.variable(name)
    if (operand.kind !== 'category' && operand.kind !== 'labelled') throw usageError(`${name} has no labels`)
    const { column } = operand
    const escaped = glob.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    const pattern = new RegExp(`^${escaped.join('.*')}$`, 'is')
    const codes = [...column.labelOf].filter(([, label]) => pattern.test(label)).map(([code]) => code)
    if (codes.length === 0) {
      throw usageError(
        `${textOf(node)}: no label of ${column.name} is like that${didYouMean(glob, column.labels.keys())}`,
      )
    }
    return this.oneOf(column, codes)
  }

  private quantity(node: jsep.Expression, depth: number): Quantity {
    return this.asQuantity(this.operand(node, depth), node)
  }

  private asQuantity(operand: Operand, node: jsep.Expression): Quantity {
    if (operand.kind === 'quantity') return operand.quantity
    if (operand.kind === 'labelled') return { op: 'column', column: this.placeholder(operand.column) }
    if (operand.kind === 'category') throw usageError(`${operand.column.name} is a category; expected a number`)
    throw usageError(`${textOf(node)} is no number`)
  }

  private oneOf(column: CodeColumn, codes: number[]): { kind: 'condition'; condition: Condition } {
    const sorted = [...new Set(codes)].sort((left, right) => left - right)
    return { kind: 'condition', condition: { op: 'in', column: this.placeholder(column), codes: sorted } }
  }

  /** Columns get their final numbers when all are known: derived ones are told from the file's by a negative number. */
  private placeholder({ source }: CodeColumn): number {
    return source.kind === 'variable' ? source.index : -1 - source.index
  }
}

/** Puts the final numbers of the columns into a checked condition, once no more of them will come. */
export function placeColumns(condition: Condition, variables: number): Condition {
  const place = (column: number) => (column < 0 ? variables - 1 - column : column)
  const quantity = (value: Quantity): Quantity => {
    if (value.op === 'number') return value
    if (value.op === 'column') return { op: 'column', column: place(value.column) }
    if (value.op === 'negate') return { op: 'negate', operand: quantity(value.operand) }
    return { op: value.op, left: quantity(value.left), right: quantity(value.right) }
  }
  switch (condition.op) {
    case 'and':
    case 'or':
      return { op: condition.op, terms: condition.terms.map((term) => placeColumns(term, variables)) }
    case 'not':
      return { op: 'not', term: placeColumns(condition.term, variables) }
    case 'compare':
      return { ...condition, left: quantity(condition.left), right: quantity(condition.right) }
    default:
      return { ...condition, column: place(condition.column) }
  }
}

function isNegative(operand: Operand): boolean {
  return operand.kind === 'quantity' && operand.quantity.op === 'number' && operand.quantity.value < 0
}

function asColumn(operand: Operand): { kind: 'category' | 'labelled'; column: CodeColumn } | undefined {
  return operand.kind === 'category' || operand.kind === 'labelled' ? operand : undefined
}

function nameOf(left: Operand, right: Operand): string {
  const column = left.kind === 'category' ? left.column : asColumn(right)?.column
  return column?.name ?? 'it'
}

function literalNumber(operand: Operand, node: jsep.Expression): number {
  if (operand.kind === 'quantity' && operand.quantity.op === 'number') return operand.quantity.value
  throw usageError(`${textOf(node)}: expected a label or a code`)
}

/** The codes that a label or a code stands for. */
function codesOf(item: string | number, column: CodeColumn, where: string): number[] {
  if (typeof item === 'number') {
    if (item < 0) {
      throw usageError(`${where}: missing codes are no values; missing(${column.name}) finds them`)
    }
    if (column.source.kind === 'derived') {
      throw usageError(`${where}: ${column.name} is derived and has no codes; expected one of its labels`)
    }
    return [item]
  }
  const codes = column.labels.get(item)
  if (codes !== undefined) return codes
  if (column.labels.size === 0) throw usageError(`${where}: ${column.name} is a number; expected one, without quotes`)
  const near = didYouMean(item, column.labels.keys())
  const few =
    near === '' && column.labels.size <= 10 ? `; expected one of ${[...column.labels.keys()].join(', ')}` : near
  throw usageError(`${where}: "${item}" is no label of ${column.name}${few}`)
}

function literal(node: jsep.Literal): Operand {
  if (typeof node.value === 'string') return { kind: 'label', text: node.value }
  if (typeof node.value === 'number') return { kind: 'quantity', quantity: { op: 'number', value: node.value } }
  throw usageError(`${node.raw} is not allowed; expected a number or a label in quotes`)
}

function list(node: jsep.ArrayExpression): Operand {
  const items = node.elements.map((element) => {
    if (element !== null && isLiteral(element)) {
      if (typeof element.value === 'string' || typeof element.value === 'number') return element.value
    }
    if (element !== null && isUnary(element) && element.operator === '-' && isLiteral(element.argument)) {
      return -Number(element.argument.value)
    }
    throw usageError(`${textOf(node)}: expected labels in quotes or codes`)
  })
  if (items.length === 0) throw usageError('the list [] is empty; expected labels or codes')
  return { kind: 'list', items }
}

function isComparison(operator: string): operator is ComparisonOperator {
  return comparisonOperators.some((known) => known === operator)
}

function isArithmetic(operator: string): operator is ArithmeticOperator {
  return arithmeticOperators.some((known) => known === operator)
}

function isBinary(node: jsep.Expression): node is jsep.BinaryExpression {
  return node.type === 'BinaryExpression'
}

function isUnary(node: jsep.Expression): node is jsep.UnaryExpression {
  return node.type === 'UnaryExpression'
}

function isLiteral(node: jsep.Expression): node is jsep.Literal {
  return node.type === 'Literal'
}

function isIdentifier(node: jsep.Expression): node is jsep.Identifier {
  return node.type === 'Identifier'
}

function isCall(node: jsep.Expression): node is jsep.CallExpression {
  return node.type === 'CallExpression'
}

function isArray(node: jsep.Expression): node is jsep.ArrayExpression {
  return node.type === 'ArrayExpression'
}

/** The expression again, for messages. */
function textOf(node: jsep.Expression): string {
  return shorten(write(node, 0))
}

function write(node: jsep.Expression, depth: number): string {
  if (depth > 20) return '...'
  if (isLiteral(node)) return node.raw
  if (isIdentifier(node)) return node.name
  if (isUnary(node)) return `${node.operator}${write(node.argument, depth + 1)}`
  if (isBinary(node)) return binaryText(node, depth)
  if (isCall(node))
    return `${write(node.callee, depth + 1)}(${node.arguments.map((part) => write(part, depth + 1)).join(', ')})`
  if (isArray(node)) return `[${node.elements.map((part) => (part === null ? '' : write(part, depth + 1))).join(', ')}]`
  return `this ${node.type}`
}

function binaryText(node: jsep.BinaryExpression, depth: number): string {
  const side = (part: jsep.Expression) =>
    isBinary(part) && (part.operator === '||' || part.operator === '&&') && part.operator !== node.operator
      ? `(${write(part, depth + 1)})`
      : write(part, depth + 1)
  return `${side(node.left)} ${node.operator} ${side(node.right)}`
}

function shorten(text: string): string {
  return text.length <= 120 ? text : `${text.slice(0, 117)}...`
}

function usageError(message: string): SurveyError {
  return new SurveyError(`--where: ${message}`, { kind: 'usage' })
}
