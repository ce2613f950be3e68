import type { StoredRespondents } from '../batch/respondent-store.js'
import { builtInDerived } from '../definitions/derived-variable.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import type { Variable } from '../definitions/schema.js'
import { questionScale } from '../definitions/wording.js'
import { SurveyError } from '../formats/survey-error.js'
import { parseTemplate, type TemplateParts, type TemplateScope, templateFields, usesList } from '../formats/template.js'
import {
  type AnswerForm,
  type ExampleData,
  type ExampleDemographic,
  type ExampleQuestion,
  exampleFields,
  exampleLists,
} from '../stages/example-values.js'
import type { ExportTemplate } from '../stages/export-line.js'
import type { ExportOptions } from './export-options.js'
import { type BuildPlan, compilePlan, type SurveyFile } from './plan.js'
import { type Question, questionsTable } from './questions-table.js'
import type { Recipe } from './recipe.js'
import { SelectionPlan } from './selection-plan.js'
import { selectVariables } from './variable-selection.js'

/** Everything that an export will do; checked in full before the first record is read. */
export interface ExportPlan {
  /** How the survey is read and decoded. */
  build: BuildPlan
  options: ExportOptions
  templates: ExportTemplate[]
  /** The column that names the release. */
  versionColumn: string | undefined
  /** What templates can say, but for the respondents, who are known when the survey was read. */
  data: Omit<ExampleData, 'respondents'>
}

/** How a missing demographic is put where it is not skipped. */
const missingText = 'Not known'

/**
 * Compiles the plan of an export. Throws a SurveyError for a template that names what is not there or can not be
 * parsed, options that do not go together, and all that a build's plan refuses.
 */
export function compileExportPlan(
  file: SurveyFile,
  loaded: LoadedDefinition,
  recipe: Recipe,
  options: ExportOptions,
): ExportPlan {
  const demographics = loaded.definition.variables.filter(({ kind }) => kind === 'demographic')
  const selection = new SelectionPlan(loaded, recipe, { has: (id) => file.dialect.columns.includes(id) })
  const derivedNames = selection.columns.derivedNames()
  const templates = compileTemplates(options, [...demographics.map(({ id, name }) => name ?? id), ...derivedNames])
  checkOptions(options, templates, recipe)
  const listed = selectVariables(selection.demographics, demographics, '--demographics')
  const isNamed = (name: string) => templates.some(({ parts }) => templateFields(parts).has(name))
  const named = demographics.filter(({ id, name }) => isNamed(name ?? id))
  const listedDerived = selection.written.map(({ name }) => name)
  const usedDerived = [...new Set([...listedDerived, ...derivedNames.filter(isNamed)])]
  // Templates may name more than the list holds; both are decoded.
  const used = demographics.filter((variable) => listed.includes(variable) || named.includes(variable))
  const build = compilePlan(file, loaded, {
    ...recipe,
    demographics: [...(used.length === 0 ? ['none'] : used.map(({ id }) => id)), ...usedDerived],
    tables: ['examples'],
    formats: ['jsonl'],
    missing: 'null',
    columnNames: 'name',
  })
  const mended = recipe.labels === 'mended'
  const ids = build.chain.decode.questions.map(({ id }) => id)
  return {
    build,
    options,
    templates,
    versionColumn: loaded.definition.roles.version,
    data: {
      demographics: [
        ...used.map((variable) => exampleDemographic(variable, loaded, mended)),
        ...usedDerived.map((name) => derivedDemographic(name, recipe)),
      ],
      listed: [
        ...used.flatMap((variable, index) => (listed.includes(variable) ? [index] : [])),
        ...listedDerived.map((name) => used.length + usedDerived.indexOf(name)),
      ],
      questions: questionsTable(loaded, ids, mended).map((question) =>
        exampleQuestion(question, loaded, options.answer),
      ),
      answerCodes: build.chain.decode.answerCodes,
      answer: options.answer,
      ...(options.missingDemographics === 'say' ? { missingText } : {}),
    },
  }
}

/** The plan's data with the respondents that were read. */
export function exampleData({ data }: ExportPlan, respondents: StoredRespondents): ExampleData {
  return { ...data, respondents }
}

