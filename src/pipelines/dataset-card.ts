import { type SplitName, splitNames } from '../batch/respondent-batch.js'
import { waveName, waveNames } from '../definitions/wave-order.js'
import { groupedNumber } from '../formats/grouped-number.js'
import { tableColumns } from '../stages/table.js'
import type { ShardOutput } from './output-plan.js'
import type { BuildPlan } from './plan.js'
import { extensionOf } from './shard-sequence.js'
import { recognitionText } from './small-groups.js'
import { wavesSection } from './waves-card.js'
import { type AnyManifest, inputsOf, isOfSeveral } from './waves-manifest.js'

const featureTypes = { text: 'string', integer: 'int32', number: 'float64' } as const

/** A Hugging Face dataset card: YAML that `load_dataset` reads, then what a person must know of the data. */
export function datasetCard(plan: BuildPlan, manifest: AnyManifest, title: string): string {
  const outputs = cardOutputs(plan)
  return `---
${cardYaml(plan, manifest, outputs, title)}---

# ${title}: values as a dataset for language models

${description(plan, manifest)}

## Tables

${tableSection(plan, manifest)}

${isOfSeveral(manifest) ? `${wavesSection(manifest)}\n\n` : ''}## How it was made

${inputLines(manifest)}
- Tool: wvs-etl ${manifest.tool.version}, recipe \`${manifest.recipe.name}\`, ${definitionPhrase(manifest)}.
- Split: ${splitSentence(manifest)}
- \`manifest.json\` holds the whole recipe, every count and the SHA-256 of every file. The same input, recipe and version give the same bytes.

${cardEnd(manifest)}`
}

/** What was read. */
export function inputLines(manifest: AnyManifest): string {
  return inputsOf(manifest)
    .map(
      ({ name, bytes, sha256, release }) =>
        `- Input: \`${name}\` (${bytes} bytes, SHA-256 \`${sha256}\`), release \`${release}\`.`,
    )
    .join('\n')
}

function definitionPhrase(manifest: AnyManifest): string {
  const definitions = new Map(inputsOf(manifest).map(({ definition }) => [definition.sha256, definition]))
  return [...definitions.values()]
    .map(({ wave, sha256 }) => `definition of ${waveName(wave)} (SHA-256 \`${sha256}\`)`)
    .join(', ')
}

/** What every card ends with: what was left out, who could be recognised, the terms of the data, what to cite. */
export function cardEnd(manifest: AnyManifest): string {
  return `## What was left out

${leftOutSection(manifest)}

## Who could be recognised

${recognitionSection(manifest)}

## Terms of use

The World Values Survey gives its data free of charge for non-profit use. In plain words: use them for research and
teaching, not for profit; do not pass the respondents' data on, in this form or another, so keep this dataset private
and let others make their own from the file that they download; cite the source; do not try to find out who a
respondent is. The full terms are on the site of the World Values Survey Association, worldvaluessurvey.org.

## Citation

${citations(manifest)}`
}

/** One format of each table: a card names a table once, in the format that loads best. */
function cardOutputs(plan: BuildPlan): ShardOutput[] {
  const chosen = new Map<string, ShardOutput>()
  for (const output of plan.outputs) {
    if (output.kind === 'shards' && !chosen.has(output.table.table)) chosen.set(output.table.table, output)
  }
  return [...chosen.values()].sort((left, right) => (left.table.table < right.table.table ? -1 : 1))
}

function cardYaml(plan: BuildPlan, manifest: AnyManifest, outputs: ShardOutput[], title: string): string {
  const lines = ['license: other', 'license_name: world-values-survey-terms', `pretty_name: ${JSON.stringify(title)}`]
  lines.push('task_categories:', '- text-generation', 'tags:', '- survey', '- values', '- world-values-survey')
  if (outputs.length > 0) lines.push('configs:')
  for (const [index, output] of outputs.entries()) {
    const { table } = output.table
    lines.push(`- config_name: ${table}`, ...(index === 0 ? ['  default: true'] : []), '  data_files:')
    for (const split of splitsOf(manifest, table)) {
      lines.push(`  - split: ${hubSplit(split)}`, `    path: ${table}/${split}-*.${extensionOf(output)}`)
    }
    if (output.format === 'tsv') lines.push('  sep: "\\t"')
  }
  if (outputs.length > 0 && plan.recipe.formats.includes('parquet')) {
    lines.push('- config_name: questions', '  data_files:', '  - split: train', '    path: questions.parquet')
    lines.push('dataset_info:')
    for (const output of outputs) lines.push(...featureLines(output, manifest))
  }
  return lines.map((line) => `${line}\n`).join('')
}

function featureLines(output: ShardOutput, manifest: AnyManifest): string[] {
  const { table } = output.table
  const lines = [`- config_name: ${table}`, '  features:']
  for (const { name, type } of tableColumns(output.table)) {
    lines.push(`  - name: ${JSON.stringify(name)}`, `    dtype: ${featureTypes[type]}`)
  }
  lines.push('  splits:')
  for (const split of splitsOf(manifest, table)) {
    const files = manifest.files.filter((file) => file.table === table && file.split === split)
    const inFormat = files.filter(({ path }) => path.endsWith(`.${extensionOf(output)}`))
    const bytes = inFormat.reduce((sum, file) => sum + file.bytes, 0)
    const rows = inFormat.reduce((sum, file) => sum + (file.rows ?? 0), 0)
    lines.push(`  - name: ${hubSplit(split)}`, `    num_bytes: ${bytes}`, `    num_examples: ${rows}`)
  }
  return lines
}

export function splitsOf(manifest: AnyManifest, table: string): SplitName[] {
  return splitNames.filter((split) => manifest.files.some((file) => file.table === table && file.split === split))
}

