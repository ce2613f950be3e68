import type { Condition, Quantity } from '../stages/condition.js'
import type { CodeColumns } from './code-columns.js'
import { ConditionChecker } from './where/condition-checker.js'
import { conjuncts, longest, parseExpression, textOf, usageError } from './where/expression.js'

/** One of the conditions that `&&` joins, with its text for messages. */
export interface WhereTerm {
  text: string
  condition: Condition
}

/**
 * Parses and checks the expression of `--where`: names become columns (which `columns` takes note of), labels become
 * codes, types are checked. Gives the conditions that `&&` joins at the top, in their order; nothing of the
 * expression is ever run as code. Throws a SurveyError that says what is wrong and what is nearest.
 */
export function parseWhere(expression: string, columns: CodeColumns): WhereTerm[] {
  if (expression.length > longest) {
    throw usageError(`the expression has ${expression.length} characters; expected ${longest} at most`)
  }
  const checker = new ConditionChecker(columns)
  return conjuncts(parseExpression(expression)).map((node) => ({
    text: textOf(node),
    condition: checker.condition(node, 0),
  }))
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
