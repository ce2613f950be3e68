import { createHash } from 'node:crypto'
import type { LoadedDefinition } from '../definitions/loader.js'
import type { Variable } from '../definitions/schema.js'
import type { Dialect } from '../formats/dialect.js'
import { SurveyError } from '../formats/survey-error.js'
import type { SurveyInput } from '../formats/survey-input.js'
import type { ChainPlan } from '../stages/chain.js'
import type { DemographicOptions, QuestionOptions } from '../stages/decode.js'
import type { GroupOptions } from '../stages/group.js'
import type { ReadSurveyOptions } from '../stages/read-survey.js'
import type { TableName, TableOptions } from '../stages/table.js'
import type { ReferenceColumn } from '../stages/write-reference.js'
import { type DrawPlan, drawSeed, splitUnits } from './draw.js'
import { FieldLayout, type FileReading } from './field-layout.js'
import { type OutputPlan, shardOutputs, writerPlan } from './output-plan.js'
import type { Recipe } from './recipe.js'
import { SelectionPlan } from './selection-plan.js'
import { checkSurvey } from './survey-check.js'
import { selectVariables } from './variable-selection.js'

/** A survey file whose form and header are known, before any of its records is read. */
export interface SurveyFile {
  path: string
  /** The file's own name, without folders: what the output says of it. */
  name: string
  bytes: number
  /** `delimited`, `sav`, `zsav`, `dta`, ... */
  form: string
  /** The encoding of the file's own texts; the dialect's is that of its records on their way to the parser. */
  encoding: string
  dialect: Dialect
  /** What the records must be got out of; absent where the file is delimited text as it is. */
  input?: SurveyInput
}

/** Everything that a build will do, as plain JSON: compiled and checked in full before the first record is read. */
export interface BuildPlan {
  wave: string
  definitionHash: string
  recipe: Recipe
  read: ReadSurveyOptions
  chain: ChainPlan
  outputs: OutputPlan[]
  /** What tells respondents apart, where the run asks for it. */
  groups: GroupOptions[]
  /** What is written of who a respondent is: variable ids, then names of derived variables. */
  demographics: string[]
  /** Decisions on all respondents that come before the run proper; absent where there are none. */
  draw?: DrawPlan
  /** The conditions of `--where`, in the order in which they are met. */
  conditions: string[]
  /** Variables of the plan that the file lacks. */
  absentQuestions: string[]
  absentDemographics: string[]
}

/**
 * Respondents are worked on in blocks of this many: enough that a row group of every split is worth its footer, few
 * enough that several blocks under way at a time stay small (4 MB of a cross-national file). Bytes count only where
 * records are long beyond any release's.
 */
const blockRows = 2048
const blockBytes = 16 << 20

/**
 * Compiles the plan of a build. Throws a SurveyError where the file is not one of the definition's wave, or the
 * recipe asks for something that is not there. `groupBy` names variables whose groups the run tells apart.
 */
export function compilePlan(
  file: SurveyFile,
  loaded: LoadedDefinition,
  recipe: Recipe,
  groupBy: { names: readonly string[]; flag: string } = { names: [], flag: '' },
): BuildPlan {
  checkSurvey(file, loaded)
  return compileUnchecked(file, loaded, recipe, groupBy)
}

/**
 * The same for a file that may be one that a build refuses: for those that only look at it. `loaded` says what the
 * dataset has; `reading`, how that is read from this file, where the dataset is made of several.
 */
