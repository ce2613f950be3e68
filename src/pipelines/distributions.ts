import { availableParallelism } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import type { MissingReason } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { waveVariable } from '../definitions/wave-numbering.js'
import { SurveyError } from '../formats/survey-error.js'
import type { InputOptions } from '../formats/survey-input.js'
import { SideThread } from '../pool/side-thread.js'
import { groupReader } from '../stages/group.js'
import { AnswerChanges, type ChangeReport } from './answer-changes.js'
import type { AnswerPairs } from './answer-pairs.js'
import { partCount, wholeTable } from './columnar-table.js'
import { opinionLines, pairTables } from './distribution-tables.js'
import { type EncodedTable, encodeTable, joinParts, type TableFormat } from './encoded-table.js'
import { OutputFolder } from './output-folder.js'
import { pairAnswers } from './pair-answers.js'
import { encodeParts, type PairTableWork, type TakenPart } from './pair-table-work.js'
import { type BuildPlan, compilePlan, type SurveyFile } from './plan.js'
import { questionsTable } from './questions-table.js'
import type { DistributionFormat, Recipe } from './recipe.js'
import { type ListedFile, type ResultFile, writeResults } from './result-files.js'
import { type SelectionReport, selectionReport } from './selection-report.js'
import { openSurveyFile } from './survey-file.js'
import { type CountedSurvey, countAnswers } from './tabulation.js'
import { toolVersion } from './tool.js'
import { type HarmonisedReport, harmonisedReport } from './waves-manifest.js'
import type { WaveInput, WavesPlan } from './waves-plan.js'

/** What to count, however many files there are. */
interface CountingOptions extends InputOptions {
  out: string
  recipe: Recipe
  /** Variables whose groups are told apart; none for everybody together. */
  by: string[]
  formats: DistributionFormat[]
  /** Groups with fewer answers to a question than this are withheld. */
  minCell: number
  /** Kinds of missing that count in the denominator of the shares. */
  missingInDenominator: MissingReason[]
  threads?: number
  overwrite?: boolean
  signal?: AbortSignal
}

export interface DistributionOptions extends CountingOptions, WaveInput {}

export interface WavesDistributionOptions extends CountingOptions {
  inputs: readonly WaveInput[]
}

/** What a manifest says of a survey file whose answers were counted. */
interface CountedFile {
  name: string
  bytes: number
  sha256: string
  wave: string
}

/** What all manifests of distributions say. */
interface CountingManifest {
  format: 1
  tool: { name: 'wvs-etl'; version: string }
  recipe: Recipe
  by: string[]
  minCell: number
  missingInDenominator: MissingReason[]
  counts: {
    respondents: number
    selection?: SelectionReport
    groups: number
    questions: number
    /** Respondents in no group, since a variable of theirs is missing. */
    ungrouped: number
    /** Pairs of question and group: written, with fewer answers than `minCell`, and without any answer. */
    written: number
    withheld: number
    unanswered: number
    /** Of several waves: pairs of which the wave does not ask the question. */
    unasked?: number
  }
  files: ListedFile[]
}

export interface DistributionManifest extends CountingManifest {
  input: CountedFile
  definition: { wave: string; sha256: string }
}

/** The manifest of several files, which also tells what changed from wave to wave. */
export interface WavesDistributionManifest extends CountingManifest {
  inputs: (CountedFile & { definition: { wave: string; sha256: string } })[]
  harmonised: HarmonisedReport
  notes: string[]
  change: ChangeReport[]
}

/**
 * Counts, for each question and group, how the answers are distributed, and writes tables of it. Throws a SurveyError
 * where what is asked for is not there.
 */
export async function distributions(options: DistributionOptions): Promise<DistributionManifest> {
  const { threads = availableParallelism(), signal } = options
  return SideThread.during({ threads, signal }, async (side) => {
    side?.start()
    return distributionsBeside(options, side)
  })
}

