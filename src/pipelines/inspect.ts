import { availableParallelism } from 'node:os'
import { type MissingReason, missingReasons } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { SurveyError } from '../formats/survey-error.js'
import type { InputOptions, Wrapping } from '../formats/survey-input.js'
import type { BlockProfile, CodeCounts } from '../stages/profile.js'
import { indexSurvey, type ReadSurveyOptions, surveyBlocks } from '../stages/read-survey.js'
import type { PassPlan } from '../stages/survey-pass.js'
import { compileUnchecked, type SurveyFile } from './plan.js'
import { builtInRecipes } from './recipe.js'
import { checkSurvey, findDefinition, invertedColumns, waveOf } from './survey-check.js'
import { openSurveyFile } from './survey-file.js'
import { startPass } from './survey-pass.js'

export interface InspectOptions extends InputOptions {
  input: string
  /** In place of the built-in definition that fits best. */
  definition?: LoadedDefinition
  threads?: number
  signal?: AbortSignal
}

/** What a survey file is and holds. */
export interface Inspection {
  /** `delimited`, `sav`, `zsav`, `dta`, ... */
  form: string
  /** What it is packed in, from the outermost; absent where it is not. */
  wrappings?: Wrapping[]
  encoding: string
  /** Null where the form has none. */
  delimiter: string | null
  /** The version cell as it stands. */
  release: string
  /** Null where it can not be told. */
  wave: string | null
  respondents: number
  countries: { code: number; label: string; respondents: number }[]
  years: { year: number; respondents: number }[]
  /**
   * Columns that the wave's definition knows (a number), columns of the file that it does not know, and value questions and
   * demographics that the file lacks.
   */
  columns: { known: number; unknown: string[]; missing: string[] }
  repeatedIds: { id: string; respondents: number }[]
  unlabelledCodes: { variable: string; code: number; respondents: number }[]
  /** Share of the cells of the value questions in the file that hold no answer, by reason. */
  missing: Partial<Record<MissingReason, number>>
  inverted: boolean
  /** Why a build refuses the file, and the way out; absent where it takes it, or no definition is known for it. */
  refusal?: string
}

/** Looks a survey file over: one pass to index it, one through the decoder. Throws a SurveyError where it is none. */
export async function inspect(options: InspectOptions): Promise<Inspection> {
  const survey = await openSurveyFile(options.input, options)
  const loaded = options.definition ?? findDefinition(survey.dialect)
  const wave = loaded?.definition.wave ?? waveOf(survey.dialect) ?? null
  const profile = new SurveyProfile()
  const ids = loaded !== undefined && survey.dialect.columns.includes(loaded.definition.roles.id)
  const { respondents, repeatedIds } = ids
    ? await profileSurvey(survey, loaded, profile, options)
    : { ...(await indexSurvey(bareReading(survey), options.signal)), repeatedIds: [] }
  const { dialect, input } = survey
  const wrappings = input?.wrappings ?? []
  const refusal = loaded === undefined ? undefined : refusalOf(survey, loaded)
  const version = dialect.columns.indexOf(loaded?.definition.roles.version ?? 'version')
  return {
    form: survey.form,
    ...(wrappings.length === 0 ? {} : { wrappings }),
    encoding: survey.encoding,
    delimiter: survey.form === 'delimited' ? dialect.delimiter : null,
    release: dialect.firstRecord[version] ?? '',
    wave,
    respondents,
    countries: profile.countriesOf(loaded),
    years: [...profile.years].map(([year, count]) => ({ year, respondents: count })).sort((a, b) => a.year - b.year),
    columns: compareColumns(dialect.columns, loaded),
    repeatedIds,
    unlabelledCodes: profile.unlabelledCodes(),
    missing: profile.missingShares(),
    inverted: loaded !== undefined && invertedColumns(dialect, loaded).length > 0,
    ...(refusal === undefined ? {} : { refusal }),
  }
}

function refusalOf(survey: SurveyFile, loaded: LoadedDefinition): string | undefined {
  try {
    checkSurvey(survey, loaded)
  } catch (error) {
    if (error instanceof SurveyError) return error.message
    throw error
  }
  return undefined
}

