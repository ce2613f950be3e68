import type jsep from 'jsep'
import { didYouMean } from '../../formats/nearest-name.js'
import { SurveyError } from '../../formats/survey-error.js'
import {
  type ArithmeticOperator,
  arithmeticOperators,
  type ComparisonOperator,
  type Condition,
  comparisonOperators,
  type Quantity,
} from '../../stages/condition.js'
import type { CodeColumn, CodeColumns } from '../code-columns.js'
import {
  checkDepth,
  isArray,
  isBinary,
  isCall,
  isIdentifier,
  isLiteral,
  isUnary,
  textOf,
  usageError,
} from './expression.js'
import { asColumn, codesOf, isNegative, list, literal, literalNumber, nameOf, type Operand } from './operand.js'

/** Checks the types of an expression and turns it into conditions, names into columns, labels into codes. */
export class ConditionChecker {
  constructor(private readonly columns: CodeColumns) {}

  condition(node: jsep.Expression, depth: number): Condition {
    const operand = this.operand(node, depth)
    if (operand.kind === 'condition') return operand.condition
    throw usageError(`${textOf(node)} is no condition; expected a comparison such as age >= 30`)
  }

  private operand(node: jsep.Expression, depth: number): Operand {
    checkDepth(depth)
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

function isComparison(operator: string): operator is ComparisonOperator {
  return comparisonOperators.some((known) => known === operator)
}

function isArithmetic(operator: string): operator is ArithmeticOperator {
  return arithmeticOperators.some((known) => known === operator)
}
