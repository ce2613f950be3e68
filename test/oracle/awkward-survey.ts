import { Xoshiro128 } from '#src/random/xoshiro128.js'
import { type Dialect, wave7 } from './survey-oracle.js'

/** Ways in which a wave-7 file comes. */
export const surveyLayouts = ['cross-national', 'country', 'country-float', 'spreadsheet'] as const
export type SurveyLayout = (typeof surveyLayouts)[number]

export interface AwkwardSurvey {
  bytes: Buffer
  dialect: Dialect
  columns: string[]
}

interface LayoutSyntax {
  delimiter: string
  lineEnd: string
  byteOrderMark: boolean
  decimalComma: boolean
  encoding: Dialect['encoding']
  /** A delimiter behind the last cell of a row, which the header lacks. */
  spareDelimiter: boolean
  header(column: string): string
  number(value: number): string
}

const syntaxes: Record<SurveyLayout, LayoutSyntax> = {
  'cross-national': {
    delimiter: ',',
    lineEnd: '\n',
    byteOrderMark: false,
    decimalComma: false,
    encoding: 'utf-8',
    spareDelimiter: false,
    header: (column) => `"${column}"`,
    number: String,
  },
  country: {
    delimiter: ';',
    lineEnd: '\n',
    byteOrderMark: true,
    decimalComma: false,
    encoding: 'utf-8',
    spareDelimiter: false,
    header: (column) => `"${column}"`,
    number: String,
  },
  'country-float': {
    delimiter: ';',
    lineEnd: '\n',
    byteOrderMark: true,
    decimalComma: false,
    encoding: 'utf-8',
    spareDelimiter: true,
    header: (column) => `"${column}"`,
    number: floatText,
  },
  spreadsheet: {
    delimiter: ';',
    lineEnd: '\r\n',
    byteOrderMark: false,
    decimalComma: true,
    encoding: 'windows-1252',
    spareDelimiter: false,
    header: (column) => (column.startsWith('Q') ? `${column}: Variável ${column}: número` : column),
    number: (value) => String(value).replace('.', ','),
  },
}

/** `7.0`, and from ten million on `1.70070052E8`. */
function floatText(value: number): string {
  if (!Number.isInteger(value)) return String(value)
  if (Math.abs(value) < 1e7) return `${value}.0`
  const [digits, exponent] = value.toExponential().split('e+')
  return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent}`
}

/**
 * A small survey of all the variables that the definition knows, with everything in its cells that a cell has been seen
 * to hold: missing codes, codes without a label or out of range, other ways to write a number, text, blanks, empty cells,
 * quotes and line breaks within quotes, rows too short and too long, ids that repeat, empty lines. The same for the
 * same seed.
 */
export function awkwardSurvey(layout: SurveyLayout, respondents: number, seed: number): AwkwardSurvey {
  const syntax = syntaxes[layout]
  const random = Xoshiro128.seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]
  const variables = wave7.variables.filter(({ id }) => layout === 'cross-national' || !/^Q(8[0-9]|28[1-3])$/.test(id))
  const columns = [...variables.map(({ id }) => id), 'REMARK']
  const codes = variables.map(({ labels, scale, recodes = {} }) => {
    const known = typeof labels === 'object' ? Object.keys(labels).map(Number).filter(Number.isInteger) : []
    const onScale =
      scale === undefined ? [] : Array.from({ length: scale.max - scale.min + 1 }, (_, at) => scale.min + at)
    return [...known, ...onScale, ...onScale, ...Object.keys(recodes).map(Number), -1, -2, -3, -4, -5]
  })
  const odd = [
    '',
    '',
    ' ',
    '0.5',
    '99',
    '7777',
    '-99',
    '-9999',
    'NA',
    'nan',
    'DE',
    '" 2 "',
    '"3"',
    '+1',
    '1.0',
    '2.0E0',
  ]
  const oddComma = ['0,5', '1,0', '"2,0"']
  const remarks = ['""', '"a ""quoted"" word"', `"one${syntax.lineEnd}two"`, `"${syntax.delimiter}"`, 'plain', 'é']
  const lines = [columns.map((column) => syntax.header(column)).join(syntax.delimiter)]
  for (let row = 0; row < respondents; row++) {
    const id = row % 9 === 5 ? 858069901 : 8_070_000 + row * 13
    const cells = variables.map((variable, index) => {
      if (variable.id === 'D_INTERVIEW') return row % 17 === 3 ? `"${id}"` : syntax.number(id)
      if (variable.id === 'version') return '"synthetic"'
      if (variable.id === 'W_WEIGHT') return row % 11 === 4 ? '' : syntax.number(random.below(2_000_000) / 1e6)
      if (variable.id === 'J_INTDATE') return syntax.number(20180100 + random.below(28))
      if (random.below(30) === 0) return pick(syntax.decimalComma ? [...odd, ...oddComma] : odd)
      return syntax.number(pick(codes[index]))
    })
    cells.push(pick(remarks))
    if (syntax.spareDelimiter) cells.push('')
    if (row % 23 === 21) cells.length -= 40
    if (row % 29 === 27) cells.push('1', '2')
    lines.push(cells.join(syntax.delimiter))
    if (row % 31 === 30) lines.push('')
  }
  const text = `${syntax.byteOrderMark ? '\ufeff' : ''}${lines.join(syntax.lineEnd)}`
  const { delimiter, decimalComma, encoding } = syntax
  return {
    bytes: Buffer.from(text, encoding === 'utf-8' ? 'utf8' : 'latin1'),
    dialect: { delimiter, decimalComma, encoding, fields: columns.length + (syntax.spareDelimiter ? 1 : 0) },
    columns,
  }
}