async function distributionsBeside(
  options: DistributionOptions,
  side: SideThread | undefined,
): Promise<DistributionManifest> {
  const { definition, by } = options
  const survey = await openSurveyFile(options.input, options)
  const plan = compilePlan(survey, definition, countingRecipe(options), { names: by, flag: '--by' })
  refuseNoQuestion(plan)
  return OutputFolder.during(options, async (folder) => {
    const { answers, surveys, selection } = await count([plan], definition, options, side)
    return writeResults(folder, resultFiles(answers, undefined, definition, options, side), async (files) => {
      const { format, tool, ...counted } = countingManifest(plan, answers, surveys, selection, options)
      const input = await countedFile(survey, surveys[0], plan)
      return { format, tool, input, definition: { wave: plan.wave, sha256: plan.definitionHash }, ...counted, files }
    })
  })
}

/** The same over the files of several waves, each wave by itself, and what changed from each wave to the next. */
export async function waveDistributions(options: WavesDistributionOptions): Promise<WavesDistributionManifest> {
  const { threads = availableParallelism(), signal } = options
  return SideThread.during({ threads, signal }, (side) => waveDistributionsBeside(options, side))
}

async function waveDistributionsBeside(
  options: WavesDistributionOptions,
  side: SideThread | undefined,
): Promise<WavesDistributionManifest> {
  const by = ['wave', ...options.by.filter((name) => name !== 'wave')]
  const { planWaves } = await import('./waves-plan.js')
  const waves = await planWaves(options.inputs, countingRecipe(options), options, { names: by, flag: '--by' })
  const { loaded } = waves.harmonisation
  const plans = waves.files.map(({ plan }) => plan)
  refuseNoQuestion(plans[0])
  return OutputFolder.during(options, async (folder) => {
    const isAsked = askedBy(waves)
    const { answers, surveys, selection } = await count(plans, loaded, options, side, isAsked)
    const changes = new AnswerChanges(answers, isAsked, waves.harmonisation.apart)
    const chosen = new Set(answers.questions.map(({ id }) => id))
    return writeResults(folder, resultFiles(answers, changes, loaded, options, side), async (files) => {
      const { format, tool, counts, ...counted } = countingManifest(plans[0], answers, surveys, selection, options)
      return {
        format,
        tool,
        inputs: await Promise.all(
          waves.files.map(async ({ survey, plan }, place) => ({
            ...(await countedFile(survey, surveys[place], plan)),
            definition: { wave: plan.wave, sha256: plan.definitionHash },
          })),
        ),
        ...counted,
        counts: { ...counts, unasked: answers.unasked },
        harmonised: harmonisedReport(waves.harmonisation, chosen),
        notes: waves.notes,
        change: changes.reports,
        files,
      }
    })
  })
}

function countingRecipe({ recipe }: CountingOptions): Recipe {
  return { ...recipe, tables: [], referenceTables: false, demographics: ['none'] }
}

function refuseNoQuestion({ chain }: BuildPlan): void {
  if (chain.decode.questions.length > 0) return
  throw new SurveyError('--questions chooses no question to count', { kind: 'usage' })
}

/** Whether a wave, as a group, asks a question: one of its files has it. */
function askedBy({ files }: WavesPlan): (question: number, wave: number) => boolean {
  const known = files.map(({ plan, reading }) => {
    const code = reading.constants[waveVariable]
    // The time series says by respondent which wave it is.
    const wave = code === undefined ? undefined : groupReader(plan.groups[0])(code)
    return { wave, questions: plan.chain.decode.questions }
  })
  return (question, wave) =>
    known.some((file) => (file.wave === undefined || file.wave === wave) && file.questions[question].slot >= 0)
}

async function count(
  plans: readonly BuildPlan[],
  definition: LoadedDefinition,
  { threads = availableParallelism(), signal, minCell, missingInDenominator }: CountingOptions,
  side: SideThread | undefined,
  isAsked?: (question: number, wave: number) => boolean,
): Promise<{ answers: AnswerPairs; surveys: CountedSurvey[]; selection: SelectionReport | undefined }> {
  const [plan] = plans
  const wanted = { bySplit: false, weighted: true, profiles: false, isHashed: true }
  const { tables, surveys } = await countAnswers(plans, wanted, { threads, side, signal })
  const { questions, answerCodes } = plan.chain.decode
  const ids = questions.map(({ id }) => id)
  const answers = pairAnswers({
    answerCodes,
    groups: plan.groups,
    tables,
    questions: questionsTable(definition, ids, plan.recipe.labels === 'mended'),
    minCell,
    missingInDenominator,
    ...(isAsked === undefined ? {} : { isAsked: (question, { groups: [wave] }) => isAsked(question, wave) }),
  })
  const selection = tables.selection === undefined ? undefined : selectionReport(plan.conditions, tables.selection)
  return { answers, surveys, selection }
}

