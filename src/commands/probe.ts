import type { Argv } from 'yargs'
import { splitNames } from '../batch/respondent-batch.js'
import { groupedNumber } from '../formats/grouped-number.js'
import { type ProbeRecipe, probeFormats, type Recipe } from '../pipelines/recipe.js'
import type { CommandDefinition } from './command-definition.js'
import { choices, positiveInteger, usageError } from './flag-values.js'
import { interruptible } from './interrupt.js'
import { type SampleArguments, sampleFlags, sampleOf } from './selection-flags.js'
import { checkSurveyFlags, type SurveyArguments, surveyFlags, surveyInput, surveyRecipe } from './survey-flags.js'

interface ProbeArguments extends SurveyArguments, Pick<SampleArguments, 'sample' | 'balance' | 'weighted'> {
  out: string | undefined
  cells: string | undefined
  'per-cell': number | undefined
  from: ProbeRecipe['from'] | undefined
  thin: ProbeRecipe['thin'] | undefined
  format: string | undefined
  overwrite: boolean
  quiet: boolean
}

function probeFlags(parser: Argv): Argv<ProbeArguments> {
  const options = parser
    .positional('file', { type: 'string', describe: 'Survey file' })
    .options({
      ...surveyFlags,
      out: { type: 'string', alias: 'o', describe: 'Folder of the probe; made if absent, must be empty' },
      sample: sampleFlags.sample,
      balance: sampleFlags.balance,
      weighted: sampleFlags.weighted,
      cells: {
        type: 'string',
        describe: 'Variables whose groups make the cells (continent,urban_rural,education_level)',
      },
      'per-cell': { type: 'number', describe: 'Respondents drawn from each cell, for each question (5)' },
      from: { choices: [...splitNames, 'all'] as const, describe: 'Split that it draws from (test)' },
      thin: {
        choices: ['drop', 'take'] as const,
        describe: 'Cells with fewer: left out and listed, or taken whole (drop)',
      },
      format: { type: 'string', describe: 'Formats, with commas: tsv, parquet (both)' },
      overwrite: { type: 'boolean', default: false, describe: 'Replace what is in the output folder' },
      quiet: { type: 'boolean', alias: 'q', default: false, describe: 'No summary' },
    })
    .example('$0 probe survey.csv --out probe', '36 questions, continent x urban/rural x education, 5 people each')
    .example("$0 probe survey.csv --out probe --cells country,sex --questions 'Religious Values'", 'Other cells')
    .example(
      '$0 probe survey.csv --out probe --recipe worldvaluesbench',
      'The probe of WorldValuesBench, byte for byte',
    )
  return checkSurveyFlags(options, ['out', 'sample', 'balance', 'cells', 'per-cell', 'from', 'thin', 'format'])
}

export const command: CommandDefinition<ProbeArguments> = {
  builder: probeFlags,
  handler: run,
}

async function run(args: ProbeArguments): Promise<void> {
  const survey = await surveyInput(args, 'wvs probe FILE --out DIR')
  const { out } = args
  if (out === undefined) throw usageError('no output folder given; pass --out DIR')
  const base = await surveyRecipe(args)
  const sampled = { ...args, 'per-cell': undefined, cells: undefined }
  const sample = sampleOf(sampled, base.sample)
  const recipe: Recipe = { ...base, sample, probe: probeOf(args, base.probe) }
  const formats = args.format === undefined ? [...probeFormats] : choices(args.format, probeFormats, '--format')
  const { probe } = await import('../pipelines/probe.js')
  const manifest = await interruptible((signal) =>
    probe({ ...survey, out, recipe, formats, overwrite: args.overwrite, signal }),
  )
  if (args.json) process.stdout.write(`${JSON.stringify(manifest, null, 2)}\n`)
  else if (!args.quiet) {
    const { counts } = manifest
    const count = (value: number) => groupedNumber(value)
    const thin = counts.thinCells === 0 ? 'no thin cells' : `${count(counts.thinCells)} thin cells, see thin-cells.tsv`
    process.stdout.write(
      `Read     ${manifest.input.name}: ${count(counts.respondents)} respondents, ${count(counts.pool)} to draw from\n` +
        `Drew     ${count(counts.samples)} answers to ${counts.questions} questions from ${count(counts.cells)} cells; ${thin}\n` +
        `Done     ${out}\n`,
    )
  }
}

function probeOf(args: ProbeArguments, base: ProbeRecipe): ProbeRecipe {
  const cells = args.cells?.split(',').map((cell) => cell.trim())
  return {
    ...base,
    cells: cells ?? base.cells,
    perCell: positiveInteger(args['per-cell'], '--per-cell') ?? base.perCell,
    from: args.from ?? base.from,
    thin: args.thin ?? base.thin,
  }
}
