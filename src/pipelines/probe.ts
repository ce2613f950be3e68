import { availableParallelism } from 'node:os'
import { splitNames } from '../batch/respondent-batch.js'
import { builtInDerived } from '../definitions/derived-variable.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { SurveyError } from '../formats/survey-error.js'
import type { InputOptions } from '../formats/survey-input.js'
import type { BlockMembers } from '../stages/collect-members.js'
import type { CollectReferenceMembersOptions, ReferenceBlockMembers } from '../stages/collect-reference-members.js'
import type { GroupOptions } from '../stages/group.js'
import { indexSurvey, type SurveyIndex } from '../stages/read-survey.js'
import { shuffledOrder } from '../stages/shuffle-split.js'
import type { LastStage } from '../stages/survey-pass.js'
import { columnFacts, type ReferenceColumn } from '../stages/write-reference.js'
import { drawRespondents, splitUnits } from './draw.js'
import { OutputFolder } from './output-folder.js'
import { type BuildPlan, choiceOf, compilePlan, type SurveyFile } from './plan.js'
import { type ProbeManifest, probeFiles } from './probe-files.js'
import { type DrawOptions, drawAsReference, drawByHash, type ProbeDraw, ProbePool } from './probe-pool.js'
import type { Recipe } from './recipe.js'
import { writeResults } from './result-files.js'
import { checkSelection, type SelectionReport, selectionReport } from './selection-report.js'
import { openSurveyFile } from './survey-file.js'
import { surveyPass } from './survey-pass.js'
import { selectVariables } from './variable-selection.js'

export interface ProbeOptions extends InputOptions {
  input: string
  out: string
  recipe: Recipe
  definition: LoadedDefinition
  formats: ('tsv' | 'parquet')[]
  threads?: number
  overwrite?: boolean
  signal?: AbortSignal
}

/** A drawn probe, with all that its files say of it. */
export interface Probe {
  plan: BuildPlan
  survey: SurveyFile
  index: SurveyIndex
  pool: ProbePool
  draw: ProbeDraw
  selection: SelectionReport | undefined
}

/**
 * Draws a stratified evaluation set - questions x cells x respondents - and writes it. Throws a SurveyError where
 * the recipe asks for what is not there, or nothing could be drawn.
 */
export async function probe(options: ProbeOptions): Promise<ProbeManifest> {
  const survey = await openSurveyFile(options.input, options)
  const { definition, recipe } = options
  const plan = compilePlan(survey, definition, probeRecipe(recipe, definition), {
    names: recipe.probe.cells,
    flag: '--cells',
  })
  const folder = await OutputFolder.prepare(options.out, options.overwrite ?? false)
  try {
    const drawn = await drawProbe(plan, survey, options)
    checkDraw(drawn)
    const { files, manifest } = await probeFiles(drawn, definition, options.formats)
    return await writeResults(folder, [files], manifest)
  } catch (error) {
    await folder.discard()
    throw error
  }
}

/** The recipe with the probe's questions, or those that it chooses itself, and nothing that only tables need. */
function probeRecipe(recipe: Recipe, { definition }: LoadedDefinition): Recipe {
  const values = definition.variables.filter(({ kind }) => kind === 'value')
  const isDefault = recipe.questions.join() === 'all'
  const chosen = selectVariables(recipe.questions, values, '--questions').map(({ id }) => id)
  const wanted = isDefault ? recipe.probe.questions.filter((id) => chosen.includes(id)) : chosen
  const questions = heldOut(wanted, chosen, recipe)
  if (questions.length === 0) throw new SurveyError('--questions chooses no question to probe', { kind: 'usage' })
  return { ...recipe, tables: [], referenceTables: false, demographics: ['none'], questions }
}

/** Where questions are split: those of the split that it draws from, as a build of the same recipe splits them. */
function heldOut(wanted: string[], all: string[], { split, probe: { from } }: Recipe): string[] {
  if (split.by !== 'question' || from === 'all') return wanted
  const splits = splitUnits(all, split.ratios, split.seed)
  const found = wanted.filter((id) => splits.get(id) === splitNames.indexOf(from))
  if (found.length > 0 || wanted.length === 0) return found
  throw new SurveyError(`--split-by question: none of the ${wanted.length} questions to probe is in ${from}`, {
    kind: 'usage',
  })
}

/** A probe of nothing is no probe: says how far its cells are from what is asked of them. */
function checkDraw({ plan, draw: { samples, thin } }: Probe): void {
  if (samples.length > 0) return
  const most = thin.reduce((greatest, { members }) => Math.max(greatest, members), 0)
  const { perCell, method } = plan.recipe.probe
  const least = method === 'reference' ? `more than ${perCell}` : String(perCell)
  throw new SurveyError(
    `nothing could be drawn: none of the ${thin.length} cells has ${least} respondents who answered, the largest has ${most}; ` +
      'pass a smaller --per-cell, fewer --cells, --from all, or --thin take',
  )
}

