import { groupedNumber } from '../formats/grouped-number.js'
import type { PlainColumn } from '../formats/parquet/plain-file.js'
import { exportColumns } from '../stages/export-columns.js'
import { cardEnd, hubSplit, splitSentence, splitsOf } from './dataset-card.js'
import type { ExportManifest } from './export.js'
import { exportExtension } from './export-options.js'
import type { ExportPlan } from './export-plan.js'

/** The table of an export: the folder of its shards. */
const table = 'examples'

const featureTypes = { text: 'string', integer: 'int32', number: 'float64' } as const

/** A Hugging Face dataset card for an export: YAML that `load_dataset` reads, then what a person must know. */
export function exportCard(plan: ExportPlan, manifest: ExportManifest, title: string): string {
  const { options } = plan
  const lines = manifest.files.reduce((sum, file) => sum + (file.table === table ? (file.rows ?? 0) : 0), 0)
  return `---
${cardYaml(plan, manifest, title)}---

# ${title}: answers as ${options.format} for language models

${groupedNumber(lines)} lines made from ${groupedNumber(manifest.counts.examples)} answers of
${groupedNumber(manifest.counts.respondents)} respondents of wave ${manifest.input.wave} of the World Values Survey.

## How it was made

- Input: \`${manifest.input.name}\` (${manifest.input.bytes} bytes, SHA-256 \`${manifest.input.sha256}\`), release \`${manifest.input.release}\`.
- Tool: wvs-etl ${manifest.tool.version}, definition of wave ${manifest.definition.wave} (SHA-256 \`${manifest.definition.sha256}\`).
- Split: ${splitSentence(manifest)}
${describe(plan)
  .map((line) => `- ${line}\n`)
  .join(
    '',
  )}- \`manifest.json\` holds the templates, every option and count and the SHA-256 of every file. The same input, options and
  version give the same bytes.

${cardEnd(manifest)}`
}

function cardYaml(plan: ExportPlan, manifest: ExportManifest, title: string): string {
  const lines = ['license: other', 'license_name: world-values-survey-terms', `pretty_name: ${JSON.stringify(title)}`]
  lines.push('task_categories:', '- text-generation', 'tags:', '- survey', '- values', '- world-values-survey')
  const splits = splitsOf(manifest, table)
  if (splits.length === 0) return `${lines.join('\n')}\n`
  lines.push('configs:', '- config_name: default', '  data_files:')
  for (const split of splits) {
    lines.push(`  - split: ${hubSplit(split)}`, `    path: ${table}/${split}-*.${exportExtension(plan.options)}`)
  }
  const columns = exportColumns(plan.options.format, plan.data)
  if (columns !== undefined) {
    lines.push('dataset_info:', '  features:', ...columns.flatMap(featureLines), '  splits:')
    for (const split of splits) {
      const files = manifest.files.filter((file) => file.table === table && file.split === split)
      const sum = (count: 'bytes' | 'rows') => files.reduce((total, file) => total + (file[count] ?? 0), 0)
      lines.push(`  - name: ${hubSplit(split)}`, `    num_bytes: ${sum('bytes')}`, `    num_examples: ${sum('rows')}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function featureLines(column: PlainColumn): string[] {
  const name = `  - name: ${JSON.stringify(column.name)}`
  if (column.kind === 'flat') return [name, `    dtype: ${featureTypes[column.type]}`]
  return [name, '    list:', ...column.fields.flatMap((field) => [`    - name: ${field}`, '      dtype: string'])]
}

/** The options that shaped the lines, in sentences. */
function describe({ options, data }: ExportPlan): string[] {
  const { templates, answer, missingDemographics, demographicsPerExample, contextAnswers, turns, fewShot } = options
  const names = data.listed.map((index) => data.demographics[index].name)
  const lines = [`Demographics: ${names.join(', ') || 'none'}; a missing one is ${saidOf(missingDemographics)}.`]
  if (templates.length > 0) lines.push(`Templates: ${templates.map(({ name }) => `\`${name}\``).join(', ')}.`)
  lines.push(`Answers are given as ${answer === 'both' ? 'code and label' : answer}.`)
  if (demographicsPerExample !== undefined) {
    lines.push(`Each example shows ${demographicsPerExample} of the demographics at most, drawn for it.`)
  }
  if (contextAnswers > 0) lines.push(`Each shows ${contextAnswers} other answers of the same respondent.`)
  if (turns > 1) lines.push(`A conversation holds up to ${turns} questions to one respondent.`)
  if (fewShot > 0)
    lines.push(`${fewShot} worked examples of other people stand in front of each, drawn from \`train\`.`)
  if (options.perRespondent !== undefined) lines.push(`Of each respondent ${options.perRespondent} answers at most.`)
  if (options.maxExamples !== undefined) lines.push(`Of all examples ${options.maxExamples} at most, drawn by seed.`)
  lines.push(options.shuffle === undefined ? 'Order: that of the file.' : `Order: shuffled, seed ${options.shuffle}.`)
  return lines
}

function saidOf(missing: 'skip' | 'say'): string {
  return missing === 'skip' ? 'left out' : 'said to be not known'
}
