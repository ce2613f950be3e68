import { loadDefinitionFrom } from '../definitions/loader.js'
import { SurveyError } from '../formats/survey-error.js'
import type { CommandDefinition } from './command-definition.js'
import { type InputArguments, inputFlags, inputOptionsOf } from './input-options.js'
import { inspectionReport } from './inspection-report.js'
import { interruptible } from './interrupt.js'

interface InspectArguments extends InputArguments {
  file: string | undefined
  definition: string | undefined
  threads: number | undefined
  json: boolean
}

export const command: CommandDefinition<InspectArguments> = {
  builder: (parser) =>
    parser
      .positional('file', { type: 'string', describe: 'Survey file in any form in which WVS publishes, packed or not' })
      .options({
        ...inputFlags,
        definition: {
          type: 'string',
          describe: 'A wave definition to compare with; by default the one that fits best',
        },
        threads: { type: 'number', describe: 'Worker threads; as many as cores by default' },
        json: { type: 'boolean', default: false, describe: 'Print what was found as JSON' },
      })
      .example('$0 inspect survey.sav', 'Form, release, wave, countries, what is missing, the command to run next')
      .example('$0 inspect download.zip --member survey.csv --json', 'One file of an archive, as JSON'),
  handler: run,
}

async function run(args: InspectArguments): Promise<void> {
  const { file, threads } = args
  if (file === undefined) throw usageError('no survey file given; expected `wvs inspect FILE`')
  if (threads !== undefined && !(Number.isSafeInteger(threads) && threads > 0)) {
    throw usageError('--threads takes a whole number above 0')
  }
  const definition = args.definition === undefined ? undefined : await loadDefinitionFrom(args.definition)
  const { inspect } = await import('../pipelines/inspect.js')
  const inspection = await interruptible((signal) =>
    inspect({
      input: file,
      ...inputOptionsOf(args),
      signal,
      ...(definition === undefined ? {} : { definition }),
      ...(threads === undefined ? {} : { threads }),
    }),
  )
  const flags = [
    ...(args.member === undefined ? [] : ['--member', args.member]),
    ...(args['max-bytes'] === undefined ? [] : ['--max-bytes', String(args['max-bytes'])]),
    ...(args.definition === undefined ? [] : ['--definition', args.definition]),
  ]
  process.stdout.write(
    args.json ? `${JSON.stringify(inspection, null, 2)}\n` : inspectionReport(inspection, file, flags),
  )
}

function usageError(message: string): SurveyError {
  return new SurveyError(message, { kind: 'usage' })
}
