import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import type { Variable, WaveDefinition } from '#src/definitions/schema.js'
import { projectFolder } from '../project.js'
import { murmur3 } from './murmur.js'
import { pythonShuffle } from './python-random.js'
import { type Cell, emptyTable, type Table } from './table.js'

/** How a survey file is written. */
export interface Dialect {
  delimiter: string
  decimalComma: boolean
  encoding: 'utf-8' | 'windows-1252'
  /** Fields of a whole record. */
  fields: number
}

/** What a build is asked for; the defaults are those of the command. */
export interface OracleOptions {
  missing?: 'null' | 'label'
  columnNames?: 'name' | 'id'
  labels?: 'mended' | 'codebook'
  split?: 'hash' | 'shuffle' | 'none'
  ratios?: [number, number, number]
  seed?: number
  /** Ids, in the definition's order. */
  demographics?: string[]
  questions?: string[]
  weight?: boolean
  dropIds?: string[]
  onInvalid?: 'keep' | 'reject'
}

export const splits = ['train', 'valid', 'test'] as const
export type Split = (typeof splits)[number]

export interface OracleDataset {
  records: Record<Split, Table>
  examples: Record<Split, Table>
  respondents: number
  /** Cells and rows that can not be decoded: `variable reason` -> how many. */
  invalid: Map<string, number>
}

const waveFolder = join(projectFolder, 'src', 'definitions', 'wave7')
export const wave7: WaveDefinition = JSON.parse(readFileSync(join(waveFolder, 'wave.json'), 'utf8'))

/**
 * A dataset made from a survey file in the plainest way there is: csv-parse, objects and loops, one respondent after
 * the other. It shares no code with the toolkit, only the definition's JSON.
 */
export function deriveDataset(raw: Buffer, dialect: Dialect, options: OracleOptions = {}): OracleDataset {
  const text = new TextDecoder(dialect.encoding).decode(raw)
  const [header, ...lines]: string[][] = parse(text, {
    delimiter: dialect.delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  })
  const columns = header.map((cell) => cell.split(':')[0].trim())
  const demographics = chosen('demographic', options.demographics)
  const questions = chosen('value', options.questions)
  const byName = options.columnNames !== 'id'
  const idName = byName ? 'respondent_id' : 'D_INTERVIEW'
  const weightNames = options.weight === false ? [] : [byName ? 'weight' : 'W_WEIGHT']
  const whoNames = demographics.map(({ id, name = id }) => (byName ? name : id))
  const recordNames = [idName, ...weightNames, ...whoNames, ...questions.map(({ id }) => id)]
  const exampleNames = [idName, 'question', 'answer', ...weightNames, ...whoNames]
  const dataset: OracleDataset = {
    records: { train: emptyTable(recordNames), valid: emptyTable(recordNames), test: emptyTable(recordNames) },
    examples: { train: emptyTable(exampleNames), valid: emptyTable(exampleNames), test: emptyTable(exampleNames) },
    respondents: lines.length,
    invalid: new Map(),
  }
  const ids = uniqueIds(lines.map((line) => canonicalId(line[columns.indexOf('D_INTERVIEW')] ?? '')))
  const kept = lines
    .map((line, index) => ({ line, ...ids[index] }))
    .filter(({ plain }) => !(options.dropIds ?? []).includes(plain))
  const splitOf = assignSplits(kept, options)
  const count = (variable: string, reason: string) => {
    const key = `${variable} ${reason}`
    dataset.invalid.set(key, (dataset.invalid.get(key) ?? 0) + 1)
  }
  for (const [index, { line, id, plain }] of kept.entries()) {
    if (line.length !== dialect.fields) {
      count('', 'ragged-row')
      if (options.onInvalid === 'reject') continue
    } else if (plain === '') count('D_INTERVIEW', 'no-id')
    const cellOf = (variable: string) => line[columns.indexOf(variable)] ?? ''
    const weights = weightNames.map(() => readWeight(cellOf('W_WEIGHT'), dialect))
    const who = demographics.map((variable) => describe(variable, cellOf(variable.id), dialect, options, count))
    const answers = questions.map((variable) => readAnswer(variable, cellOf(variable.id), dialect, count))
    push(dataset.records[splitOf[index]], [id, ...weights, ...who, ...answers])
    for (const [place, { id: question }] of questions.entries()) {
      if (answers[place] === null) continue
      push(dataset.examples[splitOf[index]], [id, question, answers[place], ...weights, ...who])
    }
  }
  return dataset
}

function chosen(kind: Variable['kind'], ids: string[] | undefined): Variable[] {
  return wave7.variables.filter((variable) => variable.kind === kind && (ids?.includes(variable.id) ?? true))
}

function push({ columns }: Table, cells: Cell[]): void {
  for (const [index, cell] of cells.entries()) columns[index].push(cell)
}

/** `1.7E3`, `"1700"` and `1700.0` are one id. */
function canonicalId(cell: string): string {
  const number = readNumber(cell.trim(), false)
  return number !== null && Number.isSafeInteger(number) ? String(number) : cell.trim()
}

