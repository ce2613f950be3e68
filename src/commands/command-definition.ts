import type { ArgumentsCamelCase, Argv } from 'yargs'

/** A command's flags and what it does; its name and a word about it stand in the catalog. */
export interface CommandDefinition<Arguments> {
  builder: (parser: Argv<object>) => Argv<Arguments>
  handler: (args: ArgumentsCamelCase<Arguments>) => void | Promise<void>
}