export function compileUnchecked(
  file: SurveyFile,
  loaded: LoadedDefinition,
  recipe: Recipe,
  groupBy: { names: readonly string[]; flag: string } = { names: [], flag: '' },
  reading: FileReading = { loaded },
): BuildPlan {
  const { definition } = loaded
  const read = reading.loaded.definition
  const layout = new FieldLayout(file.dialect, reading)
  const selection = new SelectionPlan(loaded, recipe, layout)
  checkSplit(recipe)
  const groups = selection.groupBy(groupBy.names, groupBy.flag)
  const drawn = selection.groupBy(
    recipe.sample?.cells ?? [],
    recipe.sample?.method === 'balance' ? '--balance' : '--cells',
  )
  const country = selection.groupBy(recipe.split.by === 'country' ? [definition.roles.country] : [], '--split-by')
  const demographics = selectVariables(
    selection.demographics,
    definition.variables.filter(({ kind }) => kind === 'demographic'),
    '--demographics',
    loaded.aliases,
  )
  const questions = selectVariables(
    recipe.questions,
    definition.variables.filter(({ kind }) => kind === 'value'),
    '--questions',
    loaded.aliases,
  )
  if (questions.length === 0 && recipe.tables.includes('examples')) {
    throw new SurveyError('--questions chooses no question, so there is nothing to make examples of', { kind: 'usage' })
  }
  const reference = recipe.referenceTables ? referenceVariables(definition.variables) : undefined
  layout.take(definition.roles.id, 'text')
  const weight = layout.has(definition.roles.weight) ? definition.roles.weight : undefined
  if (weight !== undefined) layout.take(weight, 'number')
  const variables = new Set([
    ...questions,
    ...demographics,
    ...(reference?.demographics ?? []),
    ...(reference?.values ?? []),
  ])
  for (const variable of variables) layout.take(variable.id, demographicKind(variable) === 'text' ? 'text' : 'code')

  for (const id of selection.columns.variableIds()) layout.take(id, 'code')

  const answerCodes = answerCodesOf(questions)
  const derive = selection.derive(layout, layout.count('code'))
  const select = selection.select()
  const decodeQuestions = questions.map((variable) => questionOptions(variable, layout))
  const decodeDemographics = demographics.map((variable) => demographicOptions(variable, layout, reading, recipe))
  const outputs = compileOutputs(recipe, loaded, questions, demographics, selection, answerCodes, layout, reference)
  const { encoding, delimiter, decimalComma, dataStart, dataLine, fields } = file.dialect
  const prefix = reading.idPrefix === undefined ? {} : { idPrefix: reading.idPrefix }
  const readBlock = { path: file.path, sequential: file.input !== undefined }
  const parse = {
    delimiter,
    decimalComma,
    encoding,
    fields: layout.kinds,
    idField: layout.slot(definition.roles.id),
    ...prefix,
  }
  const pass = { readBlock, parse, ...(derive === undefined ? {} : { derive }) }
  const draw = compileDraw(recipe, pass, selection, drawn(), country()[0], weight !== undefined)
  const questionSplits = recipe.split.by === 'question' ? splitQuestions(questions, recipe) : undefined
  return {
    wave: read.wave,
    definitionHash: reading.loaded.hash,
    recipe,
    read: {
      path: file.path,
      file: file.name,
      encoding,
      delimiter,
      dataStart,
      dataLine,
      idField: file.dialect.columns.indexOf(definition.roles.id),
      columns: layout.kinds.flatMap((kind, field) => (kind === 'skip' ? [] : [field])),
      blockRows,
      blockBytes,
      ...(file.input === undefined ? {} : { input: file.input }),
      excludedIds: recipe.repeatedIds === 'drop' ? read.repeatedIds.map(({ id }) => id) : [],
      ...(recipe.split.method === 'shuffle'
        ? { shuffle: { seed: recipe.split.seed, ratios: recipe.split.ratios } }
        : {}),
    },
    chain: {
      readBlock,
      parse,
      ...(derive === undefined ? {} : { derive }),
      ...(select === undefined ? {} : { select }),
      decode: {
        encoding,
        codeFields: layout.count('code'),
        textFields: layout.count('text'),
        questions: decodeQuestions,
        demographics: decodeDemographics,
        answerCodes,
        missingCodes: read.missing.map(({ code, kind }) => [code, kind]),
        idVariable: definition.roles.id,
        ...(weight === undefined ? {} : { weight }),
        onInvalid: recipe.onInvalid,
        fields,
        ...prefix,
        ...(layout.isPart ? { file: file.name } : {}),
      },
      split: recipe.split,
      explode: {
        questions: questions.length,
        examples: recipe.tables.includes('examples'),
        ...(questionSplits === undefined ? {} : { questionSplits }),
      },
      writers: outputs.map((output, index) => writerPlan(output, index, layout.count('code'))),
    },
    outputs,
    groups: groups(),
    ...(draw === undefined ? {} : { draw }),
    demographics: [...demographics.map(({ id }) => id), ...selection.written.map(({ name }) => name)],
    conditions: selection.terms.map(({ text }) => text),
    absentQuestions: questions.filter(({ id }) => !layout.has(id)).map(({ id }) => id),
    absentDemographics: [
      ...demographics.filter(({ id }) => !layout.has(id)).map(({ id }) => id),
      ...selection.written.filter((column) => !selection.columns.isPresent(column)).map(({ name }) => name),
    ],
  }
}

/** SHA-256 of the plan as JSON, without the path of the file: what two runs must share to be one dataset. */
export function planHash(plan: BuildPlan): string {
  const { input } = plan.read
  const read = { ...plan.read, path: '', ...(input === undefined ? {} : { input: { ...input, path: '' } }) }
  const readBlock = { path: '' }
  const chain = { ...plan.chain, readBlock }
  const draw = plan.draw === undefined ? {} : { draw: { ...plan.draw, pass: { ...plan.draw.pass, readBlock } } }
  return createHash('sha256')
    .update(JSON.stringify({ ...plan, ...draw, read, chain }))
    .digest('hex')
}

