import { availableParallelism } from 'node:os'
import { type MissingReason, missingReasons } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { questionSentence } from '../definitions/wording.js'
import { SurveyError } from '../formats/survey-error.js'
import type { InputOptions } from '../formats/survey-input.js'
import { groupLabel, noGroup } from '../stages/group.js'
import type { SurveyIndex } from '../stages/read-survey.js'
import { type AnswerTables, tabulateSurvey } from './answer-tables.js'
import { type TableColumn, tableParquet, tableText } from './columnar-table.js'
import { OutputFolder } from './output-folder.js'
import { type BuildPlan, compilePlan, type SurveyFile } from './plan.js'
import { type Question, questionsTable } from './questions-table.js'
import type { DistributionFormat, Recipe } from './recipe.js'
import { type ListedFile, type ResultFile, writeResults } from './result-files.js'
import { type SelectionReport, selectionReport } from './selection-report.js'
import { openSurveyFile } from './survey-file.js'
import { toolVersion } from './tool.js'

export interface DistributionOptions extends InputOptions {
  input: string
  out: string
  recipe: Recipe
  definition: LoadedDefinition
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

export interface DistributionManifest {
  format: 1
  tool: { name: 'wvs-etl'; version: string }
  input: { name: string; bytes: number; sha256: string; wave: string }
  definition: { wave: string; sha256: string }
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
  }
  files: ListedFile[]
}

/**
 * Counts, for each question and group, how the answers are distributed, and writes tables of it. Throws a SurveyError
 * where what is asked for is not there.
 */
export async function distributions(options: DistributionOptions): Promise<DistributionManifest> {
  const { recipe, definition, by, threads = availableParallelism(), signal } = options
  const survey = await openSurveyFile(options.input, options)
  const narrow: Recipe = { ...recipe, tables: [], referenceTables: false, demographics: ['none'] }
  const plan = compilePlan(survey, definition, narrow, { names: by, flag: '--by' })
  if (plan.chain.decode.questions.length === 0) {
    throw new SurveyError('--questions chooses no question to count', { kind: 'usage' })
  }
  const folder = await OutputFolder.prepare(options.out, options.overwrite ?? false)
  try {
    const wanted = { bySplit: false, weighted: true, profiles: false, isHashed: true }
    const { tables, index } = await tabulateSurvey(plan, wanted, threads, signal)
    const report = new DistributionReport(plan, tables, options)
    return await writeResults(folder, await report.files(), (files) => report.manifest(survey, index, files))
  } catch (error) {
    await folder.discard()
    throw error
  }
}

/** One pair of question and group that is written. */
interface Pair {
  question: number
  cell: number
  /** Where the question's slots start in the cell's tables. */
  at: number
  /** How many answered; of the others, how many count in the denominator. */
  answered: number
  answeredWeight: number
  denominator: number
  denominatorWeight: number
}

class DistributionReport {
  private readonly questions: Question[]
  private readonly answerCodes: number[]
  /** Cells in the order of their groups, and those pairs that are written. */
  private readonly order: number[]
  private readonly pairs: Pair[] = []
  /** All pairs, written or withheld, that have answers. */
  private withheld = 0
  private unanswered = 0
  private ungrouped = 0

  constructor(
    private readonly plan: BuildPlan,
    private readonly tables: AnswerTables,
    private readonly options: DistributionOptions,
  ) {
    const ids = plan.chain.decode.questions.map(({ id }) => id)
    this.questions = questionsTable(options.definition, ids, plan.recipe.labels === 'mended')
    this.answerCodes = plan.chain.decode.answerCodes
    const isGrouped = (cell: number) => plan.groups.length === 0 || !tables.cells[cell].includes(noGroup)
    const all = tables.cells.map((_, cell) => cell)
    for (const cell of all) if (!isGrouped(cell)) this.ungrouped += tables.respondents[cell]
    this.order = all.filter(isGrouped).sort((left, right) => compareGroups(tables.cells[left], tables.cells[right]))
    for (let question = 0; question < ids.length; question++) {
      for (const cell of this.order) this.addPair(question, cell)
    }
  }

  async files(): Promise<ResultFile[]> {
    const files: ResultFile[] = []
    const { formats } = this.options
    const long = formats.some((format) => format !== 'globalopinionqa') ? this.shareColumns() : []
    const summary = this.summaryColumns()
    for (const format of formats) {
      if (format === 'globalopinionqa') {
        const content = Buffer.from(this.opinionLines())
        files.push({ path: 'globalopinionqa.jsonl', rows: this.questions.length, content })
        continue
      }
      for (const [name, columns] of [['distributions', long] as const, ['summary', summary] as const]) {
        const content = format === 'parquet' ? await tableParquet(columns, 'snappy') : tableText(columns, format)
        files.push({ path: `${name}.${format}`, rows: columns[0].values.length, content })
      }
    }
    return files
  }

