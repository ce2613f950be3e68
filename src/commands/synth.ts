import { groupedNumber } from '../formats/grouped-number.js'
import { SurveyError } from '../formats/survey-error.js'
import { type LayoutName, layoutNames } from '../pipelines/synth/layout.js'
import type { CommandDefinition } from './command-definition.js'
import { interruptible } from './interrupt.js'
import { createProgress } from './progress.js'

interface SynthArguments {
  wave: string
  respondents: number | undefined
  layout: LayoutName
  seed: number
  out: string | undefined
  json: boolean
  quiet: boolean
}

export const command: CommandDefinition<SynthArguments> = {
  builder: (parser) =>
    parser
      .options({
        wave: { type: 'string', default: '7', describe: 'Wave whose files to imitate' },
        respondents: { type: 'number', describe: "Respondents; by default as many as the layout's release has" },
        layout: { choices: layoutNames, default: 'cross-national' as const, describe: 'Layout of which release' },
        seed: { type: 'number', default: 0, describe: 'The same seed gives the same bytes' },
        out: { type: 'string', alias: 'o', describe: 'File to write' },
        json: { type: 'boolean', default: false, describe: 'Print what was made as JSON' },
        quiet: { type: 'boolean', alias: 'q', default: false, describe: 'No progress and no summary' },
      })
      .example('$0 synth --out survey.csv', 'The whole cross-national file: 97,220 respondents, 613 columns')
      .example('$0 synth --respondents 1000 --seed 1 --out small.csv', 'A small one')
      .example('$0 synth --layout country-float --out country.csv', 'One country, in the layout of release 5.1'),
  handler: run,
}

async function run({ out, json, quiet, ...options }: SynthArguments): Promise<void> {
  const { wave, layout, seed, respondents } = options
  if (out === undefined) throw new SurveyError('no file given; pass --out FILE', { kind: 'usage' })
  const { synthesize } = await import('../pipelines/synth.js')
  const progress = createProgress(quiet)
  const result = await interruptible((signal) =>
    synthesize({
      wave,
      layout,
      seed,
      out,
      signal,
      ...(respondents === undefined ? {} : { respondents }),
      onProgress: (done, total) => progress.update(done, total, () => `${done} of ${total} respondents`),
    }),
  ).finally(() => progress.end())
  if (json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`)
  else if (!quiet) {
    const { respondents: rows, columns, countries, bytes } = result
    process.stdout.write(
      `Wrote ${out}: ${groupedNumber(rows)} synthetic respondents of ${countries} ${countries === 1 ? 'country' : 'countries'}, ` +
        `${columns} columns, ${(bytes / 1e6).toFixed(1)} MB\n`,
    )
  }
}
