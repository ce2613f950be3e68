import yargs from 'yargs'
import { withCommands } from './commands/catalog.js'
import { reportFailure } from './commands/failure.js'
import { SurveyError } from './formats/survey-error.js'
import { toolVersion } from './pipelines/tool.js'

const args = process.argv.slice(2)
const wantsHelp = args.length === 0 || args.includes('--help') || args.includes('-h')

// A reader that has enough (`wvs ... | head`) closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

void run()

async function run(): Promise<void> {
  try {
    await withCommands(yargs(args))
      .scriptName('wvs')
      .usage('$0 <command> [options]\n\nTurns raw World Values Survey files into data for language models.')
      .demandCommand(1, 'no command given')
      .strictCommands()
      .strict()
      .recommendCommands()
      .option('debug', { type: 'boolean', describe: 'Show the stack trace of a failure', global: true })
      .version(toolVersion)
      .alias({ help: 'h', version: 'v' })
      .example('$0 synth --respondents 1000 --out survey.csv', 'Make a synthetic survey file to try things on')
      .example('$0 build survey.csv --out dataset', 'Build the whole dataset from a survey file')
      .epilogue('`wvs <command> --help` shows the options of a command, with examples.')
      // yargs lays its help out before every command; without a width that costs next to nothing.
      .wrap(wantsHelp ? Math.min(120, process.stdout.columns ?? 100) : null)
      .exitProcess(false)
      .showHelpOnFail(false)
      .fail((message, error) => {
        throw error ?? usageError(message)
      })
      .parseAsync()
  } catch (error) {
    // yargs throws some of what is wrong with a command line and only tells the rest.
    const isUsage = error instanceof Error && error.name === 'YError'
    process.exitCode = reportFailure(isUsage ? usageError(error.message) : error, args.includes('--debug'))
  }
}

function usageError(message: string): SurveyError {
  const text = message.startsWith('Did you mean') ? `unknown command "${args[0]}": ${message}` : `${message};`
  return new SurveyError(`${text} \`wvs --help\` lists commands and options`, { kind: 'usage' })
}
