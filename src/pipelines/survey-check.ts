import { builtInWaves, type LoadedDefinition, loadDefinition } from '../definitions/loader.js'
import { recogniseWave } from '../definitions/wave-recognition.js'
import type { Dialect } from '../formats/dialect.js'
import { didYouMean } from '../formats/nearest-name.js'
import { isEmptyText, parseNumberText } from '../formats/number-text.js'
import { type Place, SurveyError } from '../formats/survey-error.js'
import type { SurveyFile } from './plan.js'

/** Refuses a file that the definition can not be for, with the reason and the way out. */
export function checkSurvey({ name, dialect }: Pick<SurveyFile, 'name' | 'dialect'>, loaded: LoadedDefinition): void {
  const { definition } = loaded
  const place = { file: name, line: 1 }
  const columns = new Set(dialect.columns)
  const inverted = invertedColumns(dialect, loaded)
  if (inverted.length > 0) {
    throw new SurveyError(
      `this is an Inverted release (${inverted.length} columns such as ${inverted[0]}, with their scales turned round); ` +
        `expected the plain release of wave ${definition.wave}: download the file without "Inverted" in its name`,
      { place },
    )
  }
  const wave = waveOf(dialect)
  if (wave !== undefined && wave !== definition.wave && builtInWaves().includes(definition.wave)) {
    throw new SurveyError(
      `this is a file of wave ${wave}; expected one of wave ${definition.wave}: ` +
        `read it with the definition of its own wave${builtInWaves().includes(wave) ? `, --wave ${wave}` : ''}`,
      { place },
    )
  }
  if (wave === undefined) refuseOtherWave(dialect, loaded, place)
  for (const role of [definition.roles.id, definition.roles.country]) {
    if (columns.has(role)) continue
    throw new SurveyError(
      `no column ${role}, without which this is no survey file of wave ${definition.wave}${didYouMean(role, columns)}`,
      { place },
    )
  }
  const values = definition.variables.filter(({ kind }) => kind === 'value')
  const present = values.filter(({ id }) => columns.has(id))
  if (present.length === 0) {
    throw new SurveyError(
      `none of the ${values.length} value questions of wave ${definition.wave} is a column of this file; is it of another wave?`,
      { place },
    )
  }
  const slid = slidBy(dialect, loaded)
  if (slid !== 0) {
    const columnsOff = `${Math.abs(slid)} ${Math.abs(slid) === 1 ? 'column' : 'columns'} to the ${slid < 0 ? 'left' : 'right'}`
    throw new SurveyError(
      `the cells stand ${columnsOff} of their headers, as when a file with a delimiter behind each row was read without heed ` +
        'and saved again; take the file as it was published',
      { place: { file: name, line: dialect.dataLine } },
    )
  }
  const worded = wordedShare(
    dialect,
    present.map(({ id }) => id),
  )
  if (worded > 0.5) {
    throw new SurveyError(
      `${Math.round(worded * 100)} % of the answers in the first record are words where codes are expected: the file was exported ` +
        'with value labels in place of codes; export it again with codes ("values", "numeric")',
      { place: { file: name, line: dialect.dataLine } },
    )
  }
}

/** Refuses a file whose columns another built-in wave knows better, as the same names stand for other questions there. */
function refuseOtherWave({ columns }: Pick<Dialect, 'columns'>, loaded: LoadedDefinition, place: Place): void {
  const { definition, builtIn, variable } = loaded
  const [best] = builtIn ? recogniseWave(columns) : []
  if (best === undefined || best.wave === definition.wave) return
  const known = columns.filter((column) => variable(column) !== undefined).length
  if (best.known <= known) return
  throw new SurveyError(
    `this is a file of ${waveTitle(best.wave)}, which knows ${best.known} of its columns; expected one of ` +
      `${waveTitle(definition.wave)}, which knows ${known}: read it with the definition of its own wave, --wave ${best.wave}`,
    { place },
  )
}

function waveTitle(wave: string): string {
  return /^\d/.test(wave) ? `wave ${wave}` : 'the time series'
}

/** The columns by which an Inverted release shows. */
export function invertedColumns({ columns }: Pick<Dialect, 'columns'>, { definition }: LoadedDefinition): string[] {
  const present = new Set(columns)
  return definition.invertedColumns.filter((column) => present.has(column))
}

/**
 * The built-in definition that fits a file best: by the wave that it says it is of, else by its columns. Undefined where
 * that wave is not built in, no wave fits or two fit alike.
 */
export function findDefinition(dialect: Dialect): LoadedDefinition | undefined {
  const wave = waveOf(dialect)
  if (wave !== undefined) return builtInWaves().includes(wave) ? loadDefinition(wave) : undefined
  const [best, second] = recogniseWave(dialect.columns)
  return best === undefined || best.known === second?.known ? undefined : loadDefinition(best.wave)
}

/**
 * The wave that a file says it is of: the variable `A_WAVE` of the newer releases, in waves 5 and 6 `V1`, labelled "Wave". The
 * time series, which holds several, says none this way.
 */
export function waveOf({ columns, labels, firstRecord }: Dialect): string | undefined {
  if (columns.includes('S002VS')) return undefined
  const at = columns.findIndex((column, index) => column === 'A_WAVE' || (column === 'V1' && labels[index] === 'Wave'))
  const wave = parseNumberText(firstRecord[at] ?? '', false)
  return Number.isInteger(wave) && wave >= 1 && wave <= 99 ? String(wave) : undefined
}

/**
 * By how many columns the cells stand off their headers (negative: to the left), as the first record tells: its country
 * and year make no sense where they are, but do a step aside. 0 where that is not so.
 */
function slidBy({ columns, firstRecord }: Dialect, loaded: LoadedDefinition): number {
  const { roles } = loaded.definition
  const countryColumn = columns.indexOf(roles.country)
  const yearColumn = columns.indexOf(roles.year)
  if (countryColumn === -1 || yearColumn === -1) return 0
  const country = loaded.variable(roles.country)
  const countries = new Set(Object.keys(country === undefined ? {} : loaded.labelsOf(country, { mended: true })))
  const number = (column: number) => parseNumberText(firstRecord[column] ?? '', false)
  const isCountry = (column: number) => number(column) > 0 && countries.has(String(number(column)))
  const isYear = (column: number) => Number.isInteger(number(column)) && number(column) > 1980 && number(column) < 2100
  if (isCountry(countryColumn) || isYear(yearColumn)) return 0
  return [-1, 1, -2, 2].find((step) => isCountry(countryColumn + step) && isYear(yearColumn + step)) ?? 0
}

/** Which share of a record's answers are words. */
function wordedShare({ columns, firstRecord }: Dialect, questions: string[]): number {
  const fields = new Map(columns.map((column, field) => [column, field]))
  const answers = questions
    .map((id) => firstRecord[fields.get(id) ?? -1]?.trim() ?? '')
    .filter((cell) => !isEmptyText(cell))
  return answers.length === 0 ? 0 : answers.filter((cell) => /\p{L}{2}/u.test(cell)).length / answers.length
}