/** An id that repeats gets `-1`, `-2`, ... in file order. */
function uniqueIds(plain: string[]): { plain: string; id: string }[] {
  const times = new Map<string, number>()
  for (const id of plain) times.set(id, (times.get(id) ?? 0) + 1)
  const seen = new Map<string, number>()
  return plain.map((id) => {
    if (times.get(id) === 1) return { plain: id, id }
    const number = (seen.get(id) ?? 0) + 1
    seen.set(id, number)
    return { plain: id, id: `${id}-${number}` }
  })
}

function assignSplits(kept: { id: string }[], { split = 'hash', ratios = [70, 15, 15], seed = 0 }: OracleOptions) {
  const whole = ratios[0] + ratios[1] + ratios[2]
  if (split === 'none') return kept.map((): Split => 'train')
  if (split === 'hash') {
    return kept.map(({ id }): Split => {
      const share = murmur3(id, seed) / 2 ** 32
      return share < ratios[0] / whole ? 'train' : share < (ratios[0] + ratios[1]) / whole ? 'valid' : 'test'
    })
  }
  // The reference cuts its shuffled list into train, test and valid, in this order.
  const train = Math.trunc(kept.length * (ratios[0] / whole))
  const test = Math.trunc(kept.length * (ratios[2] / whole))
  const assigned = kept.map((): Split => 'valid')
  for (const [place, index] of pythonShuffle(seed, kept.length).entries()) {
    if (place < train) assigned[index] = 'train'
    else if (place < train + test) assigned[index] = 'test'
  }
  return assigned
}

const emptyTexts =
  ' #N/A #N/A\u0020N/A #NA -1.#IND -1.#QNAN -NaN -nan 1.#IND 1.#QNAN <NA> N/A NA NULL NaN None n/a nan null'.split(' ')

function isEmpty(cell: string): boolean {
  return cell === '#N/A N/A' || emptyTexts.includes(cell)
}

function readNumber(cell: string, decimalComma: boolean): number | null {
  const pointed = decimalComma ? cell.replace(',', '.') : cell
  return /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(pointed) ? Number(pointed) : null
}

type Count = (variable: string, reason: string) => void

/** The whole number in a cell; null where there is none, which is counted if the cell holds anything. */
function readCode({ id }: Variable, cell: string, { decimalComma }: Dialect, count: Count): number | null {
  const text = cell.trim()
  if (isEmpty(text)) return null
  const number = readNumber(text, decimalComma)
  if (number !== null && Number.isInteger(number) && Math.abs(number) < 2 ** 31) return number
  count(id, 'not-a-code')
  return null
}

function readAnswer(variable: Variable, cell: string, dialect: Dialect, count: Count): number | null {
  const code = readCode(variable, cell, dialect, count)
  if (code === null) return null
  const recoded = variable.recodes?.[code]
  if (recoded === null) return null
  const answer = recoded ?? code
  const { min, max } = variable.scale ?? { min: 1, max: 0 }
  if (answer >= min && answer <= max) return answer
  if (answer >= 0) count(variable.id, 'out-of-range')
  return null
}

function describe(variable: Variable, cell: string, dialect: Dialect, options: OracleOptions, count: Count): Cell {
  const code = readCode(variable, cell, dialect, count)
  if (code === null) return null
  if (variable.measure !== 'category') {
    const { min, max } = variable.scale ?? { min: 0, max: 2 ** 31 - 1 }
    if (code >= min && code <= max) return code
    if (code >= 0) count(variable.id, 'out-of-range')
    return null
  }
  const label = labelsOf(variable, options.labels ?? 'mended').get(code)
  if (code >= 0) {
    if (label === undefined) count(variable.id, 'no-label')
    return label ?? (options.onInvalid === 'reject' ? null : String(code))
  }
  const isMissing = wave7.missing.some((missing) => missing.code === code)
  return options.missing === 'label' && isMissing ? (label ?? null) : null
}

const labelTables = new Map<string, Map<number, string>>()

function labelsOf(variable: Variable, kind: 'mended' | 'codebook'): Map<number, string> {
  const key = `${kind} ${variable.id}`
  let table = labelTables.get(key)
  if (table === undefined) {
    const { labels = {} } = variable
    const codebook: Record<string, string> =
      typeof labels === 'string' ? JSON.parse(readFileSync(join(waveFolder, labels), 'utf8')) : labels
    const mended = [
      ...wave7.missing.map(({ code, label }): [number, string] => [code, label]),
      ...Object.entries(variable.mendedLabels ?? {}).map(([code, label]): [number, string] => [Number(code), label]),
    ]
    const own = Object.entries(codebook).map(([code, label]): [number, string] => [Number(code), label])
    table = new Map([...own, ...(kind === 'mended' ? mended : [])])
    labelTables.set(key, table)
  }
  return table
}

function readWeight(cell: string, { decimalComma }: Dialect): number | null {
  return readNumber(cell.trim(), decimalComma)
}
