import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import Mustache from 'mustache'
import type { LoadedDefinition } from '#src/definitions/loader.js'
import type { Variable } from '#src/definitions/schema.js'
import { questionScale } from '#src/definitions/wording.js'
import type { ExportOptions } from '#src/pipelines/export-options.js'

/** An example as plain objects: what the oracle makes of one cell. */
export interface PlainExample {
  id: string
  questionId: string
  view: Record<string, unknown>
}

type OracleOptions = Pick<ExportOptions, 'answer' | 'missingDemographics'> & { demographics: string[] }

/**
 * The examples of a survey file, in file order, by plain loops over what csv-parse reads: nothing is shared with the
 * pipeline but the definition.
 */
export function plainExamples(path: string, { definition, labelsOf }: LoadedDefinition, options: OracleOptions) {
  const rows: Record<string, string>[] = parse(readFileSync(path), { columns: true, bom: true })
  const demographics = definition.variables.filter(({ kind }) => kind === 'demographic')
  const questions = definition.variables.filter(({ kind, id }) => kind === 'value' && id in rows[0])
  const repeated = new Map<string, number>()
  for (const row of rows) {
    const id = row[definition.roles.id]
    repeated.set(id, (repeated.get(id) ?? 0) + 1)
  }
  const seen = new Map<string, number>()
  const examples: PlainExample[] = []
  for (const row of rows) {
    let id = row[definition.roles.id]
    const count = (seen.get(id) ?? 0) + 1
    seen.set(id, count)
    if ((repeated.get(id) ?? 0) > 1) id = `${id}-${count}`
    const who: Record<string, string> = {}
    const fields: Record<string, string | number | null> = {}
    for (const variable of demographics) {
      const value = demographicValue(row[variable.id] ?? '', variable, labelsOf(variable, { mended: true }))
      const name = variable.name ?? variable.id
      fields[name] = value.field
      if (value.text !== undefined) who[name] = value.text
    }
    const said = options.missingDemographics === 'say' ? 'Not known' : undefined
    const list = demographics
      .filter(({ name, id }) => options.demographics.includes(name ?? id))
      .map((variable) => ({ variable, answer: who[variable.name ?? variable.id] ?? said }))
      .filter(({ answer }) => answer !== undefined)
    const weight = row[definition.roles.weight]
    for (const question of questions) {
      const code = codeOf(row[question.id], question)
      if (code === undefined) continue
      examples.push({
        id,
        questionId: question.id,
        view: {
          ...who,
          fields,
          respondent_id: id,
          weight: weight === '' ? '' : String(Number(weight)),
          demographics: list.map(({ variable, answer }, index) => ({
            number: index + 1,
            name: variable.name,
            question: variable.stem,
            answer,
            first: index === 0,
            last: index === list.length - 1,
          })),
          ...questionView(question, code, labelsOf(question, { mended: true }), options.answer),
        },
      })
    }
  }
  return examples
}

function demographicValue(cell: string, variable: Variable, labels: Record<string, string>) {
  const code = Number(cell)
  if (cell.trim() === '' || code < 0) return { field: null, text: undefined }
  if (variable.measure === 'category') {
    const label = labels[code] ?? String(code)
    return { field: label, text: label }
  }
  const { scale } = variable
  if (scale !== undefined && (code < scale.min || code > scale.max)) return { field: null, text: undefined }
  const text = variable.measure === 'quantity' ? (labels[code] ?? String(code)) : String(code)
  const suffix =
    scale === undefined ? '' : ` on a scale from ${scale.min} (${scale.minLabel}) to ${scale.max} (${scale.maxLabel})`
  return { field: code, text: text + suffix }
}

function codeOf(cell: string, { recodes = {}, scale }: Variable): number | undefined {
  if (cell.trim() === '' || scale === undefined) return undefined
  const code = recodes[cell] === undefined ? Number(cell) : recodes[cell]
  return code === null || code < scale.min || code > scale.max ? undefined : code
}

function questionView(question: Variable, code: number, labels: Record<string, string>, form: ExportOptions['answer']) {
  const { recodes = {}, scale, stem, id, category } = question
  const labelOf = (wanted: number) => {
    if (recodes[wanted] === undefined && labels[wanted] !== undefined) return labels[wanted]
    const source = Object.keys(recodes).find((key) => recodes[key] === wanted)
    return (source === undefined ? undefined : labels[source]) ?? String(wanted)
  }
  const codes = Array.from({ length: (scale?.max ?? 0) - (scale?.min ?? 0) + 1 }, (_, at) => (scale?.min ?? 0) + at)
  const label = labelOf(code)
  const both = label === String(code) ? label : `${code} (${label})`
  const answer = { code: String(code), label, both }[form]
  return {
    question: stem,
    question_id: id,
    category,
    scale: form === 'label' ? `Answer with one of: ${codes.map(labelOf).join('; ')}.` : questionScale(question),
    answer,
    answer_code: code,
    answer_label: label,
    answer_json: form === 'code' ? code : JSON.stringify(answer),
    options: codes.map((option, at) => ({
      number: at + 1,
      code: option,
      label: labelOf(option),
      first: at === 0,
      last: at === codes.length - 1,
    })),
  }
}

/** A template's parts rendered by Mustache itself. */
export function renderParts(template: string, view: Record<string, unknown>) {
  const part = (name: string) => {
    const own = new RegExp(`\\{\\{#${name}\\}\\}([^]*)\\{\\{/${name}\\}\\}`).exec(template)?.[1]
    return own === undefined ? undefined : Mustache.render(own, view, {}, { escape: String }).trim()
  }
  const user = part('user') ?? Mustache.render(template, view, {}, { escape: String }).trim()
  return { system: part('system'), user, assistant: part('assistant') ?? String(view.answer) }
}

/** One line as JSON.stringify writes it. */
export function plainLine(options: ExportOptions, example: PlainExample, demographics: string[]): string {
  const { view } = example
  if (options.format === 'fields') {
    const fields = view.fields as Record<string, unknown>
    return `${JSON.stringify({
      respondent_id: view.respondent_id,
      question: view.question_id,
      wording: view.question,
      category: view.category,
      answer: view.answer_code,
      answer_label: view.answer_label,
      weight: view.weight === '' ? null : Number(view.weight),
      ...Object.fromEntries(
        Object.keys(fields).flatMap((name) => (demographics.includes(name) ? [[name, fields[name]]] : [])),
      ),
    })}\n`
  }
  const { system, user, assistant } = renderParts(options.templates[0].text, view)
  const start = system === undefined ? '' : `${system}\n\n`
  const message = (role: string, content: string) => ({ role, content })
  const messages = [...(system === undefined ? [] : [message('system', system)]), message('user', user)]
  const turn = (from: string, value: string) => ({ from, value })
  const line = {
    chat: { messages: [...messages, message('assistant', assistant)] },
    sharegpt: {
      conversations: [
        ...(system === undefined ? [] : [turn('system', system)]),
        turn('human', user),
        turn('gpt', assistant),
      ],
    },
    'prompt-completion': { prompt: `${start}${user}\n`, completion: assistant },
    text: { text: `${start}${user}\n${assistant}` },
    alpaca:
      system === undefined
        ? { instruction: user, input: '', output: assistant }
        : { instruction: system, input: user, output: assistant },
    'openai-batch': {
      custom_id: `${example.id}:${example.questionId}`,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { ...options.request, messages },
    },
  }[options.format]
  return `${JSON.stringify(line)}\n`
}