function answerCodesOf(questions: Variable[]): number[] {
  const codes = new Set<number>()
  for (const { scale } of questions) {
    for (let code = scale?.min ?? 0; scale !== undefined && code <= scale.max; code++) codes.add(code)
  }
  if (codes.size > 240) {
    throw new SurveyError(
      `the scales of the chosen questions have ${codes.size} codes together; expected 240 at most`,
      {
        kind: 'usage',
      },
    )
  }
  return [...codes].sort((left, right) => left - right)
}

function questionOptions(variable: Variable, layout: FieldLayout): QuestionOptions {
  const { min, max } = variable.scale ?? { min: 0, max: -1 }
  return { id: variable.id, slot: layout.slot(variable.id), min, max, recodes: layout.recodes(variable) }
}

function demographicKind({ measure }: Variable): DemographicOptions['kind'] {
  if (measure === 'text') return 'text'
  return measure === 'category' ? 'category' : 'quantity'
}

function demographicOptions(
  variable: Variable,
  layout: FieldLayout,
  { loaded }: FileReading,
  recipe: Recipe,
): DemographicOptions {
  const kind = demographicKind(variable)
  const labels = kind === 'category' ? codeLabels(loaded, layout.asRead(variable), recipe.labels === 'mended') : []
  const missing = new Set(loaded.definition.missing.map(({ code }) => code))
  const constant = layout.constant(variable.id)
  return {
    id: variable.id,
    kind,
    slot: layout.slot(variable.id),
    labels: labels.filter(([code]) => code >= 0),
    missingLabels: recipe.missing === 'label' ? labels.filter(([code]) => code < 0 && missing.has(code)) : [],
    ...(variable.scale === undefined ? {} : { min: variable.scale.min, max: variable.scale.max }),
    ...(constant === undefined ? {} : { constant }),
  }
}

function codeLabels(loaded: LoadedDefinition, variable: Variable, mended: boolean): [number, string][] {
  const labels: [number, string][] = []
  for (const [key, label] of Object.entries(loaded.labelsOf(variable, { mended }))) {
    const code = Number(key)
    if (Number.isInteger(code)) labels.push([code, label])
  }
  return labels
}

interface ReferenceVariables {
  demographics: Variable[]
  values: Variable[]
}

function referenceVariables(variables: Variable[]): ReferenceVariables {
  return {
    demographics: variables.filter(({ kind }) => kind === 'demographic'),
    values: variables.filter(({ kind }) => kind === 'value'),
  }
}

function compileOutputs(
  recipe: Recipe,
  loaded: LoadedDefinition,
  questions: Variable[],
  demographics: Variable[],
  selection: SelectionPlan,
  answerCodes: number[],
  layout: FieldLayout,
  reference: ReferenceVariables | undefined,
): OutputPlan[] {
  const { roles } = loaded.definition
  const byName = recipe.columnNames === 'name'
  const table = (name: TableName): TableOptions => ({
    table: name,
    id: byName ? 'respondent_id' : roles.id,
    ...(recipe.weight ? { weight: byName ? 'weight' : roles.weight } : {}),
    demographics: [
      ...demographics.map((variable) => ({
        name: byName ? (variable.name ?? variable.id) : variable.id,
        kind: demographicKind(variable),
      })),
      ...selection.written.map((column) => ({ name: column.name, kind: 'category' as const })),
    ],
    questions: questions.map(({ id }) => id),
    answerCodes,
  })
  const shards = shardOutputs(recipe, table)
  if (reference === undefined) return shards
  const column = (variable: Variable): ReferenceColumn => ({
    id: variable.id,
    slot: layout.slot(variable.id),
    recodes: layout.recodes(variable),
    ...(variable.measure === 'ordinal' ? {} : { labels: codeLabels(loaded, variable, false) }),
    holdsText: false,
  })
  return [
    ...shards,
    { kind: 'reference', table: 'demographic_qa', columns: reference.demographics.map(column) },
    { kind: 'reference', table: 'value_qa', columns: reference.values.map(column) },
  ]
}

/** The pass that decides on all respondents; undefined where nothing depends on all of them. */
function compileDraw(
  { sample, split, onInvalid }: Recipe,
  pass: Pick<DrawPlan['pass'], 'readBlock' | 'parse' | 'derive'>,
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

function checkSplit({ split, tables, referenceTables }: Recipe): void {
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

function splitQuestions(questions: Variable[], { split }: Recipe): number[] {
  const ids = questions.map(({ id }) => id)
  const splits = splitUnits(ids, split.ratios, split.seed)
  return ids.map((id) => splits.get(id) ?? 0)
}
