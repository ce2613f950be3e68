import type { LoadedDefinition } from '../../definitions/loader.js'
import type { Variable } from '../../definitions/schema.js'
import { fixedFraction } from './chance.js'
import { type Fill, fillsByColumn, type Layout, readWave7 } from './layout.js'
import { decimalText } from './number-text.js'

/** What a respondent thinks, in a few numbers: answers load on these. */
export const traitNames = ['secular', 'trust', 'engagement', 'wellbeing', 'liberal', 'security'] as const

/** One column whose cells are answers: a code out of a few, drawn by where a person stands. */
export interface AnswerItem {
  column: string
  /** Row numbers of the answers, in the order of the scale. */
  codes: number[]
  /** Row numbers of what is no answer on the scale, each with its share of all respondents. */
  special: [value: number, share: number][]
  /** Typical mean answer: 0 the first code, 1 the last. */
  position: number
  /** Index of the two traits that the answer depends on, and by how much. */
  traits: [number, number]
  loadings: [number, number]
  /** Share of countries that ask it; or the one organisation whose countries do. */
  asked: number
  organisation?: string
  /** What the row numbers stand for, where they are not the codes themselves. */
  tokens?: string[]
}

interface Marginals {
  positions: Record<string, number>
  /** By trait, then by variable. */
  loadings: Record<string, Record<string, number>>
}

const traitOfCategory = new Map([
  ['Religious Values', 0],
  ['Ethical Values', 0],
  ['Social Values, Norms, Stereotypes', 4],
  ['Happiness and Wellbeing', 3],
  ['Social Capital, Trust and Organizational Membership', 1],
  ['Perceptions of Corruption', 1],
  ['Perceptions of Security', 5],
  ['Perceptions of Migration', 4],
  ['Political Interest and Political Participation', 2],
  ['Political Culture and Political Regimes', 2],
])

/** The answer columns of a layout, in its order. */
export function answerItems(layout: Layout, definition: LoadedDefinition): AnswerItem[] {
  const marginals = readWave7<Marginals>('synthetic-marginals.json')
  const fills = fillsByColumn(layout)
  const items: AnswerItem[] = []
  for (const column of layout.columns) {
    const variable = definition.variable(column)
    const fill = fills.get(column)
    if (variable !== undefined && isAnswer(variable)) items.push(itemOfVariable(variable, definition, marginals))
    else if (fill?.kind === 'answer') items.push(itemOfCodes(column, fill))
    else if (fill?.kind === 'index') items.push(itemOfIndex(column, fill, layout))
  }
  return items
}

/** Columns that other columns of the same row decide. */
const recoded = /^Q(\d+R|\d+_3|82)$/

/** Questions of the questionnaire's opinion part, which ends before the questions on the person (`Q260`). */
function isAnswer({ id, kind, measure }: Variable): boolean {
  if (kind === 'value') return true
  const number = Number(/^Q(\d+)/.exec(id)?.[1] ?? Number.POSITIVE_INFINITY)
  return kind === 'technical' && measure !== 'text' && number < 260 && number !== 223 && !recoded.test(id)
}

function itemOfVariable(variable: Variable, definition: LoadedDefinition, marginals: Marginals): AnswerItem {
  const { id, recodes, scale } = variable
  const labels = definition.labelsOf(variable, { mended: false })
  const codes = Object.keys(labels)
    .map(Number)
    .filter((code) => code >= 0)
  const placeOf = (code: number) => recodes?.[String(code)] ?? code
  // Codes that recodes drop, or that share their place on the scale with a code that belongs there, are rare.
  const rare = codes.filter(
    (code) =>
      recodes?.[String(code)] === null ||
      (scale !== undefined &&
        code < scale.min &&
        codes.some((other) => other > code && placeOf(other) === placeOf(code))),
  )
  const nonResponse =
    0.008 + 0.06 * fixedFraction('non-response', numberOf(id)) * fixedFraction('difficult', numberOf(id))
  const special: [number, number][] = [
    [-1, nonResponse * 0.72],
    [-2, nonResponse * 0.26],
  ]
  if (labels['-5'] !== undefined) special.push([-5, nonResponse * 0.02])
  for (const code of rare) special.push([code, 0.012])
  const organisation = /^Q82_(.+)$/.exec(id)?.[1]
  return {
    column: id,
    codes: codes.filter((code) => !rare.includes(code)).sort((one, other) => placeOf(one) - placeOf(other)),
    special,
    position: marginals.positions[id] ?? 0.5,
    ...pulls(id, traitOfCategory.get(variable.category ?? '') ?? 5, marginals),
    asked: 0.98,
    ...(organisation === undefined ? {} : { organisation }),
  }
}

function itemOfCodes(column: string, { codes, asked }: Extract<Fill, { kind: 'answer' }>): AnswerItem {
  return {
    column,
    codes,
    special: [
      [-1, 0.02],
      [-2, 0.01],
    ],
    position: 0.4,
    ...pulls(column, 2),
    asked,
  }
}

/** An index from 0 to 1 whose missing code is -99. */
function itemOfIndex(column: string, fill: Extract<Fill, { kind: 'index' }>, layout: Layout): AnswerItem {
  const { steps = 1 } = fill
  const values = fill.values ?? Array.from({ length: steps + 1 }, (_, step) => step / steps)
  const digits = layout.digits >= 17 ? 17 : 6
  return {
    column,
    codes: values.map((_, index) => index),
    special: [[values.length, 0.015]],
    position: fill.position,
    ...pulls(column, 0),
    asked: 1,
    tokens: [...values, -99].map((value) => decimalText(value, layout, digits)),
  }
}

function numberOf(id: string): number {
  return Number(/\d+/.exec(id)?.[0] ?? 0)
}

/** How an answer hangs on the traits: as the marginals say, or fixed for the column for good. */
function pulls(column: string, usual: number, marginals?: Marginals): Pick<AnswerItem, 'traits' | 'loadings'> {
  const second = Math.floor(fixedFraction(`${column} second`) * traitNames.length)
  const secondPull = 0.4 * fixedFraction(`${column} pull`) - 0.2
  for (const [trait, name] of traitNames.entries()) {
    const given = marginals?.loadings[name]?.[column]
    if (given !== undefined) return { traits: [trait, second], loadings: [given, secondPull] }
  }
  const sign = fixedFraction('sign', numberOf(column)) < 0.5 ? -1 : 1
  return { traits: [usual, second], loadings: [sign * (0.3 + 0.35 * fixedFraction(column)), secondPull] }
}