async function profileSurvey(
  survey: SurveyFile,
  loaded: LoadedDefinition,
  profile: SurveyProfile,
  { threads = availableParallelism(), signal }: InspectOptions,
) {
  const { read, chain } = compileUnchecked(survey, loaded, builtInRecipes.default)
  const { roles } = loaded.definition
  const slotOf = (id: string) => chain.decode.demographics.find((demographic) => demographic.id === id)?.slot ?? -1
  const { readBlock, parse, decode } = chain
  const pass: PassPlan = {
    readBlock,
    parse,
    decode,
    last: {
      stage: 'profile',
      options: {
        questions: decode.questions,
        demographics: decode.demographics,
        codeFields: decode.codeFields,
        countrySlot: slotOf(roles.country),
        yearSlot: slotOf(roles.year),
      },
    },
  }
  const pool = startPass<BlockProfile>(pass, threads, signal)
  try {
    const index = await indexSurvey(read, signal)
    for await (const block of pool.map(surveyBlocks(index, signal))) profile.add(block)
    profile.questions = decode.questions.filter(({ slot }) => slot >= 0).length
    return index
  } finally {
    await pool.close()
  }
}

/** How to count the records of a file whose columns mean nothing to us. */
function bareReading({ path, name, dialect, input }: SurveyFile): ReadSurveyOptions {
  const { encoding, delimiter, dataStart, dataLine } = dialect
  return {
    path,
    file: name,
    encoding,
    delimiter,
    dataStart,
    dataLine,
    idField: 0,
    columns: [],
    blockRows: 1 << 20,
    blockBytes: 1 << 30,
    excludedIds: [],
    ...(input === undefined ? {} : { input }),
  }
}

function compareColumns(columns: string[], loaded: LoadedDefinition | undefined): Inspection['columns'] {
  if (loaded === undefined) return { known: 0, unknown: columns, missing: [] }
  const { variables } = loaded.definition
  const present = new Set(columns)
  const known = new Set(variables.map(({ id }) => id))
  return {
    known: columns.filter((column) => known.has(column)).length,
    unknown: columns.filter((column) => !known.has(column)),
    missing: variables
      .filter(({ id, kind }) => (kind === 'value' || kind === 'demographic') && !present.has(id))
      .map(({ id }) => id),
  }
}

/** Adds up the profiles of a survey's blocks. */
class SurveyProfile {
  readonly years = new Map<number, number>()
  /** Value questions in the file. */
  questions = 0
  private rows = 0
  private readonly countries = new Map<number, number>()
  private readonly missing: number[] = []
  private readonly unlabelled = new Map<string, Map<number, number>>()

  add(block: BlockProfile): void {
    this.rows += block.rows
    addCounts(this.countries, block.countries)
    addCounts(this.years, block.years)
    for (const [reason, count] of block.missing.entries()) this.missing[reason] = (this.missing[reason] ?? 0) + count
    for (const [variable, codes] of block.unlabelled) {
      let known = this.unlabelled.get(variable)
      if (known === undefined) {
        known = new Map()
        this.unlabelled.set(variable, known)
      }
      addCounts(known, codes)
    }
  }

  countriesOf(loaded: LoadedDefinition | undefined): Inspection['countries'] {
    const variable = loaded?.variable(loaded.definition.roles.country)
    const labels = loaded === undefined || variable === undefined ? {} : loaded.labelsOf(variable, { mended: true })
    return [...this.countries]
      .map(([code, respondents]) => ({ code, label: labels[code] ?? '', respondents }))
      .sort((left, right) => left.code - right.code)
  }

  unlabelledCodes(): Inspection['unlabelledCodes'] {
    return [...this.unlabelled].flatMap(([variable, codes]) =>
      [...codes].map(([code, respondents]) => ({ variable, code, respondents })).sort((a, b) => a.code - b.code),
    )
  }

  missingShares(): Inspection['missing'] {
    const shares: Inspection['missing'] = {}
    const cells = this.rows * this.questions
    for (const [index, reason] of missingReasons.entries()) {
      const count = this.missing[index] ?? 0
      if (count > 0) shares[reason] = Number((count / cells).toPrecision(6))
    }
    return shares
  }
}

function addCounts(target: Map<number, number>, counts: CodeCounts): void {
  for (const [code, count] of counts) target.set(code, (target.get(code) ?? 0) + count)
}
