import type { SelectionCounts } from '../batch/cell-batch.js'
import { SurveyError } from '../formats/survey-error.js'

/** What a selection left, for the manifest. */
export interface SelectionReport {
  /** Respondents that there were to choose from. */
  candidates: number
  /** Respondents left by each condition of `--where` in turn. */
  conditions: { condition: string; respondents: number }[]
  /** Respondents that the conditions left and the sample did not. */
  sampledOut: number
  selected: number
}

export function selectionReport(conditions: readonly string[], counts: SelectionCounts): SelectionReport {
  return {
    candidates: counts.candidates,
    conditions: conditions.map((condition, index) => ({ condition, respondents: counts.passed[index] })),
    sampledOut: counts.sampledOut,
    selected: selectedOf(counts),
  }
}

/** Adds what two blocks counted. */
export function addSelection(sum: SelectionCounts | undefined, block: SelectionCounts): SelectionCounts {
  if (sum === undefined) return { ...block, passed: [...block.passed] }
  return {
    candidates: sum.candidates + block.candidates,
    passed: sum.passed.map((count, index) => count + block.passed[index]),
    sampledOut: sum.sampledOut + block.sampledOut,
  }
}

/** What several files' selections counted, added up; undefined where there was none. */
export function sumSelections(counts: readonly (SelectionCounts | undefined)[]): SelectionCounts | undefined {
  return counts.reduce((sum, one) => (one === undefined ? sum : addSelection(sum, one)), undefined)
}

/** Respondents that the conditions and the sample leave. */
export function selectedOf({ candidates, passed, sampledOut }: SelectionCounts): number {
  return (passed.at(-1) ?? candidates) - sampledOut
}

/** Throws a SurveyError where the selection left nobody, with the condition after which nobody was left. */
export function checkSelection(conditions: readonly string[], counts: SelectionCounts | undefined): void {
  if (counts === undefined || selectedOf(counts) > 0) return
  const { candidates, passed } = counts
  const place = passed.indexOf(0)
  if (candidates === 0 || place === -1) throw new SurveyError('no respondent is left: the sample is empty')
  const before = place > 0 ? passed[place - 1] : candidates
  const which = passed.length > 1 ? ` (condition ${place + 1} of ${passed.length})` : ''
  throw new SurveyError(
    `no respondent is left: ${conditions[place]}${which} is true for none of the ${before} that there were before it`,
  )
}
