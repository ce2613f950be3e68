import type { CommandDefinition } from './command-definition.js'
import { exitCodes } from './failure.js'
import { usageError } from './flag-values.js'

interface LintArguments {
  file: string | undefined
  json: boolean
}

export const command: CommandDefinition<LintArguments> = {
  builder: (parser) =>
    parser
      .positional('file', { type: 'string', describe: 'A wave definition (JSON)' })
      .option('json', { type: 'boolean', default: false, describe: 'Print the findings as JSON' })
      .example('$0 lint wave8.json', 'Ends with 1 where an error is found or a decision is open'),
  handler: run,
}

async function run({ file, json }: LintArguments): Promise<void> {
  if (file === undefined) throw usageError('no definition given; expected `wvs lint FILE`')
  const { lintFile } = await import('../definitions/lint-file.js')
  const findings = await lintFile(file)
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length
  if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
  else {
    for (const { line, severity, variable, message } of findings) {
      process.stdout.write(`${file}:${line}: ${severity}: ${variable === undefined ? '' : `${variable}: `}${message}\n`)
    }
    process.stdout.write(
      `${file}: ${count('error')} errors, ${count('decision')} decisions open, ${count('warning')} warnings\n`,
    )
  }
  if (count('error') + count('decision') > 0) process.exitCode = exitCodes.failed
}
