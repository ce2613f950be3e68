import type { CommandModule } from 'yargs'

export const command: CommandModule = { command: 'synth', describe: 'Make a synthetic survey file', handler: () => {} }