/** The Hub's name for the second split. */
export function hubSplit(split: SplitName): string {
  return split === 'valid' ? 'validation' : split
}

function description({ recipe }: BuildPlan, manifest: AnyManifest): string {
  const { counts, questions, demographics } = manifest
  const paragraph =
    `${groupedNumber(counts.respondents)} respondents of ${wavesOf(manifest)} of the World Values Survey, ` +
    `${questions.length} questions about what they value and ${demographics.length} variables about who they are: ` +
    `${groupedNumber(counts.examples)} answers.`
  return recipe.referenceTables
    ? `${paragraph} The folders \`full\`, \`train\`, \`valid\` and \`test\` hold the tables of WorldValuesBench as its own pipeline writes them.`
    : paragraph
}

function tableSection(plan: BuildPlan, manifest: AnyManifest): string {
  const rows = ['| table | a row is | columns | rows in train / valid / test |', '| --- | --- | --- | --- |']
  for (const output of cardOutputs(plan)) {
    const { table } = output.table
    const sizes = splitNames.map((split) => {
      const { respondents, examples } = manifest.counts.splits[split]
      return groupedNumber(table === 'records' ? respondents : examples)
    })
    const meaning =
      table === 'records'
        ? 'a respondent, with all answers'
        : 'an example: (who, question) -> answer, a code on its scale'
    rows.push(`| \`${table}\` | ${meaning} | ${tableColumns(output.table).length} | ${sizes.join(' / ')} |`)
  }
  rows.push(
    `| \`questions\` | a question: wording, scale, value labels | ${isOfSeveral(manifest) ? 10 : 9} | ${groupedNumber(manifest.questions.length)} in all |`,
  )
  return rows.join('\n')
}

export function splitSentence({ recipe }: AnyManifest): string {
  const { by, method, ratios, seed } = recipe.split
  const shares = `${ratios.join(' / ')} to train / valid / test`
  if (by === 'country') return `${shares}, whole countries at a time (seed ${seed}): no country is in two splits.`
  if (by === 'question') return `${shares}, whole questions at a time (seed ${seed}): no question is in two splits.`
  switch (method) {
    case 'hash':
      return `${shares}, by a hash of the respondent's id (seed ${seed}): a respondent keeps its split in every build.`
    case 'shuffle':
      return `${shares}, by the shuffle of WorldValuesBench (seed ${seed}).`
    case 'none':
      return 'none; everything is `train`.'
    default:
      throw new Error(`unknown split: ${String(method satisfies never)}`)
  }
}

function leftOutSection({ counts, absentQuestions, absentDemographics }: AnyManifest): string {
  const missing = Object.values(counts.missing).flatMap((reasons) => Object.values(reasons))
  const lines = [
    `- ${groupedNumber(missing.reduce((sum, count) => sum + count, 0))} cells without an answer (not asked, don't know, ...).`,
  ]
  if (counts.selection !== undefined) {
    const { candidates, conditions, sampledOut, selected } = counts.selection
    lines.push(`- ${groupedNumber(candidates - selected)} respondents that the selection leaves out:`)
    for (const { condition, respondents } of conditions) {
      lines.push(`  - \`${condition}\` leaves ${groupedNumber(respondents)}`)
    }
    if (sampledOut > 0) lines.push(`  - ${groupedNumber(sampledOut)} of those are outside of the sample`)
  }
  if (counts.excluded > 0)
    lines.push(`- ${groupedNumber(counts.excluded)} respondents whose interview id the recipe drops.`)
  if (counts.rejectedRows > 0)
    lines.push(`- ${groupedNumber(counts.rejectedRows)} rows rejected; see \`rejects.jsonl\`.`)
  const invalid = counts.invalid.reduce((sum, { count }) => sum + count, 0)
  if (invalid > 0)
    lines.push(
      `- ${groupedNumber(invalid)} cells or rows could not be decoded; \`manifest.json\` counts them by variable and reason.`,
    )
  if (absentQuestions.length > 0) lines.push(`- Questions that the file lacks: ${absentQuestions.join(', ')}.`)
  if (absentDemographics.length > 0)
    lines.push(`- Demographics that the file lacks (null throughout): ${absentDemographics.join(', ')}.`)
  return lines.join('\n')
}

/** What a group under five means for those who hold the data. */
function recognitionSection({ counts }: AnyManifest): string {
  const text = recognitionText(counts.privacy)
  const sentence = `${text[0].toUpperCase()}${text.slice(1)}.`
  const advice = 'Fewer or coarser demographics make larger groups; `manifest.json` has the counts.'
  return counts.privacy.smallestGroup < 5 && counts.privacy.demographics > 0 ? `${sentence}\n${advice}` : sentence
}

function wavesOf(manifest: AnyManifest): string {
  return waveNames(inputsOf(manifest).map(({ wave }) => wave))
}

function citations(manifest: AnyManifest): string {
  const inputs = inputsOf(manifest)
  const releases = [...new Set(inputs.map(({ release }) => `\`${release}\``))].join(', ')
  const cite =
    inputs.length === 1
      ? `the release (${releases}) with the
  DOI that its file bears`
      : `each release (${releases}) with the
  DOI that its file bears`
  return `- The data: World Values Survey Association, World Values Survey, ${wavesOf(manifest)}; cite ${cite}.
- The benchmark design: Wenlong Zhao, Debanjan Mondal, Niket Tandon, Danica Dillion, Kurt Gray and Yuling Gu.
  WorldValuesBench: A Large-Scale Benchmark Dataset for Multi-Cultural Value Awareness of Language Models.
  LREC-COLING 2024.
`
}
