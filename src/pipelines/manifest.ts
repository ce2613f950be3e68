import type { SelectionCounts } from '../batch/cell-batch.js'
import type { InvalidCount } from '../batch/reject-log.js'
import { type MissingReason, missingReasonStride, missingReasons, type SplitName } from '../batch/respondent-batch.js'
import type { Wrapping } from '../formats/survey-input.js'
import type { UngroupedCode } from '../stages/derive.js'
import type { DrawReport } from './draw.js'
import type { BuildPlan, SurveyFile } from './plan.js'
import { planHash } from './plan.js'
import type { Recipe } from './recipe.js'
import { addSelection, checkSelection, type SelectionReport, selectedOf, selectionReport } from './selection-report.js'
import { type SmallGroups, smallGroups } from './small-groups.js'
import { toolVersion } from './tool.js'

export interface ManifestFile {
  path: string
  table?: string
  split?: string
  rows?: number
  bytes: number
  sha256: string
}

/** Counts of one run, added up over its blocks. */
export interface RunCounts {
  respondents: number
  excluded: number
  /** Respondents that the selection left out, where there is one. */
  selection?: SelectionReport
  /** What was drawn from the cells of a sample. */
  draw?: DrawReport
  /** Codes that a derived variable has no group for. */
  ungrouped: UngroupedCode[]
  /** Whether people could be recognised by the chosen demographics. */
  privacy: SmallGroups
  /** Whole rows rejected. */
  rejectedRows: number
  examples: number
  splits: Record<SplitName, { respondents: number; examples: number }>
  /** For each question that the file has, how many answers are missing and why. */
  missing: Record<string, Partial<Record<MissingReason, number>>>
  /** What could not be decoded, by variable and reason; kept or rejected as the recipe says. */
  invalid: { variable: string; reason: string; count: number; firstLine: number; firstValue: string }[]
  repeatedIds: { id: string; respondents: number }[]
}

/** What a run read, did and wrote. It holds no time, no path and no machine: the same run gives the same manifest. */
export interface Manifest {
  format: 1
  tool: { name: 'wvs-etl'; version: string }
  input: {
    name: string
    bytes: number
    sha256: string
    /** What the file is wrapped in, from the outermost: `gzip`, or `zip` with the member's name. */
    wrappings?: Wrapping[]
    form: string
    encoding: string
    /** Of delimited text only. */
    delimiter?: string
    release: string
    wave: string
  }
  definition: { wave: string; sha256: string }
  recipe: Recipe
  planSha256: string
  demographics: string[]
  questions: string[]
  absentQuestions: string[]
  absentDemographics: string[]
  counts: RunCounts
  files: ManifestFile[]
}

export function createManifest(
  plan: BuildPlan,
  survey: SurveyFile,
  release: string,
  sha256: string,
  counts: RunCounts,
  files: ManifestFile[],
): Manifest {
  const { dialect, input } = survey
  return {
    format: 1,
    tool: { name: 'wvs-etl', version: toolVersion },
    input: {
      name: survey.name,
      bytes: survey.bytes,
      sha256,
      ...(input === undefined || input.wrappings.length === 0 ? {} : { wrappings: input.wrappings }),
      form: survey.form,
      encoding: survey.encoding,
      ...(survey.form === 'delimited' ? { delimiter: dialect.delimiter } : {}),
      release,
      wave: plan.wave,
    },
    definition: { wave: plan.wave, sha256: plan.definitionHash },
    recipe: plan.recipe,
    planSha256: planHash(plan),
    demographics: plan.demographics,
    questions: plan.chain.decode.questions.map(({ id }) => id),
    absentQuestions: plan.absentQuestions,
    absentDemographics: plan.absentDemographics,
    counts,
    files,
  }
}

/** Adds up what the blocks of a run report, in their order. */
export class RunTally {
  private readonly missingCounts: Float64Array
  private readonly invalid = new Map<string, InvalidCount>()
  private selection: SelectionCounts | undefined
  private readonly ungrouped = new Map<string, UngroupedCode>()
  private readonly profiles: Float64Array[] = []
  private kept = 0
  private readonly respondents = [0, 0, 0]
  private readonly examples = [0, 0, 0]

  constructor(private readonly plan: BuildPlan) {
    this.missingCounts = new Float64Array(plan.chain.decode.questions.length * missingReasonStride)
  }

  add(block: {
    kept: number
    respondents: number[]
    examples: number[]
    missingCounts: Uint32Array
    selection?: SelectionCounts
    ungrouped: UngroupedCode[]
    profiles: Float64Array
    invalid: InvalidCount[]
  }): void {
    if (block.selection !== undefined) this.selection = addSelection(this.selection, block.selection)
    for (const { derived, code, respondents } of block.ungrouped) {
      const key = `${derived} ${code}`
      const sum = (this.ungrouped.get(key)?.respondents ?? 0) + respondents
      this.ungrouped.set(key, { derived, code, respondents: sum })
    }
    this.profiles.push(block.profiles)
    this.kept += block.kept
    for (let split = 0; split < 3; split++) {
      this.respondents[split] += block.respondents[split]
      this.examples[split] += block.examples[split]
    }
    for (const [index, count] of block.missingCounts.entries()) this.missingCounts[index] += count
    for (const count of block.invalid) {
      const key = `${count.reason} ${count.variable}`
      const known = this.invalid.get(key)
      if (known === undefined) this.invalid.set(key, { ...count })
      else known.count += count.count
    }
  }

  /** `draw` is what the sample's draw found, where there was one. */
  counts(
    index: {
      respondents: number
      excluded: number
      repeatedIds: { id: string; respondents: number }[]
    },
    draw?: DrawReport,
  ): RunCounts {
    const [train, valid, test] = this.respondents.map((respondents, split) => ({
      respondents,
      examples: this.examples[split],
    }))
    const { selection, kept } = this
    const unselected = selection === undefined ? 0 : selection.candidates - selectedOf(selection)
    return {
      respondents: index.respondents,
      excluded: index.excluded,
      ...(selection === undefined ? {} : { selection: selectionReport(this.plan.conditions, selection) }),
      ...(draw === undefined ? {} : { draw }),
      ungrouped: [...this.ungrouped.values()],
      privacy: smallGroups(this.plan.demographics.length, this.profiles),
      rejectedRows: index.respondents - index.excluded - unselected - kept,
      examples:
        kept * this.plan.chain.decode.questions.length - this.missingCounts.reduce((sum, count) => sum + count, 0),
      splits: { train, valid, test },
      missing: this.missing(),
      invalid: [...this.invalid.values()]
        .sort((left, right) => right.count - left.count || (left.variable < right.variable ? -1 : 1))
        .map(({ variable, reason, count, first }) => ({
          variable,
          reason,
          count,
          firstLine: first.line,
          firstValue: first.value,
        })),
      repeatedIds: index.repeatedIds,
    }
  }

  /** Throws a SurveyError where the selection left nobody. */
  checkSelection(): void {
    checkSelection(this.plan.conditions, this.selection)
  }

  private missing(): RunCounts['missing'] {
    const missing: RunCounts['missing'] = {}
    const absent = new Set(this.plan.absentQuestions)
    for (const [index, { id }] of this.plan.chain.decode.questions.entries()) {
      if (absent.has(id)) continue
      const reasons: Partial<Record<MissingReason, number>> = {}
      for (const [offset, reason] of missingReasons.entries()) {
        const count = this.missingCounts[index * missingReasonStride + offset]
        if (count > 0) reasons[reason] = count
      }
      missing[id] = reasons
    }
    return missing
  }
}
