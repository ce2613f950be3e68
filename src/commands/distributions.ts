import type { Argv } from 'yargs'
import { type MissingReason, missingReasons } from '../batch/respondent-batch.js'
import { groupedNumber } from '../formats/grouped-number.js'
import type { DistributionManifest, WavesDistributionManifest } from '../pipelines/distributions.js'
import { distributionFormats } from '../pipelines/recipe.js'
import type { CommandDefinition } from './command-definition.js'
import { definitionsOf, type PerFileArguments, perFileFlags } from './definition-flags.js'
import { choices, positiveInteger, usageError } from './flag-values.js'
import { inputOptionsOf } from './input-options.js'
import { interruptible } from './interrupt.js'
import { names, type SampleArguments, sampleFlags, sampleOf } from './selection-flags.js'
import { checkSurveyFlags, type RunArguments, surveyFlags, surveyRecipe } from './survey-flags.js'

type AnyManifest = DistributionManifest | WavesDistributionManifest

interface DistributionArguments extends RunArguments, PerFileArguments, SampleArguments {
  files: string[] | undefined
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
    .positional('files', {
      type: 'string',
      array: true,
      describe: 'Survey file; of several waves, also what changed from each to the next',
    })
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
    .example('$0 distributions w6.csv w7.csv --by country --out change', 'And what changed from wave 6 to wave 7')
    .example('$0 distributions survey.csv --by country,age_band --min-cell 30 --out shares', 'No thin groups')
  const own = ['out', 'by', 'min-cell', 'missing-in-denominator', 'format', 'sample', 'per-cell', 'cells', 'balance']
  return checkSurveyFlags(options, own, [...perFileFlags, 'files'])
}

export const command: CommandDefinition<DistributionArguments> = {
  builder: distributionFlags,
  handler: run,
}

async function run(args: DistributionArguments): Promise<void> {
  const { out, files = [] } = args
  if (files.length === 0)
    throw usageError('no survey file given; expected `wvs distributions FILE --by country --out DIR`')
  if (out === undefined) throw usageError('no output folder given; pass --out DIR')
  const base = await surveyRecipe(args)
  const recipe = { ...base, sample: sampleOf(args, base.sample) }
  const threads = positiveInteger(args.threads, '--threads')
  const definitions = await definitionsOf(args, files)
  const inputs = files.map((input, place) => ({ input, definition: definitions[place] }))
  const { distributions, waveDistributions } = await import('../pipelines/distributions.js')
  const manifest = await interruptible((signal): Promise<AnyManifest> => {
    const options = {
      ...inputOptionsOf(args),
      ...(threads === undefined ? {} : { threads }),
      out,
      recipe,
      by: names(args.by ?? ''),
      formats: choices(args.format, distributionFormats, '--format'),
      minCell: positiveInteger(args['min-cell'], '--min-cell') ?? 1,
      missingInDenominator: missingKinds(args['missing-in-denominator'] ?? ''),
      overwrite: args.overwrite,
      signal,
    }
    return inputs.length === 1 ? distributions({ ...options, ...inputs[0] }) : waveDistributions({ ...options, inputs })
  })
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

function summaryOf(manifest: AnyManifest, out: string): string {
  const { counts, by, minCell, files } = manifest
  const inputs = 'inputs' in manifest ? manifest.inputs : [manifest.input]
  const lines = [
    `Read     ${inputs.map(({ name }) => name).join(', ')}: ${groupedNumber(counts.respondents)} respondents`,
  ]
  if (counts.selection !== undefined) lines.push(`Selected ${groupedNumber(counts.selection.selected)} of them`)
  const groups = by.length === 0 ? 'everybody together' : `${groupedNumber(counts.groups)} groups by ${by.join(', ')}`
  lines.push(`Counted  ${counts.questions} questions for ${groups}`)
  if (counts.withheld > 0)
    lines.push(
      `Withheld ${groupedNumber(counts.withheld)} pairs of question and group with fewer than ${minCell} answers`,
    )
  if (counts.unanswered > 0)
    lines.push(`Note     ${groupedNumber(counts.unanswered)} pairs of question and group have no answer`)
  if (counts.ungrouped > 0)
    lines.push(`Note     ${groupedNumber(counts.ungrouped)} respondents are in no group: a value is missing`)
  if ('inputs' in manifest) lines.push(...changeLines(manifest))
  for (const { path, rows } of files) lines.push(`Wrote    ${path}: ${groupedNumber(rows ?? 0)} rows`)
  lines.push(`Done     ${out}`)
  return `${lines.join('\n')}\n`
}

function changeLines({ change, notes }: WavesDistributionManifest): string[] {
  const lines = change.flatMap(({ before, after, questions, written, uncompared }) => {
    const apart = uncompared.filter(({ reason }) => reason.includes('left apart'))
    return [
      `Compared wave ${before} and wave ${after}: ${groupedNumber(questions)} questions, ${groupedNumber(written)} pairs of question and group`,
      `         ${groupedNumber(uncompared.length)} questions of one of them only or without enough answers, ${groupedNumber(apart.length)} left apart; manifest.json says why`,
    ]
  })
  return [...lines, ...notes.map((note) => `Note     ${note}`)]
}