function tableFormats({ formats }: CountingOptions): TableFormat[] {
  return formats.filter((format) => format !== 'globalopinionqa')
}

/** The tables in every format, in order. */
function resultFiles(
  answers: AnswerPairs,
  changes: AnswerChanges | undefined,
  definition: LoadedDefinition,
  options: CountingOptions,
  side: SideThread | undefined,
): Promise<ResultFile[]>[] {
  const formats = tableFormats(options)
  const filesOf = (name: string, { rows, contents }: EncodedTable): ResultFile[] =>
    contents.map((content, place) => ({ path: `${name}.${formats[place]}`, rows, content }))
  const files: Promise<ResultFile[]>[] = []
  if (formats.length > 0) {
    files.push(
      encodePairTables(answers, formats, side, options.signal).then((tables) =>
        Object.entries(tables).flatMap(([name, table]) => filesOf(name, table)),
      ),
    )
    const changed = { change: changes?.shareColumns(), change_summary: changes?.summaryColumns() }
    for (const [name, columns] of Object.entries(changed)) {
      if (columns !== undefined)
        files.push(encodeTable(wholeTable(columns), formats).then((table) => filesOf(name, table)))
    }
  }
  if (!options.formats.includes('globalopinionqa')) return files
  const content = [Buffer.from(opinionLines(answers, definition))]
  return [...files, Promise.resolve([{ path: 'globalopinionqa.jsonl', rows: answers.questions.length, content }])]
}

/** The tables of pairs, whose parts the other thread encodes too where there is one. */
async function encodePairTables(
  pairs: AnswerPairs,
  formats: TableFormat[],
  side: SideThread | undefined,
  signal: AbortSignal | undefined,
): Promise<Record<string, EncodedTable>> {
  const next = new Int32Array(new SharedArrayBuffer(4))
  const sent: PairTableWork = { pairs, formats, next }
  const beside = side?.run<TakenPart[]>(new URL('./pair-table-work.js', import.meta.url), sent)
  // Whoever waits for it is told of a failure; the thread has nothing to do after it.
  beside?.then(
    () => side?.end(),
    () => {},
  )
  const tables = pairTables(pairs)
  const own = await encodeParts(Object.values(tables), sent, async () => {
    await turn()
    signal?.throwIfAborted()
  })
  const taken = [...own, ...((await beside) ?? [])].sort(([left], [right]) => left - right)
  const parts = taken.map(([, part]) => part)
  return Object.fromEntries(
    Object.entries(tables).map(([name, table]) => [name, joinParts(table, parts.splice(0, partCount(table)))]),
  )
}

async function countedFile(survey: SurveyFile, counted: CountedSurvey, plan: BuildPlan): Promise<CountedFile> {
  return { name: survey.name, bytes: survey.bytes, sha256: await counted.sha256, wave: plan.wave }
}

function countingManifest(
  plan: BuildPlan,
  answers: AnswerPairs,
  surveys: readonly CountedSurvey[],
  selection: SelectionReport | undefined,
  { minCell, missingInDenominator }: CountingOptions,
): Omit<CountingManifest, 'files'> {
  return {
    format: 1,
    tool: { name: 'wvs-etl', version: toolVersion },
    recipe: plan.recipe,
    by: plan.groups.map(({ name }) => name),
    minCell,
    missingInDenominator,
    counts: {
      respondents: surveys.reduce((sum, { respondents }) => sum + respondents, 0),
      ...(selection === undefined ? {} : { selection }),
      groups: answers.cells.length,
      questions: answers.questions.length,
      ungrouped: answers.ungrouped,
      written: answers.length,
      withheld: answers.withheld,
      unanswered: answers.unanswered,
    },
  }
}
