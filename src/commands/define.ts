import { writeFile } from 'node:fs/promises'
import { definitionText } from '../definitions/definition-text.js'
import { openDecisions } from '../definitions/draft-definition.js'
import { loadDefinition } from '../definitions/loader.js'
import type { CommandDefinition } from './command-definition.js'
import { usageError } from './flag-values.js'

interface DefineArguments {
  file: string | undefined
  wave: string | undefined
  like: string
  out: string | undefined
  overwrite: boolean
}

export const command: CommandDefinition<DefineArguments> = {
  builder: (parser) =>
    parser
      .positional('file', { type: 'string', describe: 'A .sav or .dta file, or a CSV of variable, label, categories' })
      .options({
        wave: { type: 'string', describe: 'The wave that is defined, e.g. 8' },
        like: { type: 'string', default: '7', describe: 'Built-in waves to learn from, the closest first: 7,6' },
        out: { type: 'string', alias: 'o', describe: 'File to write; the standard output by default' },
        overwrite: { type: 'boolean', default: false, describe: 'Replace the file' },
      })
      .example(
        '$0 define wave8.sav --wave 8 --like 7 --out wave8.json',
        'A draft; `wvs lint wave8.json` lists what to decide',
      ),
  handler: run,
}

async function run({ file, wave, like, out, overwrite }: DefineArguments): Promise<void> {
  if (file === undefined || wave === undefined) {
    throw usageError('which file, and which wave? Expected `wvs define FILE --wave WAVE --out DEFINITION`')
  }
  const known = like.split(',').map((name) => loadDefinition(name.trim()))
  const { define } = await import('../pipelines/define.js')
  const definition = await define(file, wave, known)
  const text = definitionText(definition)
  if (out === undefined) {
    process.stdout.write(text)
    return
  }
  await writeFile(out, text, { flag: overwrite ? 'w' : 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw usageError(
      error.code === 'EEXIST'
        ? `${out} is there already; pass --overwrite`
        : `${out} can not be written (${error.code})`,
    )
  })
  const { variables } = definition
  const count = (kind: string) => variables.filter((variable) => variable.kind === kind).length
  const open = openDecisions(definition)
  process.stdout.write(
    `Drafted  ${out}: ${variables.length} variables, ${count('value')} value questions, ${count('demographic')} demographics, ` +
      `${variables.filter(({ harmonised }) => harmonised !== undefined).length} with a harmonised name\n` +
      `Next     wvs lint ${out}, which lists ${open} decisions to take\n`,
  )
}
