/** Arithmetic over the columns of codes; plain JSON. A missing value makes the result missing. */
export type Quantity =
  | { op: 'number'; value: number }
  | { op: 'column'; column: number }
  | { op: 'negate'; operand: Quantity }
  | { op: ArithmeticOperator; left: Quantity; right: Quantity }

export const arithmeticOperators = ['+', '-', '*', '/', '%'] as const
export type ArithmeticOperator = (typeof arithmeticOperators)[number]

export const comparisonOperators = ['==', '!=', '<', '<=', '>', '>='] as const
export type ComparisonOperator = (typeof comparisonOperators)[number]

/** A condition on one respondent; plain JSON, its types checked when the plan was compiled. */
export type Condition =
  | { op: 'and' | 'or'; terms: Condition[] }
  | { op: 'not'; term: Condition }
  | { op: 'compare'; operator: ComparisonOperator; left: Quantity; right: Quantity }
  /** The column's code is one of these. */
  | { op: 'in'; column: number; codes: number[] }
  | { op: 'missing'; column: number }

/** SQL's three truth values: a comparison with a missing value is `unknown`. */
export const truth = { no: 0, yes: 1, unknown: 2 } as const

/** Value of a row: NaN where missing. */
type QuantityOf = (row: number) => number
/** Truth of a row, as one of `truth`. */
type TruthOf = (row: number) => number

/**
 * Turns a condition into a function of the row, over columns of codes in which `nullValue` stands for missing. The
 * columns may change between calls: they are looked up through `columns`.
 */
export function compileCondition(condition: Condition, columns: Int32Array[], nullValue: number): TruthOf {
  const compile = (inner: Condition) => compileCondition(inner, columns, nullValue)
  switch (condition.op) {
    case 'and':
      return joinTerms(condition.terms.map(compile), truth.no, truth.yes)
    case 'or':
      return joinTerms(condition.terms.map(compile), truth.yes, truth.no)
    case 'not': {
      const term = compile(condition.term)
      return (row) => {
        const value = term(row)
        return value === truth.unknown ? value : 1 - value
      }
    }
    case 'compare': {
      const left = compileQuantity(condition.left, columns, nullValue)
      const right = compileQuantity(condition.right, columns, nullValue)
      return compileComparison(condition.operator, left, right)
    }
    case 'in': {
      const { column } = condition
      const codes = new Set(condition.codes)
      return (row) => {
        const code = columns[column][row]
        if (code === nullValue) return truth.unknown
        return codes.has(code) ? truth.yes : truth.no
      }
    }
    case 'missing': {
      const { column } = condition
      return (row) => (columns[column][row] === nullValue ? truth.yes : truth.no)
    }
    default:
      throw new Error(`unknown condition: ${JSON.stringify(condition satisfies never)}`)
  }
}

/** The columns that a condition looks at. */
export function columnsOf(condition: Condition): Set<number> {
  const columns = new Set<number>()
  const visit = (part: Condition | Quantity): void => {
    if ('column' in part) columns.add(part.column)
    if ('terms' in part) for (const term of part.terms) visit(term)
    if ('term' in part) visit(part.term)
    if ('operand' in part) visit(part.operand)
    if ('left' in part) for (const side of [part.left, part.right]) visit(side)
  }
  visit(condition)
  return columns
}

/** `decisive` of one term decides all; else one unknown term makes the whole unknown. */
function joinTerms(terms: TruthOf[], decisive: number, otherwise: number): TruthOf {
  return (row) => {
    let result = otherwise
    for (let index = 0; index < terms.length; index++) {
      const value = terms[index](row)
      if (value === decisive) return decisive
      if (value === truth.unknown) result = truth.unknown
    }
    return result
  }
}

function compileComparison(operator: ComparisonOperator, left: QuantityOf, right: QuantityOf): TruthOf {
  const holds = comparison(operator)
  return (row) => {
    const leftValue = left(row)
    const rightValue = right(row)
    if (Number.isNaN(leftValue) || Number.isNaN(rightValue)) return truth.unknown
    return holds(leftValue, rightValue) ? truth.yes : truth.no
  }
}

function comparison(operator: ComparisonOperator): (left: number, right: number) => boolean {
  switch (operator) {
    case '==':
      return (left, right) => left === right
    case '!=':
      return (left, right) => left !== right
    case '<':
      return (left, right) => left < right
    case '<=':
      return (left, right) => left <= right
    case '>':
      return (left, right) => left > right
    case '>=':
      return (left, right) => left >= right
    default:
      throw new Error(`unknown comparison: ${String(operator satisfies never)}`)
  }
}

function compileQuantity(quantity: Quantity, columns: Int32Array[], nullValue: number): QuantityOf {
  switch (quantity.op) {
    case 'number': {
      const { value } = quantity
      return () => value
    }
    case 'column': {
      const { column } = quantity
      return (row) => {
        const code = columns[column][row]
        return code === nullValue ? Number.NaN : code
      }
    }
    case 'negate': {
      const operand = compileQuantity(quantity.operand, columns, nullValue)
      return (row) => -operand(row)
    }
    default: {
      const left = compileQuantity(quantity.left, columns, nullValue)
      const right = compileQuantity(quantity.right, columns, nullValue)
      return compileArithmetic(quantity.op, left, right)
    }
  }
}

/** A division by zero has no value, as in SQL. */
function compileArithmetic(operator: ArithmeticOperator, left: QuantityOf, right: QuantityOf): QuantityOf {
  switch (operator) {
    case '+':
      return (row) => left(row) + right(row)
    case '-':
      return (row) => left(row) - right(row)
    case '*':
      return (row) => left(row) * right(row)
    case '/':
      return (row) => {
        const divisor = right(row)
        return divisor === 0 ? Number.NaN : left(row) / divisor
      }
    case '%':
      return (row) => left(row) % right(row)
    default:
      throw new Error(`unknown arithmetic: ${String(operator satisfies never)}`)
  }
}
