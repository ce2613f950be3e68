import { availableParallelism } from 'node:os'
import { type MissingReason, missingReasons, type SplitName, splitNames } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import type { InputOptions } from '../formats/survey-input.js'
import type { UngroupedCode } from '../stages/derive.js'
import type { CellEntries } from '../stages/entry-sums.js'
import { groupLabel, noGroup } from '../stages/group.js'
import type { AnswerTables, CountedCell } from './answer-tables.js'
import { type BuildPlan, compilePlan } from './plan.js'
import type { Recipe } from './recipe.js'
import { type SelectionReport, selectionReport } from './selection-report.js'
import { type SmallGroups, smallGroups } from './small-groups.js'
import { openSurveyFile } from './survey-file.js'
import { countAnswers } from './tabulation.js'

export interface PreviewOptions extends InputOptions {
  input: string
  recipe: Recipe
  definition: LoadedDefinition
  /** Variables whose groups make the cells that are counted. */
  cells: string[]
  /** Cells with fewer respondents than this are thin. */
  thin: number
  threads?: number
  signal?: AbortSignal
}

type SplitCounts = Record<SplitName, { respondents: number; examples: number }>

/** What a build of a recipe would hold, without writing any of it. */
export interface Preview {
  input: { name: string; respondents: number }
  selection?: SelectionReport
  respondents: number
  examples: number
  splits: SplitCounts
  /** Groups of each cell, by variable; null where the variable is missing. */
  cells: { groups: Record<string, string | null>; respondents: number; examples: number; splits: SplitCounts }[]
  /** Combinations of groups that occur, in which there is nobody. */
  emptyCells: Record<string, string>[]
  /** How many of the cells have fewer respondents than asked for. */
  thinCells: number
  questions: { id: string; answers: number; missing: number; reasons: Partial<Record<MissingReason, number>> }[]
  privacy: SmallGroups
  ungrouped: UngroupedCode[]
}

/** Counts what a build would hold. Throws a SurveyError as a build does, before or after the file is read. */
export async function preview(options: PreviewOptions): Promise<Preview> {
  const { recipe, definition, cells, threads = availableParallelism(), signal } = options
  const survey = await openSurveyFile(options.input, options)
  const countedRecipe: Recipe = { ...recipe, tables: ['examples'], referenceTables: false }
  const plan = compilePlan(survey, definition, countedRecipe, { names: cells, flag: '--cells' })
  const wanted = { bySplit: true, weighted: false, profiles: true, isHashed: false }
  const { tables, surveys } = await countAnswers([plan], wanted, { threads, signal })
  const { selection, profiles, ungrouped } = tables
  const counted = tables.cells()
  const { cells: found, placeCounts } = countCells(plan, tables, counted)
  return {
    input: { name: survey.name, respondents: surveys[0].respondents },
    ...(selection === undefined ? {} : { selection: selectionReport(plan.conditions, selection) }),
    respondents: found.reduce((sum, { respondents }) => sum + respondents, 0),
    examples: found.reduce((sum, { examples }) => sum + examples, 0),
    splits: addSplits(
      plan,
      found.map(({ splits }) => splits),
    ),
    cells: plan.groups.length === 0 ? [] : found,
    emptyCells: emptyCombinations(plan, counted),
    thinCells: plan.groups.length === 0 ? 0 : found.filter(({ respondents }) => respondents < options.thin).length,
    questions: countQuestions(plan, placeCounts, tables.slots),
    privacy: smallGroups(plan.demographics.length, profiles),
    ungrouped: [...ungrouped.values()],
  }
}

function noCounts(): SplitCounts {
  const none = () => ({ respondents: 0, examples: 0 })
  return { train: none(), valid: none(), test: none() }
}

interface CountedCells {
  cells: Preview['cells']
  /** Of each question, slot by slot: how many respondents, of all cells, are counted there. */
  placeCounts: Float64Array
}

