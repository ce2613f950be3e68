import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type Harmonisation, harmonise, type WaveReading } from '../definitions/harmonised-definition.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { isTimeSeries, waveName } from '../definitions/wave-order.js'
import { SurveyError } from '../formats/survey-error.js'
import type { InputOptions } from '../formats/survey-input.js'
import type { GroupOptions } from '../stages/group.js'
import { type BuildPlan, compileUnchecked, type SurveyFile } from './plan.js'
import type { Recipe } from './recipe.js'
import { checkSurvey } from './survey-check.js'
import { openSurveyFile } from './survey-file.js'

/** A survey file with the definition of its own wave. */
export interface WaveInput {
  input: string
  definition: LoadedDefinition
}

/** One of several survey files, with how it is read into the dataset that they make together. */
export interface WaveFile {
  /** The file as it is, under its own column names. */
  survey: SurveyFile
  reading: WaveReading
  /** Stands in front of the interview ids of this file. */
  idPrefix: string
  plan: BuildPlan
}

/** What will be done with several survey files: compiled and checked in full before the first record is read. */
export interface WavesPlan {
  harmonisation: Harmonisation
  files: WaveFile[]
  /** What a person should know of the files together. */
  notes: string[]
}

/**
 * Compiles the plans of several survey files of the same or of different waves that become one dataset. Throws a
 * SurveyError where a file is refused alone, where two files are the same, or where the recipe asks for what is tied to
 * one file or is in none of them.
 */
export async function planWaves(
  inputs: readonly WaveInput[],
  recipe: Recipe,
  options: InputOptions = {},
  groupBy: { names: readonly string[]; flag: string } = { names: [], flag: '' },
): Promise<WavesPlan> {
  refuseTiedToOneFile(recipe)
  const surveys: SurveyFile[] = []
  for (const { input, definition } of inputs) {
    const survey = await openSurveyFile(input, options)
    checkSurvey(survey, definition)
    surveys.push(survey)
  }
  await refuseSameFiles(surveys)
  const harmonisation = harmonise(inputs.map(({ definition }) => definition))
  const prefixes = idPrefixes(inputs)
  const files = surveys.map((survey, index): WaveFile => {
    const reading = harmonisation.readings[index]
    const columns = survey.dialect.columns.map((column) => reading.columns.get(column) ?? `(${column})`)
    const renamed = { ...survey, dialect: { ...survey.dialect, columns } }
    const { loaded, constants } = reading
    const idPrefix = prefixes[index]
    const plan = compileUnchecked(renamed, harmonisation.loaded, recipe, groupBy, {
      loaded,
      constants,
      idPrefix,
      isPart: true,
    })
    return { survey, reading, idPrefix, plan }
  })
  const plans = files.map(({ plan }) => plan)
  for (const [place, group] of plans[0].groups.entries()) refuseAbsent(plans, ({ groups }) => groups[place], group)
  for (const [place, cell] of (plans[0].draw?.cells ?? []).entries()) {
    refuseAbsent(plans, ({ draw }) => draw?.cells[place], cell)
  }
  return { harmonisation, files, notes: notesOf(inputs) }
}

function refuseTiedToOneFile({ name, referenceTables, split }: Recipe): void {
  const tied = referenceTables ? `the recipe ${name}` : split.method === 'shuffle' ? '--split shuffle' : undefined
  if (tied === undefined) return
  throw new SurveyError(`${tied} is that of a benchmark made from one file; pass one survey file, not several`, {
    kind: 'usage',
  })
}

/** Only files of one length are read for it. */
async function refuseSameFiles(surveys: readonly SurveyFile[]): Promise<void> {
  const known = new Map<string, SurveyFile>()
  for (const [place, survey] of surveys.entries()) {
    const isAlone = surveys.every((other, at) => at === place || other.bytes !== survey.bytes)
    if (isAlone) continue
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(survey.path)) hash.update(chunk)
    const sha256 = hash.digest('hex')
    const earlier = known.get(sha256)
    if (earlier !== undefined) {
      throw new SurveyError(
        `the same bytes as ${earlier.name}: each respondent would count twice; pass the file once`,
        {
          kind: 'usage',
          place: { file: survey.name },
        },
      )
    }
    known.set(sha256, survey)
  }
}

/** `w7-`, `ts-`; of a second file of the wave `w7.2-`. */
function idPrefixes(inputs: readonly WaveInput[]): string[] {
  const taken = new Map<string, number>()
  return inputs.map(({ definition: { definition } }) => {
    const { wave } = definition
    const plain = isTimeSeries(wave) ? 'ts' : `${/^\d/.test(wave) ? 'w' : ''}${wave.replace(/[^A-Za-z0-9_]+/g, '_')}`
    const times = (taken.get(plain) ?? 0) + 1
    taken.set(plain, times)
    return times === 1 ? `${plain}-` : `${plain}.${times}-`
  })
}

/** Refuses a variable to tell respondents apart by that no file has. */
function refuseAbsent(
  plans: readonly BuildPlan[],
  groupOf: (plan: BuildPlan) => GroupOptions | undefined,
  { name }: GroupOptions,
): void {
  const isThere = plans.some((plan) => {
    const group = groupOf(plan)
    const { columns = [], derived = [] } = plan.chain.derive ?? {}
    if (group === undefined) return false
    const input = group.column < columns.length ? group.column : derived[group.column - columns.length].input
    return input < 0 || columns[input].slot >= 0 || columns[input].constant !== undefined
  })
  if (!isThere) throw new SurveyError(`none of the files has a column for "${name}"`, { kind: 'usage' })
}

function notesOf(inputs: readonly WaveInput[]): string[] {
  const waves = [...new Set(inputs.map(({ definition: { definition } }) => definition.wave))]
  const others = waves.filter((wave) => /^[1-7]$/.test(wave)).sort()
  if (!waves.some(isTimeSeries) || others.length === 0) return []
  return [
    `the time series joins waves 1 to 7: where it holds ${others.map(waveName).join(' or ')}, those respondents are in the dataset twice`,
  ]
}
