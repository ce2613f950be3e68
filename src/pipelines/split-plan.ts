import type { Variable } from '../definitions/schema.js'
import { SurveyError } from '../formats/survey-error.js'
import type { GroupOptions } from '../stages/group.js'
import type { IdOptions } from '../stages/interview-ids.js'
import { type DrawPlan, drawSeed, splitUnits } from './draw.js'
import type { Recipe } from './recipe.js'
import type { SelectionPlan } from './selection-plan.js'

/** The pass that decides on all respondents; undefined where nothing depends on all of them. */
export function compileDraw(
  { sample, split, onInvalid }: Recipe,
  { pass, ids }: { pass: Pick<DrawPlan['pass'], 'readBlock' | 'parse' | 'derive'>; ids: IdOptions },
  selection: SelectionPlan,
  cells: GroupOptions[],
  country: GroupOptions | undefined,
  hasWeight: boolean,
): DrawPlan | undefined {
  if (sample?.weighted === true && !hasWeight) {
    throw new SurveyError('--weighted: the file has no weight to draw by', { kind: 'usage' })
  }
  const isOnePass = sample === null || selection.drawsInOnePass()
  if (isOnePass && country === undefined) return undefined
  const groups = country === undefined ? cells : [...cells, country]
  const options = {
    groups,
    seed: drawSeed(split.seed),
    ids,
    weighted: sample?.weighted ?? false,
    rejectRagged: onInvalid === 'reject',
  }
  return {
    pass: { ...pass, select: selection.candidates(), last: { stage: 'collect-draws', options } },
    sample: isOnePass ? null : sample,
    cells,
    ...(country === undefined ? {} : { split: { country, ratios: split.ratios, seed: split.seed } }),
  }
}

/** Refuses units of a split that do not go with the rest of a recipe. */
export function checkSplit({ split, tables, referenceTables }: Recipe): void {
  if (split.by === 'respondent') return
  if (split.method !== 'hash' || referenceTables) {
    throw new SurveyError(`--split-by ${split.by} goes with --split hash, not with ${split.method}`, { kind: 'usage' })
  }
  if (split.by === 'question' && tables.includes('records')) {
    throw new SurveyError('--split-by question: a record holds the answers to all questions; pass --tables examples', {
      kind: 'usage',
    })
  }
}

/** The split of each question, as an index. */
export function splitQuestions(questions: Variable[], { split }: Recipe): number[] {
  const ids = questions.map(({ id }) => id)
  const splits = splitUnits(ids, split.ratios, split.seed)
  return ids.map((id) => splits.get(id) ?? 0)
}