/** Puts the splits of each cell together again. */
function countCells(plan: BuildPlan, tables: AnswerTables, all: readonly CountedCell[]): CountedCells {
  const found = new Map<string, Preview['cells'][number]>()
  const placeCounts = new Float64Array(tables.questionEntries.length * tables.slots)
  // The split is the last of the groups: cells of the same others follow each other.
  for (const counted of all) {
    const key = counted.groups.slice(0, plan.groups.length)
    const split = counted.groups[plan.groups.length]
    const name = key.join(' ')
    const labels = plan.groups.map((group, at) => [group.name, key[at] === noGroup ? null : groupLabel(group, key[at])])
    const known = found.get(name)
    const cell = known ?? { groups: Object.fromEntries(labels), respondents: 0, examples: 0, splits: noCounts() }
    if (known === undefined) found.set(name, cell)
    cell.respondents += counted.respondents
    const { places, counts } = tables.entries(counted)
    const bySplit = examplesOf(plan, { places, counts }, tables.slots, split)
    for (const [own, splitName] of splitNames.entries()) {
      const isOwn = isQuestionSplit(plan) || own === split
      cell.splits[splitName].respondents += isOwn ? counted.respondents : 0
      cell.splits[splitName].examples += bySplit[own]
      cell.examples += bySplit[own]
    }
    addEntries(placeCounts, places, counts)
  }
  return { cells: [...found.values()], placeCounts }
}

function addEntries(sums: Float64Array, places: Int32Array, counts: Uint32Array): void {
  for (let entry = 0; entry < places.length; entry++) sums[places[entry]] += counts[entry]
}

function isQuestionSplit({ chain }: BuildPlan): boolean {
  return chain.explode.questionSplits !== undefined
}

/** Examples of one cell by split: that of its respondents, or of the questions where those are split. */
function examplesOf(
  { chain }: BuildPlan,
  { places, counts }: Pick<CellEntries, 'places' | 'counts'>,
  slots: number,
  split: number,
): number[] {
  const { questionSplits } = chain.explode
  const examples = [0, 0, 0]
  const codes = chain.decode.answerCodes.length
  for (let entry = 0; entry < places.length; entry++) {
    const question = Math.floor(places[entry] / slots)
    if (places[entry] - question * slots < codes) examples[questionSplits?.[question] ?? split] += counts[entry]
  }
  return examples
}

function addSplits(plan: BuildPlan, parts: SplitCounts[]): SplitCounts {
  const sums = noCounts()
  for (const part of parts) {
    for (const split of splitNames) {
      sums[split].respondents += part[split].respondents
      sums[split].examples += part[split].examples
    }
  }
  return plan.recipe.split.method === 'none' ? { ...noCounts(), train: sums.train } : sums
}

function countQuestions({ chain }: BuildPlan, placeCounts: Float64Array, slots: number): Preview['questions'] {
  const { questions, answerCodes } = chain.decode
  return questions.map(({ id }, question) => {
    const sums = placeCounts.subarray(question * slots, (question + 1) * slots)
    const answers = sums.subarray(0, answerCodes.length).reduce((sum, count) => sum + count, 0)
    const reasons: Partial<Record<MissingReason, number>> = {}
    let missing = 0
    for (const [place, reason] of missingReasons.entries()) {
      const count = sums[answerCodes.length + place]
      missing += count
      if (count > 0) reasons[reason] = count
    }
    return { id, answers, missing, reasons }
  })
}

/** More combinations than this are not listed: with many variables nearly all of them are empty. */
const mostCombinations = 10_000

function emptyCombinations({ groups }: BuildPlan, counted: readonly CountedCell[]): Record<string, string>[] {
  const cells = counted.map((cell) => cell.groups)
  const found = groups.map((_, at) => [...new Set(cells.map((cell) => cell[at]))].filter((group) => group !== noGroup))
  if (groups.length < 2 || found.reduce((product, own) => product * own.length, 1) > mostCombinations) return []
  const known = new Set(cells.map((cell) => cell.slice(0, groups.length).join(' ')))
  const sorted = found.map((own) => own.sort((left, right) => left - right))
  const combinations = sorted.reduce<number[][]>(
    (starts, own) => starts.flatMap((start) => own.map((group) => [...start, group])),
    [[]],
  )
  return combinations
    .filter((combination) => !known.has(combination.join(' ')))
    .map((combination) =>
      Object.fromEntries(groups.map((group, at) => [group.name, groupLabel(group, combination[at])])),
    )
}
