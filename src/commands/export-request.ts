import { readFile } from 'node:fs/promises'
import { didYouMean } from '../formats/nearest-name.js'
import { SurveyError } from '../formats/survey-error.js'
import { builtInTemplates } from '../pipelines/built-in-templates.js'
import { defaultExport, type ExportOptions } from '../pipelines/export-options.js'
import type { ExportArguments } from './export-flags.js'
import { positiveInteger, seedOf, usageError } from './flag-values.js'

/** The options of an export that the flags ask for, with the texts of its templates. */
export async function exportOptionsOf(args: ExportArguments): Promise<ExportOptions> {
  const { format, model, temperature } = args
  if (format === 'openai-batch' && model === undefined) {
    throw usageError('openai-batch needs the name of the model that is asked; pass --model NAME')
  }
  if (format !== 'openai-batch' && (model ?? args['max-tokens'] ?? temperature) !== undefined) {
    throw usageError(`--model, --max-tokens and --temperature belong to --format openai-batch, not ${format}`)
  }
  if (format === 'fields' && args.template !== undefined) {
    throw usageError('--format fields writes the fields themselves; it takes no --template')
  }
  const maxTokens = positiveInteger(args['max-tokens'], '--max-tokens')
  const names = args.template ?? (format === 'fields' ? [] : ['interview'])
  return {
    ...defaultExport,
    format,
    templates: await Promise.all(names.map(readTemplate)),
    answer: args.answer,
    missingDemographics: args['missing-demographics'],
    container: args.as,
    compression: args.compression ?? (args.as === 'parquet' ? 'snappy' : 'none'),
    seed: seedOf(args.seed) ?? defaultExport.seed,
    ...given('demographicsPerExample', positiveInteger(args['demographics-per-example'], '--demographics-per-example')),
    ...given('contextAnswers', positiveInteger(args['context-answers'], '--context-answers')),
    ...given('turns', positiveInteger(args.turns, '--turns')),
    ...given('shards', positiveInteger(args.shards, '--shards')),
    ...given('shuffle', seedOf(args.shuffle, '--shuffle')),
    ...given('maxExamples', positiveInteger(args['max-examples'], '--max-examples')),
    ...given('perRespondent', positiveInteger(args['per-respondent'], '--per-respondent')),
    ...given('fewShot', positiveInteger(args['few-shot'], '--few-shot')),
    request: {
      ...(model === undefined ? {} : { model }),
      ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
      ...(temperature === undefined ? {} : { temperature }),
    },
  }
}

/** A member that is only there where the flag was given. */
function given<K extends string>(name: K, value: number | undefined): Partial<Record<K, number>> {
  if (value === undefined) return {}
  const member: Partial<Record<K, number>> = {}
  member[name] = value
  return member
}

/** A built-in template, or the file of that name. */
async function readTemplate(name: string): Promise<{ name: string; text: string }> {
  if (Object.hasOwn(builtInTemplates, name)) return { name, text: builtInTemplates[name] }
  const bytes = await readFile(name).catch((cause: unknown) => {
    const known = Object.keys(builtInTemplates)
    throw new SurveyError(
      `--template: "${name}" is neither a file that can be read nor one of ${known.join(', ')}${didYouMean(name, known)}`,
      { kind: 'usage', cause },
    )
  })
  try {
    return { name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (cause) {
    throw new SurveyError('the template is not UTF-8; expected a text file in UTF-8', {
      kind: 'usage',
      place: { file: name },
      cause,
    })
  }
}
