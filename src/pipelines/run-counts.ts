import type { SelectionCounts } from '../batch/cell-batch.js'
import type { InvalidCount } from '../batch/reject-log.js'
import { type MissingReason, missingReasonStride, missingReasons, type SplitName } from '../batch/respondent-batch.js'
import type { UngroupedCode } from '../stages/derive.js'
import type { DrawReport } from './draw.js'
import type { BuildPlan } from './plan.js'
import { addSelection, checkSelection, type SelectionReport, selectedOf, selectionReport } from './selection-report.js'
import { type SmallGroups, smallGroups } from './small-groups.js'

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
  invalid: {
    variable: string
    reason: string
    count: number
    /** Where the run read several files. */
    firstFile?: string
    firstLine: number
    firstValue: string
  }[]
  repeatedIds: { id: string; respondents: number }[]
}

/** Adds up what the blocks of a run report, in their order. */
export class RunTally {
  private readonly missingCounts: Float64Array
  private readonly invalid = new Map<string, InvalidCount>()
  /** What the selection made of the respondents so far, where there is one. */
  selection: SelectionCounts | undefined
  private readonly ungrouped = new Map<string, UngroupedCode>()
  /** For each respondent in the output, a hash of all demographics. */
  readonly profiles: Float64Array[] = []
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
    addCounts(this.missingCounts, block.missingCounts)
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

/** The counts of several files together; the ids that repeat in a file bear its prefix, as in the dataset. */
export function totalCounts(
  files: readonly { idPrefix: string; name: string; counts: RunCounts; profiles: readonly Float64Array[] }[],
  draw: DrawReport | undefined,
): RunCounts {
  const [{ counts: first }] = files
  const counts = files.map((file) => file.counts)
  const sum = (value: (one: RunCounts) => number) => counts.reduce((total, one) => total + value(one), 0)
  const splitSum = (name: SplitName) => ({
    respondents: sum(({ splits }) => splits[name].respondents),
    examples: sum(({ splits }) => splits[name].examples),
  })
  const selections = counts.flatMap(({ selection }) => (selection === undefined ? [] : [selection]))
  return {
    respondents: sum(({ respondents }) => respondents),
    excluded: sum(({ excluded }) => excluded),
    ...(selections.length === 0 ? {} : { selection: selections.reduce(addReports) }),
    ...(draw === undefined ? {} : { draw }),
    ungrouped: addUngrouped(counts.flatMap(({ ungrouped }) => ungrouped)),
    privacy: smallGroups(
      first.privacy.demographics,
      files.flatMap(({ profiles }) => profiles),
    ),
    rejectedRows: sum(({ rejectedRows }) => rejectedRows),
    examples: sum(({ examples }) => examples),
    splits: { train: splitSum('train'), valid: splitSum('valid'), test: splitSum('test') },
    missing: addMissing(counts.map(({ missing }) => missing)),
    invalid: addInvalid(files),
    repeatedIds: files.flatMap(({ idPrefix, counts: { repeatedIds } }) =>
      repeatedIds.map(({ id, respondents }) => ({ id: `${idPrefix}${id}`, respondents })),
    ),
  }
}

function addReports(left: SelectionReport, right: SelectionReport): SelectionReport {
  return {
    candidates: left.candidates + right.candidates,
    conditions: left.conditions.map(({ condition, respondents }, place) => ({
      condition,
      respondents: respondents + right.conditions[place].respondents,
    })),
    sampledOut: left.sampledOut + right.sampledOut,
    selected: left.selected + right.selected,
  }
}

function addUngrouped(codes: readonly UngroupedCode[]): UngroupedCode[] {
  const found = new Map<string, UngroupedCode>()
  for (const code of codes) {
    const key = `${code.derived} ${code.code}`
    const known = found.get(key)
    if (known === undefined) found.set(key, { ...code })
    else known.respondents += code.respondents
  }
  return [...found.values()]
}

/** A question that a file lacks has no cells there that could be missing. */
function addMissing(files: readonly RunCounts['missing'][]): RunCounts['missing'] {
  const total: RunCounts['missing'] = {}
  for (const missing of files) {
    for (const [question, reasons] of Object.entries(missing)) {
      const known = total[question] ?? {}
      for (const reason of missingReasons) {
        const count = (known[reason] ?? 0) + (reasons[reason] ?? 0)
        if (count > 0) known[reason] = count
      }
      total[question] = known
    }
  }
  return total
}

function addInvalid(files: readonly { name: string; counts: RunCounts }[]): RunCounts['invalid'] {
  const found = new Map<string, RunCounts['invalid'][number]>()
  for (const { name, counts } of files) {
    for (const entry of counts.invalid) {
      const key = `${entry.reason} ${entry.variable}`
      const known = found.get(key)
      if (known === undefined) found.set(key, { ...entry, firstFile: name })
      else known.count += entry.count
    }
  }
  return [...found.values()].sort(
    (left, right) => right.count - left.count || (left.variable < right.variable ? -1 : 1),
  )
}

/** By index: a survey has thousands of these counts for each block. */
function addCounts(sums: Float64Array, counts: Uint32Array): void {
  for (let index = 0; index < counts.length; index++) sums[index] += counts[index]
}
