import type { LoadedDefinition } from '../definitions/loader.js'
import { SurveyError } from '../formats/survey-error.js'
import type { DeriveOptions } from '../stages/derive.js'
import type { GroupOptions } from '../stages/group.js'
import type { IdOptions } from '../stages/interview-ids.js'
import type { SelectOptions } from '../stages/select.js'
import { type CodeColumn, CodeColumns, type CodeFields } from './code-columns.js'
import { drawSeed } from './draw.js'
import type { Recipe } from './recipe.js'
import { parseWhere, placeColumns, type WhereTerm } from './where.js'

/**
 * What a recipe selects, on its way to a plan: first all columns that it looks at are collected, then, when the
 * fields of the file are laid out, they become the options of the stages.
 */
export class SelectionPlan {
  readonly columns: CodeColumns
  readonly terms: WhereTerm[]
  /** Derived variables that are written. */
  readonly written: CodeColumn[]
  /** `--demographics` without the derived ones. */
  readonly demographics: string[]

  constructor(
    loaded: LoadedDefinition,
    private readonly recipe: Pick<Recipe, 'where' | 'derive' | 'demographics' | 'onInvalid' | 'sample' | 'split'>,
    private readonly fields: Pick<CodeFields, 'has'> & { isPart?: boolean },
  ) {
    this.columns = new CodeColumns(loaded, recipe.derive, fields)
    const { derived, others } = splitDerived(recipe.demographics, this.columns)
    this.demographics = others
    this.written = derived.map((name) => this.columns.column(name, '--demographics'))
    // Tables that are given are checked, whether they are used or not.
    for (const { name } of recipe.derive) this.columns.column(name, '--derive')
    this.terms = recipe.where.trim() === '' ? [] : parseWhere(recipe.where, this.columns)
  }

  /** Takes note of variables that tell respondents apart; gives the groups when all columns are known. */
  groupBy(names: readonly string[], what: string): () => GroupOptions[] {
    const columns = names.map((name) => this.columns.column(name, what))
    for (const [place, column] of columns.entries()) {
      if (columns.indexOf(column) < place) {
        throw new SurveyError(`${what}: "${column.name}" stands twice`, { kind: 'usage' })
      }
      if (this.columns.isPresent(column) || this.fields.isPart === true) continue
      throw new SurveyError(`${what}: the file has no column for "${column.name}"`, { kind: 'usage' })
    }
    return () => columns.map((column) => groupOptions(column, this.columns.place(column)))
  }

  /** Options of the stage that reads and derives codes; undefined where nothing looks at any. */
  derive(fields: CodeFields, codeFields: number): DeriveOptions | undefined {
    if (this.columns.isEmpty()) return undefined
    return {
      codeFields,
      columns: this.columns.columnOptions(fields),
      derived: this.columns.derivedOptions(),
      written: this.written.map(({ source }) => source.index),
    }
  }

  /** Whether a sample needs no look at all respondents first: each has its own chance. */
  drawsInOnePass(): boolean {
    const { sample } = this.recipe
    return sample?.method === 'share' && !sample.weighted && sample.cells.length === 0
  }

  /** Options of the stage that chooses respondents; undefined where all are chosen. */
  select(ids: IdOptions): SelectOptions | undefined {
    const { sample, split } = this.recipe
    if (this.terms.length === 0 && sample === null) return undefined
    const share = this.drawsInOnePass() ? { share: sample?.size ?? 1, seed: drawSeed(split.seed), ids } : undefined
    return { ...this.candidates(), ...(share === undefined ? {} : { share }) }
  }

  /** The same before any sample is drawn. */
  candidates(): SelectOptions {
    const variables = this.columns.variableIds().length
    return {
      where: this.terms.map(({ condition }) => placeColumns(condition, variables)),
      rejectRagged: this.recipe.onInvalid === 'reject',
    }
  }
}

function groupOptions({ name, measure, labelOf }: CodeColumn, column: number): GroupOptions {
  if (measure === 'number') return { name, column, labels: [], codes: [] }
  const labels = [...new Set(labelOf.values())]
  return { name, column, labels, codes: [...labelOf].map(([code, label]) => [code, labels.indexOf(label)]) }
}

/** Takes the names of derived variables out of a list of demographics. */
function splitDerived(entries: readonly string[], columns: CodeColumns): { derived: string[]; others: string[] } {
  const derived: string[] = []
  const others: string[] = []
  for (const entry of entries.flatMap((list) => list.split(','))) {
    const name = entry.trim()
    if (columns.isDerived(name)) derived.push(name)
    else if (name !== '') others.push(name)
  }
  // A list of nothing but derived variables asks for no others.
  if (others.length === 0 && derived.length > 0) others.push('none')
  return { derived: [...new Set(derived)], others }
}
