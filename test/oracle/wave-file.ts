import { parse } from 'csv-parse/sync'
import { type LoadedDefinition, loadDefinition } from '#src/definitions/loader.js'
import type { Variable } from '#src/definitions/schema.js'

/** A survey file of one wave as rows of texts, made up from its definition: random codes, no person. */
export interface WaveFile {
  definition: LoadedDefinition
  header: string[]
  rows: string[][]
}

/** Numbers from 0 to below 1, the same for the same seed (a linear congruence, as in Knuth's MMIX). */
function numbers(seed: number): () => number {
  let state = BigInt(seed) + 1n
  return () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn
    return Number(state >> 11n) / 2 ** 53
  }
}

/**
 * Makes a file of a built-in wave up: every code of every scale, missing codes, codes that recodes know, a few off the
 * scale; the first two respondents share an interview id.
 */
export function waveFile(wave: string, year: number, respondents: number, seed: number): WaveFile {
  const definition = loadDefinition(wave)
  const { variables, roles } = definition.definition
  const random = numbers(seed)
  const below = (count: number) => Math.floor(random() * count)
  const kept = variables.filter(({ kind, id }) => kind !== 'technical' && (kind !== 'weight' || id === roles.weight))
  const rows = Array.from({ length: respondents }, (_, row) =>
    kept.map((variable) => {
      if (variable.id === roles.id) return String(1000 + Math.max(row, 1))
      if (variable.id === roles.weight) return (0.5 + below(100) / 50).toFixed(4)
      if (variable.id === roles.year) return String(year + below(3))
      return String(code(variable, definition, below))
    }),
  )
  return { definition, header: kept.map(({ id }) => id), rows }
}

function code(variable: Variable, definition: LoadedDefinition, below: (count: number) => number): number {
  const { scale, recodes = {}, name, kind } = variable
  const chance = below(100)
  if (kind === 'demographic' && chance < 95) {
    if (name === 'age') return 18 + below(70)
    if (name === 'birth_year') return 1930 + below(60)
    const labelled = Object.keys(definition.labelsOf(variable, { mended: true })).map(Number)
    const codes = labelled.filter((label) => label >= 0)
    return variable.measure === 'category' && codes.length > 0 ? codes[below(codes.length)] : 1 + below(6)
  }
  const recoded = Object.keys(recodes)
  if (chance < 5 && recoded.length > 0) return Number(recoded[below(recoded.length)])
  if (chance < 85 && scale !== undefined) return scale.min + below(scale.max - scale.min + 1)
  return chance < 99 ? -1 - below(5) : 77
}

export function waveFileText({ header, rows }: Pick<WaveFile, 'header' | 'rows'>): string {
  return `${[header, ...rows].map((row) => row.join(',')).join('\n')}\n`
}

/** One answer, put together in the plainest way. */
export interface PlainExample {
  respondent_id: string
  question: string
  answer: number
  wave: number
  year: number
  country: string | null
  sex: string | null
  age: number | null
}

/**
 * The examples of a file whose questions go by their harmonised ids, read with csv-parse and loops. Right for waves whose
 * scales need no turning: `rename` says which ids are other than the harmonised ones.
 */
export function plainExamples(
  text: string,
  { definition, variable: find, labelsOf }: LoadedDefinition,
  rename: (variable: Variable) => string,
): PlainExample[] {
  const [header, ...rows]: string[][] = parse(text)
  const { roles, variables, wave } = definition
  const byName = (name: string) =>
    variables.find((variable) => variable.name === name && variable.kind === 'demographic')
  const seen = new Map<string, number>()
  const times = new Map<string, number>()
  const idAt = header.indexOf(roles.id)
  for (const row of rows) times.set(row[idAt], (times.get(row[idAt]) ?? 0) + 1)
  return rows.flatMap((row) => {
    const cell = (id: string | undefined) => (id === undefined ? Number.NaN : Number(row[header.indexOf(id)]))
    const label = (id: string) => {
      const variable = find(id)
      const labels = variable === undefined ? {} : labelsOf(variable, { mended: true })
      // A code without a label is written as its digits.
      return cell(id) < 0 ? null : (labels[cell(id)] ?? String(cell(id)))
    }
    const number = (seen.get(row[idAt]) ?? 0) + 1
    seen.set(row[idAt], number)
    const age = cell(byName('age')?.id)
    const who = {
      respondent_id: `w${wave}-${row[idAt]}${(times.get(row[idAt]) ?? 0) > 1 ? `-${number}` : ''}`,
      wave: Number(wave),
      year: cell(roles.year),
      country: label(roles.country),
      sex: label(byName('sex')?.id ?? ''),
      age: age < 0 ? null : age,
    }
    return variables.flatMap((variable) => {
      const { id, kind, scale, recodes = {} } = variable
      if (kind !== 'value' || scale === undefined || !header.includes(id)) return []
      const answer = Object.hasOwn(recodes, String(cell(id))) ? recodes[String(cell(id))] : cell(id)
      if (answer === null || answer < scale.min || answer > scale.max) return []
      return [{ ...who, question: rename(variable), answer }]
    })
  })
}
