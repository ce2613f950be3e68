import type { Argv } from 'yargs'
import type { Preview } from '../pipelines/preview.js'
import type { CommandDefinition } from './command-definition.js'
import { positiveInteger } from './flag-values.js'
import { interruptible } from './interrupt.js'
import { previewText } from './preview-text.js'
import { names, type SampleArguments, sampleFlags, sampleOf } from './selection-flags.js'
import { checkSurveyFlags, type SurveyArguments, surveyFlags, surveyInput, surveyRecipe } from './survey-flags.js'

interface PreviewArguments extends SurveyArguments, SampleArguments {
  thin: number | undefined
}

function previewFlags(parser: Argv): Argv<PreviewArguments> {
  const options = parser
    .positional('file', { type: 'string', describe: 'Survey file of wave 7' })
    .options({
      ...surveyFlags,
      ...sampleFlags,
      thin: { type: 'number', describe: 'Cells with fewer respondents are thin (30)' },
    })
    .example("$0 preview survey.csv --where 'age >= 60' --cells country,sex", 'How many there are, before any writing')
    .example('$0 preview survey.csv --demographics country,sex,age', 'Whether people could be recognised by these')
  return checkSurveyFlags(options, ['sample', 'per-cell', 'cells', 'balance', 'thin'])
}

export const command: CommandDefinition<PreviewArguments> = {
  builder: previewFlags,
  handler: run,
}

async function run(args: PreviewArguments): Promise<void> {
  const survey = await surveyInput(args, 'wvs preview FILE')
  const base = await surveyRecipe(args)
  const isPerCell = args['per-cell'] !== undefined
  const sample = sampleOf(isPerCell ? args : { ...args, cells: undefined }, base.sample)
  const recipe = { ...base, sample }
  const thin = positiveInteger(args.thin, '--thin') ?? 30
  const { preview } = await import('../pipelines/preview.js')
  const result: Preview = await interruptible((signal) =>
    preview({ ...survey, recipe, cells: names(args.cells ?? args.balance ?? ''), thin, signal }),
  )
  process.stdout.write(args.json ? `${JSON.stringify(result, null, 2)}\n` : previewText(result, thin))
}
