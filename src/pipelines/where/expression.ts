import jsep from 'jsep'
import { SurveyError } from '../../formats/survey-error.js'

/** An expression longer or more deeply nested than this is no condition that a person wrote. */
export const longest = 10_000
const deepest = 100
/** As is one that chains more operations than this, each of which works on the result of the one before. */
const longestChain = 1000

// `in` binds as comparisons do.
jsep.addBinaryOp('in', 7)

/** The tree of an expression; nothing of it is run. Throws a SurveyError for what can not be parsed. */
export function parseExpression(expression: string): jsep.Expression {
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

/** Throws a SurveyError for a part of an expression that lies below too many others. */
export function checkDepth(depth: number): void {
  if (depth > longestChain) throw usageError(`the expression chains more than ${longestChain} operations`)
}

function tooDeep(): SurveyError {
  return usageError(`the expression is nested more than ${deepest} deep`)
}

/** The terms that `&&` joins at the top, in their order. */
export function conjuncts(node: jsep.Expression): jsep.Expression[] {
  const terms: jsep.Expression[] = []
  let rest = node
  // Left to right, a chain leans to the left.
  while (isBinary(rest) && rest.operator === '&&') {
    terms.unshift(...(isBinary(rest.right) && rest.right.operator === '&&' ? conjuncts(rest.right) : [rest.right]))
    rest = rest.left
  }
  return [rest, ...terms]
}

export function isBinary(node: jsep.Expression): node is jsep.BinaryExpression {
  return node.type === 'BinaryExpression'
}

export function isUnary(node: jsep.Expression): node is jsep.UnaryExpression {
  return node.type === 'UnaryExpression'
}

export function isLiteral(node: jsep.Expression): node is jsep.Literal {
  return node.type === 'Literal'
}

export function isIdentifier(node: jsep.Expression): node is jsep.Identifier {
  return node.type === 'Identifier'
}

export function isCall(node: jsep.Expression): node is jsep.CallExpression {
  return node.type === 'CallExpression'
}

export function isArray(node: jsep.Expression): node is jsep.ArrayExpression {
  return node.type === 'ArrayExpression'
}

/** The expression again, for messages. */
export function textOf(node: jsep.Expression): string {
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

export function usageError(message: string): SurveyError {
  return new SurveyError(`--where: ${message}`, { kind: 'usage' })
}
