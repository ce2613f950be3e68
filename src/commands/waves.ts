import { builtInWaves, loadDefinition } from '../definitions/loader.js'
import type { WaveDefinition } from '../definitions/schema.js'
import type { CommandDefinition } from './command-definition.js'
import { usageError } from './flag-values.js'

interface WavesArguments {
  action: string | undefined
  wave: string | undefined
  json: boolean
}

export const command: CommandDefinition<WavesArguments> = {
  builder: (parser) =>
    parser
      .positional('action', { type: 'string', describe: 'show' })
      .positional('wave', { type: 'string', describe: 'The wave to show, e.g. 6 or timeseries' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the list as JSON' })
      .example('$0 waves', 'The waves, with their counts of questions')
      .example('$0 waves show 6 > wave6.json', 'A definition as JSON, with what it shares with other waves filled in'),
  handler: run,
}

function run({ action, wave, json }: WavesArguments): void {
  if (action === undefined)
    process.stdout.write(json ? `${JSON.stringify(summaries(), null, 2)}\n` : table(summaries()))
  else if (action !== 'show') throw usageError(`wvs waves: "${action}" is no action; expected \`wvs waves show WAVE\``)
  else if (wave === undefined) throw usageError(`which wave? Expected \`wvs waves show ${builtInWaves().join('|')}\``)
  else process.stdout.write(shownDefinition(wave))
}

/** A definition that stands on its own: the label files of its variables are put in their place. */
function shownDefinition(wave: string): string {
  const loaded = loadDefinition(wave)
  const variables = loaded.definition.variables.map((variable) => {
    const { id, label, kind, measure, labels, like, ...rest } = variable
    const shown = { id, label, kind, measure, ...rest }
    if (labels === undefined) return shown
    return { ...shown, labels: labels === 'unknown' ? labels : loaded.labelsOf(variable, { mended: false }) }
  })
  return `${JSON.stringify({ ...loaded.definition, variables }, null, 1)}\n`
}

interface WaveSummary {
  wave: string
  title: string
  variables: number
  questions: number
  demographics: number
  /** Variables whose labels no codebook at hand says. */
  unknown: number
}

function summaries(): WaveSummary[] {
  return builtInWaves().map((wave) => summary(wave, loadDefinition(wave).definition))
}

function summary(wave: string, { title, variables }: WaveDefinition): WaveSummary {
  return {
    wave,
    title,
    variables: variables.length,
    questions: variables.filter(({ kind }) => kind === 'value').length,
    demographics: variables.filter(({ kind }) => kind === 'demographic').length,
    unknown: variables.filter(({ labels }) => labels === 'unknown').length,
  }
}

function table(waves: WaveSummary[]): string {
  const header = ['wave', 'questions', 'demographics', 'variables', 'labels unknown', 'title']
  const rows = waves.map((wave) =>
    [wave.wave, wave.questions, wave.demographics, wave.variables, wave.unknown, wave.title].map(String),
  )
  const widths = header.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at].length)))
  const line = (cells: string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at]))
      .join('  ')
      .trimEnd()
  return `${[header, ...rows].map(line).join('\n')}\n`
}
