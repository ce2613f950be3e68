import type { Argv } from 'yargs'
import { type MissingReason, missingReasons } from '../batch/respondent-batch.js'
import type { DistributionManifest } from '../pipelines/distributions.js'
import { distributionFormats } from '../pipelines/recipe.js'
import type { CommandDefinition } from './command-definition.js'
import { choices, positiveInteger, usageError } from './flag-values.js'
import { interruptible } from './interrupt.js'
import { names, type SampleArguments, sampleFlags, sampleOf } from './selection-flags.js'
import { checkSurveyFlags, type SurveyArguments, surveyFlags, surveyInput, surveyRecipe } from './survey-flags.js'

interface DistributionArguments extends SurveyArguments, SampleArguments {
  out: string | undefined
  by: string | undefined
  'min-cell': number | undefined
  'missing-in-denominator': string | undefined
  format: string
  overwrite: boolean
  quiet: boolean
}

/** Short names of the kinds of missing, as survey people write them. */
const missingShort: Record<string, MissingReason> = {
  dk: 'dont-know',
  na: 'no-answer',
  nap: 'not-applicable',
  nas: 'not-asked',
}

function distributionFlags(parser: Argv): Argv<DistributionArguments> {
  const options = parser
    .positional('file', { type: 'string', describe: 'Survey file of wave 7' })
    .options({
      ...surveyFlags,
      ...sampleFlags,
      out: { type: 'string', alias: 'o', describe: 'Folder of the tables; made if absent, must be empty' },
      by: { type: 'string', describe: 'Variables whose groups are told apart, e.g. country,sex' },
      'min-cell': { type: 'number', describe: 'Groups with fewer answers to a question are withheld, and counted (1)' },
      'missing-in-denominator': { type: 'string', describe: 'Kinds of missing that count in the shares, e.g. dk,na' },
      format: {
        type: 'string',
        default: 'parquet',
        describe: `Formats, with commas: ${distributionFormats.join(', ')}`,
      },
      overwrite: { type: 'boolean', default: false, describe: 'Replace what is in the output folder' },
      quiet: { type: 'boolean', alias: 'q', default: false, describe: 'No summary' },
    })
    .example('$0 distributions survey.csv --by country,sex --out shares', 'How men and women of each country answer')
    .example('$0 distributions survey.csv --by country --format globalopinionqa --out shares', 'For opinion benchmarks')
    .example('$0 distributions survey.csv --by country,age_band --min-cell 30 --out shares', 'No thin groups')
  const own = ['out', 'by', 'min-cell', 'missing-in-denominator', 'format', 'sample', 'per-cell', 'cells', 'balance']
  return checkSurveyFlags(options, own)
}

export const command: CommandDefinition<DistributionArguments> = {
  builder: distributionFlags,
  handler: run,
}

async function run(args: DistributionArguments): Promise<void> {
  const survey = await surveyInput(args, 'wvs distributions FILE --by country --out DIR')
  const { out } = args
  if (out === undefined) throw usageError('no output folder given; pass --out DIR')
  const base = await surveyRecipe(args)
  const recipe = { ...base, sample: sampleOf(args, base.sample) }
  const { distributions } = await import('../pipelines/distributions.js')
  const manifest = await interruptible((signal) =>
    distributions({
      ...survey,
      out,
      recipe,
      by: names(args.by ?? ''),
      formats: choices(args.format, distributionFormats, '--format'),
      minCell: positiveInteger(args['min-cell'], '--min-cell') ?? 1,
      missingInDenominator: missingKinds(args['missing-in-denominator'] ?? ''),
      overwrite: args.overwrite,
      signal,
    }),
  )
  if (args.json) process.stdout.write(`${JSON.stringify(manifest, null, 2)}\n`)
  else if (!args.quiet) process.stdout.write(summaryOf(manifest, out))
}

function missingKinds(list: string): MissingReason[] {
  return names(list).map((name) => {
    const kind = missingShort[name] ?? missingReasons.find((reason) => reason === name)
    if (kind !== undefined) return kind
    const known = [...Object.keys(missingShort), ...missingReasons]
    throw usageError(`--missing-in-denominator: "${name}" is none of ${known.join(', ')}`)
  })
}

function summaryOf({ counts, input, by, minCell, files }: DistributionManifest, out: string): string {
  const count = (value: number) => value.toLocaleString('en-US')
  const lines = [`Read     ${input.name}: ${count(counts.respondents)} respondents`]
  if (counts.selection !== undefined) lines.push(`Selected ${count(counts.selection.selected)} of them`)
  const groups = by.length === 0 ? 'everybody together' : `${count(counts.groups)} groups by ${by.join(', ')}`
  lines.push(`Counted  ${counts.questions} questions for ${groups}`)
  if (counts.withheld > 0)
    lines.push(`Withheld ${count(counts.withheld)} pairs of question and group with fewer than ${minCell} answers`)
  if (counts.unanswered > 0)
    lines.push(`Note     ${count(counts.unanswered)} pairs of question and group have no answer`)
  if (counts.ungrouped > 0)
    lines.push(`Note     ${count(counts.ungrouped)} respondents are in no group: a value is missing`)
  for (const { path, rows } of files) lines.push(`Wrote    ${path}: ${count(rows ?? 0)} rows`)
  lines.push(`Done     ${out}`)
  return `${lines.join('\n')}\n`
}