  manifest(survey: SurveyFile, index: SurveyIndex, files: ListedFile[]): DistributionManifest {
    const { plan, tables, options } = this
    return {
      format: 1,
      tool: { name: 'wvs-etl', version: toolVersion },
      input: { name: survey.name, bytes: survey.bytes, sha256: index.sha256, wave: plan.wave },
      definition: { wave: plan.wave, sha256: plan.definitionHash },
      recipe: plan.recipe,
      by: plan.groups.map(({ name }) => name),
      minCell: options.minCell,
      missingInDenominator: options.missingInDenominator,
      counts: {
        respondents: index.respondents,
        ...(tables.selection === undefined ? {} : { selection: selectionReport(plan.conditions, tables.selection) }),
        groups: this.order.length,
        questions: this.questions.length,
        ungrouped: this.ungrouped,
        written: this.pairs.length,
        withheld: this.withheld,
        unanswered: this.unanswered,
      },
      files,
    }
  }

  private addPair(question: number, cell: number): void {
    const { missingInDenominator, minCell } = this.options
    const at = question * this.tables.slots
    const counts = this.tables.counts[cell]
    const weights = this.tables.weights[cell]
    const codes = this.answerCodes.length
    let answered = 0
    let answeredWeight = 0
    for (let slot = at; slot < at + codes; slot++) {
      answered += counts[slot]
      answeredWeight += weights[slot]
    }
    if (answered === 0) this.unanswered++
    else if (answered < minCell) this.withheld++
    else {
      const pair = {
        question,
        cell,
        at,
        answered,
        answeredWeight,
        denominator: answered,
        denominatorWeight: answeredWeight,
      }
      for (const reason of missingInDenominator) {
        const slot = at + codes + missingReasons.indexOf(reason)
        pair.denominator += counts[slot]
        pair.denominatorWeight += weights[slot]
      }
      this.pairs.push(pair)
    }
  }

  /** Question and groups of the pairs, each as often as `times` says. */
  private pairColumns(times: (pair: Pair) => number): TableColumn[] {
    const rows = this.pairs.reduce((total, pair) => total + times(pair), 0)
    const repeat = (value: (pair: Pair) => number) => {
      const values = new Int32Array(rows)
      let row = 0
      for (const pair of this.pairs) {
        const end = row + times(pair)
        values.fill(value(pair), row, end)
        row = end
      }
      return values
    }
    const { cells } = this.tables
    return [
      {
        name: 'question',
        type: 'text',
        texts: this.questions.map(({ id }) => id),
        values: repeat((pair) => pair.question),
      },
      ...this.plan.groups.map((group, dimension): TableColumn => {
        const found = [...new Set(this.order.map((cell) => cells[cell][dimension]))]
        const places = new Map(found.map((value, place) => [value, place]))
        const values = repeat(({ cell }) => places.get(cells[cell][dimension]) ?? -1)
        return { name: group.name, type: 'text', texts: found.map((value) => groupLabel(group, value)), values }
      }),
    ]
  }

  /** The codes of a question's scale, as slots. */
  private scaleOf(question: number): number[] {
    const { scale_min: least, scale_max: greatest } = this.questions[question]
    const slots = [...this.answerCodes.keys()]
    if (least === null || greatest === null) return []
    return slots.filter((slot) => this.answerCodes[slot] >= least && this.answerCodes[slot] <= greatest)
  }

  /** One row for each question, group and answer on the scale, those that nobody gave too. */
  private shareColumns(): TableColumn[] {
    const scales = this.questions.map((_, question) => this.scaleOf(question))
    const rows = this.pairs.reduce((total, { question }) => total + scales[question].length, 0)
    const answers = new Int32Array(rows)
    const labels = new Int32Array(rows)
    const counts = new Int32Array(rows)
    const shares = new Float64Array(rows)
    const weightedShares = new Float64Array(rows)
    const texts = new Map<string, number>()
    const labelOf = this.questions.map(({ value_labels }, question) =>
      scales[question].map((slot) => {
        const label = value_labels[this.answerCodes[slot]]
        if (label === undefined) return -1
        if (!texts.has(label)) texts.set(label, texts.size)
        return texts.get(label) ?? -1
      }),
    )
    let row = 0
    for (const { question, cell, at, denominator, denominatorWeight } of this.pairs) {
      const counted = this.tables.counts[cell]
      const weighed = this.tables.weights[cell]
      for (const [place, slot] of scales[question].entries()) {
        answers[row] = this.answerCodes[slot]
        labels[row] = labelOf[question][place]
        counts[row] = counted[at + slot]
        shares[row] = counts[row] / denominator
        weightedShares[row++] = denominatorWeight > 0 ? weighed[at + slot] / denominatorWeight : Number.NaN
      }
    }
    return [
      ...this.pairColumns(({ question }) => scales[question].length),
      { name: 'answer', type: 'integer', values: answers },
      { name: 'answer_label', type: 'text', texts: [...texts.keys()], values: labels },
      { name: 'n', type: 'integer', values: counts },
      { name: 'share', type: 'number', values: shares },
      { name: 'weighted_share', type: 'number', values: weightedShares },
    ]
  }