async function drawProbe(plan: BuildPlan, survey: SurveyFile, options: ProbeOptions): Promise<Probe> {
  const { threads = availableParallelism(), signal, definition } = options
  const { probe: wanted, split } = plan.recipe
  const index = await indexSurvey(plan.read, signal, true, choiceOf(plan))
  if (plan.draw !== undefined) await drawRespondents(plan.draw, index, threads, signal)
  const isReference = wanted.method === 'reference'
  let last = isReference ? referenceMembers(plan, definition) : codeMembers(plan)
  for (;;) {
    const { derive, select, decode, readBlock, parse, split: splitStage } = plan.chain
    const pool = new ProbePool(plan.chain.decode.questions.length, plan.groups.length)
    const facts = new Uint8Array(plan.chain.decode.questions.length + plan.groups.length)
    const pass = {
      readBlock,
      parse,
      ...(derive === undefined ? {} : { derive }),
      ...(select === undefined ? {} : { select }),
      decode,
      split: splitStage,
      last,
    }
    for await (const block of surveyPass<BlockMembers | ReferenceBlockMembers>(pass, index, threads, signal)) {
      pool.add(block)
      if ('columnFacts' in block) for (const [column, bits] of block.columnFacts.entries()) facts[column] |= bits
    }
    checkSelection(plan.conditions, pool.selection)
    const changed = last.stage === 'collect-reference-members' ? withFacts(last.options, facts) : undefined
    if (changed !== undefined) {
      last = { stage: 'collect-reference-members', options: changed }
      continue
    }
    if (isReference && split.method === 'shuffle') pool.order(shuffledRank(index, split.seed))
    const draw = (isReference ? drawAsReference : drawByHash)(pool, drawOptions(plan, pool))
    const selection = pool.selection === undefined ? undefined : selectionReport(plan.conditions, pool.selection)
    return { plan, survey, index, pool, draw, selection }
  }
}

function drawOptions({ recipe, chain, groups }: BuildPlan, pool: ProbePool): DrawOptions {
  const { probe: wanted, split } = recipe
  const ids = chain.decode.questions.map(({ id }) => id)
  return {
    questions: recipe.questions.map((id) => ({ id, index: ids.indexOf(id) })),
    groups: groups.map((group, dimension) => groupOrder(group, pool.groupsByAppearance(dimension), wanted.method)),
    perCell: wanted.perCell,
    thin: wanted.thin,
    seed: split.seed,
  }
}

/** The reference takes up the groups of its own tables as they appear, and others in the order of their codes. */
function groupOrder({ name, labels }: GroupOptions, found: number[], method: 'hash' | 'reference'): number[] {
  if (method === 'hash') return [...found].sort((left, right) => left - right)
  return name.endsWith('_reference') ? found : [...labels.keys()]
}

function splitIndex({ recipe }: BuildPlan): number | undefined {
  // Where questions are split, everybody is in every split.
  return recipe.probe.from === 'all' || recipe.split.by === 'question'
    ? undefined
    : splitNames.indexOf(recipe.probe.from)
}

function codeMembers(plan: BuildPlan): LastStage {
  const split = splitIndex(plan)
  const options = { questions: plan.chain.decode.questions.length, groups: plan.groups }
  return { stage: 'collect-members', options: { ...options, ...(split === undefined ? {} : { split }) } }
}

/** The columns as the tables of the reference have them, in the codebook's own wording. */
function referenceMembers(plan: BuildPlan, loaded: LoadedDefinition): LastStage {
  const { decode, derive } = plan.chain
  const split = splitIndex(plan)
  if (split === undefined || derive === undefined) {
    throw new SurveyError('the probe of the reference is drawn from one split, in cells', { kind: 'usage' })
  }
  const questions = decode.questions.map(({ id, slot, recodes }) => ({ id, slot, recodes, holdsText: false }))
  const groups = plan.groups.map(({ column, name, labels }) => {
    const derived = derive.derived[column - derive.columns.length]
    const { id, slot, recodes } = derive.columns[derived === undefined ? column : derived.input]
    const variable = loaded.variable(id)
    if (variable === undefined) throw new Error(`${id} is not in the definition`)
    const codebook = Object.entries(loaded.labelsOf(variable, { mended: false }))
    const texts =
      derived === undefined ? labels.map((label, index): [string, number] => [label, index]) : tableTexts(name)
    const labelsOfCodes = codebook.map(([code, label]): [number, string] => [Number(code), label])
    return { column: { id, slot, recodes, labels: labelsOfCodes, holdsText: false }, texts }
  })
  return { stage: 'collect-reference-members', options: { codeFields: decode.codeFields, split, questions, groups } }
}

/** Label of the codebook -> group, of one of the reference's own tables. */
function tableTexts(name: string): [string, number][] {
  const groups = Object.entries(builtInDerived(name).groups ?? {})
  return groups.flatMap(([, members], index) => members.map((member): [string, number] => [String(member), index]))
}

/** The options to run again with, where fractions stand in columns that turned out to hold text. */
function withFacts(
  options: CollectReferenceMembersOptions,
  facts: Uint8Array,
): CollectReferenceMembersOptions | undefined {
  let changed = false
  const mend = (column: ReferenceColumn, at: number): ReferenceColumn => {
    if (column.holdsText || facts[at] !== (columnFacts.text | columnFacts.fraction)) return column
    changed = true
    return { ...column, holdsText: true }
  }
  const questions = options.questions.map(mend)
  const groups = options.groups.map(({ column, texts }, index) => ({
    column: mend(column, questions.length + index),
    texts,
  }))
  return changed ? { ...options, questions, groups } : undefined
}

/** The place of each respondent, by its number in the file, in the reference's shuffle. */
function shuffledRank({ blocks, respondents, excluded }: SurveyIndex, seed: number): (row: number) => number {
  const places = new Uint32Array(respondents - excluded)
  for (const [place, kept] of shuffledOrder(places.length, seed).entries()) places[kept] = place
  const ranks = new Float64Array(respondents)
  let kept = 0
  for (const { rows, firstRow, excluded: outside } of blocks) {
    for (let row = 0; row < rows; row++) if (outside?.[row] !== 1) ranks[firstRow + row] = places[kept++]
  }
  return (row) => ranks[row]
}