function compileTemplates({ templates, format }: ExportOptions, demographics: readonly string[]): ExportTemplate[] {
  const scope: TemplateScope = {
    fields: [...exampleFields, ...demographics],
    lists: exampleLists,
  }
  const compiled = templates.map(({ name, text }) => {
    const parts = parseTemplate(text, name, scope)
    const fallback = (partText: string) => parseTemplate(partText, name, scope).user ?? []
    return {
      name,
      parts: {
        system: parts.system ?? [],
        user: parts.user ?? [],
        follow_up: parts.follow_up ?? fallback('{{question}} {{scale}}'),
        assistant: parts.assistant ?? fallback('{{answer}}'),
      },
    }
  })
  if (compiled.length > 0) return compiled
  if (format !== 'fields') throw new SurveyError('no template given; pass --template NAME or FILE', { kind: 'usage' })
  return [{ name: 'none', parts: { system: [], user: [], follow_up: [], assistant: [] } }]
}

function checkOptions(options: ExportOptions, templates: ExportTemplate[], { split }: Recipe): void {
  const { format, container, compression, turns, fewShot, contextAnswers, demographicsPerExample } = options
  const refuse = (message: string) => {
    throw new SurveyError(message, { kind: 'usage' })
  }
  if (container === 'parquet' && format === 'openai-batch') {
    refuse('openai-batch is read as lines of JSON; leave out --as parquet')
  }
  if (container === 'jsonl' && compression === 'snappy') {
    refuse('lines of JSON are compressed with gzip or zstd, or not at all; snappy belongs to --as parquet')
  }
  if (split.by === 'question' && (fewShot > 0 || contextAnswers > 0)) {
    refuse('--few-shot and --context-answers show answers to other questions; they do not go with --split-by question')
  }
  if (turns > 1 && !['chat', 'sharegpt', 'text'].includes(format)) {
    refuse(`--turns needs a format that holds a conversation (chat, sharegpt or text), not ${format}`)
  }
  if (format === 'fields' && (fewShot > 0 || contextAnswers > 0 || demographicsPerExample !== undefined)) {
    refuse('--few-shot, --context-answers and --demographics-per-example need a template, which fields does not take')
  }
  if (contextAnswers > 0) {
    const without = templates.find(({ parts }) => !usesList(withoutFollowUp(parts), 'answers'))
    if (without !== undefined) {
      refuse(`--context-answers: the template ${without.name} has no {{#answers}}...{{/answers}} to hold them`)
    }
  }
}

function withoutFollowUp({ system = [], user = [] }: TemplateParts): TemplateParts {
  return { system, user }
}

function exampleDemographic(variable: Variable, loaded: LoadedDefinition, mended: boolean): ExampleDemographic {
  const { id, name, measure, scale, stem, label } = variable
  const kind = measure === 'text' ? 'text' : measure === 'category' ? 'category' : 'quantity'
  const labels = measure === 'quantity' ? Object.entries(loaded.labelsOf(variable, { mended })) : []
  return {
    id,
    name: name ?? id,
    question: stem ?? label,
    kind,
    texts: labels.flatMap(([key, text]) => {
      const code = Number(key)
      return Number.isInteger(code) && code >= 0 ? [[code, text] as [number, string]] : []
    }),
    scale:
      scale === undefined
        ? ''
        : ` on a scale from ${scale.min} (${scale.minLabel}) to ${scale.max} (${scale.maxLabel})`,
  }
}

/** A derived demographic is not asked for; its label stands in place of a question. */
function derivedDemographic(name: string, recipe: Pick<Recipe, 'derive'>): ExampleDemographic {
  const { label } = recipe.derive.find((variable) => variable.name === name) ?? builtInDerived(name)
  return { id: name, name, question: `${label}:`, kind: 'category', texts: [], scale: '' }
}

function exampleQuestion(question: Question, loaded: LoadedDefinition, answer: AnswerForm): ExampleQuestion {
  const { id, category, label, value_labels, scale_min, scale_max } = question
  const variable = loaded.variable(id)
  const options: ExampleQuestion['options'] = []
  for (let code = scale_min ?? 0; scale_max !== null && code <= scale_max; code++) {
    options.push({ code, label: value_labels[code] ?? String(code) })
  }
  return {
    id,
    question: variable?.stem ?? label,
    scale:
      answer === 'label'
        ? `Answer with one of: ${options.map((option) => option.label).join('; ')}.`
        : variable === undefined
          ? ''
          : questionScale(variable),
    category,
    options,
  }
}
