import { createHash } from 'node:crypto'
import type { LoadedDefinition } from '../definitions/loader.js'
import type { Dialect } from '../formats/dialect.js'
import { SurveyError } from '../formats/survey-error.js'
import type { SurveyInput } from '../formats/survey-input.js'
import type { ChainPlan } from '../stages/chain.js'
import type { GroupOptions } from '../stages/group.js'
import type { ReadSurveyOptions } from '../stages/read-survey.js'
import type { Choice } from '../stages/record-choice.js'
import { answerCodesOf, demographicKind, demographicOptions, questionOptions } from './decode-plan.js'
import type { DrawPlan } from './draw.js'
import { FieldLayout, type FileReading } from './field-layout.js'
import { compileOutputs, type OutputPlan, referenceVariables, writerPlan } from './output-plan.js'
import type { Recipe } from './recipe.js'
import { SelectionPlan } from './selection-plan.js'
import { checkSplit, compileDraw, splitQuestions } from './split-plan.js'
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

/** Blocks are so many times as long where a condition chooses: of a shorter one too few would be left for a row group. */
const chosenBlocks = 4

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
  const drawn = selection.groupBy(
    recipe.sample?.cells ?? [],
    recipe.sample?.method === 'balance' ? '--balance' : '--cells',
  )
  // The same variables may have been named for the draw.
  const groups = selection.groupBy(groupBy.names, groupBy.flag)
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
  const decodeQuestions = questions.map((variable) => questionOptions(variable, layout))
  const decodeDemographics = demographics.map((variable) => demographicOptions(variable, layout, reading, recipe))
  const derived = selection.written.map(({ name }) => name)
  const chosen = { questions, demographics, derived, answerCodes, reference }
  const outputs = compileOutputs(recipe, loaded, chosen, layout)
  const { encoding, delimiter, decimalComma, dataStart, dataLine, fields } = file.dialect
  const ids = {
    encoding,
    textFields: layout.count('text'),
    idField: layout.slot(definition.roles.id),
    ...(reading.idPrefix === undefined ? {} : { idPrefix: reading.idPrefix }),
  }
  const select = selection.select(ids)
  const blocks = select === undefined ? 1 : chosenBlocks
  const readBlock = { path: file.path, sequential: file.input !== undefined }
  const parse = { delimiter, decimalComma, encoding, fields: layout.kinds }
  const pass = { readBlock, parse, ...(derive === undefined ? {} : { derive }) }
  const draw = compileDraw(recipe, { pass, ids }, selection, drawn(), country()[0], weight !== undefined)
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
      blockRows: blockRows * blocks,
      blockBytes: blockBytes * blocks,
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
        ...ids,
        codeFields: layout.count('code'),
        questions: decodeQuestions,
        demographics: decodeDemographics,
        answerCodes,
        missingCodes: read.missing.map(({ code, kind }) => [code, kind]),
        idVariable: definition.roles.id,
        ...(weight === undefined ? {} : { weight }),
        onInvalid: recipe.onInvalid,
        fields,
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
    demographics: [...demographics.map(({ id }) => id), ...derived],
    conditions: selection.terms.map(({ text }) => text),
    absentQuestions: questions.filter(({ id }) => !layout.has(id)).map(({ id }) => id),
    absentDemographics: [
      ...demographics.filter(({ id }) => !layout.has(id)).map(({ id }) => id),
      ...selection.written.filter((column) => !selection.columns.isPresent(column)).map(({ name }) => name),
    ],
  }
}

/**
 * What chooses the respondents of a plan while its file is indexed; undefined where that hangs on more than their codes, or
 * the file is no plain text.
 */
export function choiceOf({ chain, draw, read }: BuildPlan): Choice | undefined {
  const { parse, derive, select } = chain
  if (select === undefined || select.share !== undefined || draw !== undefined || read.input !== undefined)
    return undefined
  return { parse, select, ...(derive === undefined ? {} : { derive }) }
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
