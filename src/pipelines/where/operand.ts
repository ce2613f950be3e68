import type jsep from 'jsep'
import { didYouMean } from '../../formats/nearest-name.js'
import type { Condition, Quantity } from '../../stages/condition.js'
import type { CodeColumn } from '../code-columns.js'
import { isLiteral, isUnary, textOf, usageError } from './expression.js'

/** What an expression is made of so far: a condition, a number, or something that only a comparison can take. */
export type Operand =
  | { kind: 'condition'; condition: Condition }
  | { kind: 'quantity'; quantity: Quantity }
  | { kind: 'category'; column: CodeColumn }
  | { kind: 'labelled'; column: CodeColumn }
  | { kind: 'label'; text: string }
  | { kind: 'list'; items: (string | number)[] }

export function isNegative(operand: Operand): boolean {
  return operand.kind === 'quantity' && operand.quantity.op === 'number' && operand.quantity.value < 0
}

export function asColumn(operand: Operand): { kind: 'category' | 'labelled'; column: CodeColumn } | undefined {
  return operand.kind === 'category' || operand.kind === 'labelled' ? operand : undefined
}

export function nameOf(left: Operand, right: Operand): string {
  const column = left.kind === 'category' ? left.column : asColumn(right)?.column
  return column?.name ?? 'it'
}

export function literalNumber(operand: Operand, node: jsep.Expression): number {
  if (operand.kind === 'quantity' && operand.quantity.op === 'number') return operand.quantity.value
  throw usageError(`${textOf(node)}: expected a label or a code`)
}

/** The codes that a label or a code stands for. */
export function codesOf(item: string | number, column: CodeColumn, where: string): number[] {
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

export function literal(node: jsep.Literal): Operand {
  if (typeof node.value === 'string') return { kind: 'label', text: node.value }
  if (typeof node.value === 'number') return { kind: 'quantity', quantity: { op: 'number', value: node.value } }
  throw usageError(`${node.raw} is not allowed; expected a number or a label in quotes`)
}

export function list(node: jsep.ArrayExpression): Operand {
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