  /** One row for each question and group: how many answered, why others did not, mean and variance. */
  private summaryColumns(): TableColumn[] {
    const { pairs, answerCodes, tables } = this
    const integers = (name: string, value: (pair: Pair) => number): TableColumn => {
      const values = new Int32Array(pairs.length)
      for (let row = 0; row < values.length; row++) values[row] = value(pairs[row])
      return { name, type: 'integer', values }
    }
    const numbers = (name: string, value: (pair: Pair) => number): TableColumn => {
      const values = new Float64Array(pairs.length)
      for (let row = 0; row < values.length; row++) values[row] = value(pairs[row])
      return { name, type: 'number', values }
    }
    const plain = momentsOf(pairs, tables.counts, answerCodes)
    const weighted = momentsOf(pairs, tables.weights, answerCodes)
    return [
      ...this.pairColumns(() => 1),
      integers('respondents', ({ cell }) => tables.respondents[cell]),
      integers('n', ({ answered }) => answered),
      numbers('n_effective', ({ cell, question, answeredWeight }) =>
        effectiveSize(answeredWeight, tables.squaredWeights[cell][question]),
      ),
      numbers('missing', ({ cell, answered }) => 1 - answered / tables.respondents[cell]),
      ...missingReasons.map((reason, place) =>
        numbers(
          `missing_${reason.replaceAll('-', '_')}`,
          ({ cell, at }) => tables.counts[cell][at + answerCodes.length + place] / tables.respondents[cell],
        ),
      ),
      { name: 'mean', type: 'number', values: plain.means },
      { name: 'weighted_mean', type: 'number', values: weighted.means },
      { name: 'variance', type: 'number', values: plain.variances },
      { name: 'weighted_variance', type: 'number', values: weighted.variances },
    ]
  }

  /**
   * The fields of the public GlobalOpinionQA set (Durmus et al., 2023): the question, by group the share of each
   * option (weighted), the options, the source.
   */
  private opinionLines(): string {
    const { definition } = this.options
    const byQuestion = this.questions.map((): Pair[] => [])
    for (const pair of this.pairs) byQuestion[pair.question].push(pair)
    return this.questions
      .map(({ id, value_labels }, question) => {
        const scale = this.scaleOf(question)
        const variable = definition.variable(id)
        const selections = byQuestion[question].map(({ cell, at, denominatorWeight }): [string, number[]] => {
          const weights = this.tables.weights[cell]
          return [this.cellName(cell), scale.map((slot) => weights[at + slot] / denominatorWeight)]
        })
        const options = scale.map((slot) => value_labels[this.answerCodes[slot]] ?? String(this.answerCodes[slot]))
        const line = {
          question: variable === undefined ? id : questionSentence(variable),
          selections: Object.fromEntries(selections),
          options,
          source: 'WVS',
        }
        return `${JSON.stringify(line)}\n`
      })
      .join('')
  }

  private cellName(cell: number): string {
    const { groups } = this.plan
    if (groups.length === 0) return 'all'
    return groups.map((group, dimension) => groupLabel(group, this.tables.cells[cell][dimension])).join(', ')
  }
}

/** Kish's effective sample size: the squared sum of the weights over the sum of their squares. */
function effectiveSize(weight: number, squares: number): number {
  return squares > 0 ? (weight * weight) / squares : Number.NaN
}

/** Mean and population variance of the codes, each with the count or weight of its slot; NaN where there is none. */
function momentsOf(
  pairs: readonly Pair[],
  tables: readonly (Float64Array | Uint32Array)[],
  codes: readonly number[],
): { means: Float64Array; variances: Float64Array } {
  const means = new Float64Array(pairs.length).fill(Number.NaN)
  const variances = new Float64Array(pairs.length).fill(Number.NaN)
  for (const [row, { cell, at }] of pairs.entries()) {
    const slots = tables[cell]
    let total = 0
    let first = 0
    for (let slot = 0; slot < codes.length; slot++) {
      total += slots[at + slot]
      first += slots[at + slot] * codes[slot]
    }
    if (!(total > 0)) continue
    const mean = first / total
    let second = 0
    for (let slot = 0; slot < codes.length; slot++) second += slots[at + slot] * (codes[slot] - mean) ** 2
    means[row] = mean
    variances[row] = second / total
  }
  return { means, variances }
}

function compareGroups(left: number[], right: number[]): number {
  for (const [index, group] of left.entries()) if (group !== right[index]) return group - right[index]
  return 0
}
