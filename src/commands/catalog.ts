import type { Argv, CommandModule } from 'yargs'
import type { CommandDefinition } from './command-definition.js'

/** Adds every command of `wvs`, in the order of the help. What a command is made of is loaded when it is asked for. */
export function withCommands<T>(parser: Argv<T>): Argv<T> {
  return parser
    .command(
      lazy('build [files..]', 'Build the dataset from a raw survey file, or from several', () => import('./build.js')),
    )
    .command(
      lazy(
        'export [file]',
        'Write examples as training-ready text: chats, prompts, batch requests',
        () => import('./export.js'),
      ),
    )
    .command(
      lazy(
        'inspect [file]',
        'Tell what a survey file is and holds, and how to build from it',
        () => import('./inspect.js'),
      ),
    )
    .command(lazy('preview [file]', 'Count what a build would hold, before any writing', () => import('./preview.js')))
    .command(
      lazy('probe [file]', 'Draw a stratified evaluation set: questions x cells x people', () => import('./probe.js')),
    )
    .command(
      lazy(
        'distributions [files..]',
        'Shares of the answers to each question, by group, and their change between waves',
        () => import('./distributions.js'),
      ),
    )
    .command(lazy('synth', 'Make a synthetic survey file in the layout of a release', () => import('./synth.js')))
    .command(
      lazy(
        'waves [action] [wave]',
        'List the waves that are built in, or show the definition of one',
        () => import('./waves.js'),
      ),
    )
    .command(
      lazy(
        'define [file]',
        'Draft the definition of a wave from an SPSS or Stata file, or a codebook',
        () => import('./define.js'),
      ),
    )
    .command(
      lazy(
        'lint [file]',
        'Check a wave definition: what is wrong, doubtful or still to decide, with line numbers',
        () => import('./lint.js'),
      ),
    )
}

function lazy<Arguments>(
  command: string,
  describe: string,
  load: () => Promise<{ command: CommandDefinition<Arguments> }>,
): CommandModule<object, Arguments> {
  return {
    command,
    describe,
    builder: async (parser) => (await load()).command.builder(parser),
    handler: async (args) => (await load()).command.handler(args),
  }
}
