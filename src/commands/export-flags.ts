import type { Argv } from 'yargs'
import { type InvalidPolicy, invalidPolicies } from '../batch/reject-log.js'
import { type Compression, compressions } from '../formats/compression.js'
import { builtInTemplates } from '../pipelines/built-in-templates.js'
import { type Container, containers, defaultExport } from '../pipelines/export-options.js'
import { type SplitUnit, splitUnits } from '../pipelines/recipe.js'
import { type AnswerForm, answerForms } from '../stages/example-values.js'
import { type ExportFormat, exportFormats } from '../stages/export-line.js'
import { type SplitMethod, splitMethods } from '../stages/split.js'
import { type DefinitionArguments, definitionFlags } from './definition-flags.js'
import { givenOnce } from './given-once.js'
import { type InputArguments, inputFlags } from './input-options.js'
import { list } from './list-flag.js'
import { type SampleArguments, type SelectionArguments, sampleFlags, selectionFlags } from './selection-flags.js'

/** What `wvs export` is told. */
export interface ExportArguments extends DefinitionArguments, InputArguments, SelectionArguments, SampleArguments {
  'split-by': SplitUnit | undefined
  file: string | undefined
  out: string | undefined
  format: ExportFormat
  template: string[] | undefined
  answer: AnswerForm
  'missing-demographics': 'skip' | 'say'
  'demographics-per-example': number | undefined
  'context-answers': number | undefined
  turns: number | undefined
  'few-shot': number | undefined
  model: string | undefined
  'max-tokens': number | undefined
  temperature: number | undefined
  recipe: string
  split: SplitMethod | undefined
  ratios: string | undefined
  splits: string | undefined
  seed: number | undefined
  'shard-size': number | undefined
  shards: number | undefined
  shuffle: number | undefined
  'max-examples': number | undefined
  'per-respondent': number | undefined
  as: Container
  compression: Compression | undefined
  head: number | undefined
  stats: boolean
  threads: number | undefined
  'on-invalid': InvalidPolicy | undefined
  overwrite: boolean
  json: boolean
  quiet: boolean
}

const valueFlags = [
  ...['format', 'answer', 'missing-demographics', 'demographics-per-example', 'context-answers', 'turns', 'few-shot'],
  ...['model', 'max-tokens', 'temperature', 'recipe', 'split', 'split-by', 'ratios', 'splits', 'seed', 'shard-size'],
  ...['shards', 'shuffle', 'max-examples', 'per-respondent', 'as', 'compression', 'head', 'threads', 'on-invalid'],
  ...['definition', 'wave', 'where', 'sample', 'per-cell', 'cells', 'balance'],
]

export function exportOptions(parser: Argv): Argv<ExportArguments> {
  return parser
    .positional('file', { type: 'string', describe: 'Survey file in any form in which WVS publishes, packed or not' })
    .options({
      ...inputFlags,
      // With `nargs` the parser takes a lone dash for a value.
      out: { type: 'string', alias: 'o', nargs: 1, describe: 'Folder of the shards, or - for standard output' },
      format: { choices: exportFormats, default: defaultExport.format, describe: 'Shape of a line' },
      template: {
        ...list,
        describe: `${Object.keys(builtInTemplates).join(', ')}, or a file in Mustache; several: each example draws one [default: interview]`,
      },
      answer: { choices: answerForms, default: defaultExport.answer, describe: 'How an answer is given' },
      'missing-demographics': {
        choices: ['skip', 'say'] as const,
        default: defaultExport.missingDemographics,
        describe: 'A missing demographic is left out, or said to be not known',
      },
      'demographics-per-example': {
        type: 'number',
        describe: 'Show so many of the demographics, drawn for each example',
      },
      'context-answers': { type: 'number', describe: 'Show so many other answers of the same respondent' },
      turns: { type: 'number', describe: 'Questions to one respondent in one conversation, at most' },
      'few-shot': { type: 'number', describe: 'Worked examples of other people (of train) in front' },
      model: { type: 'string', describe: 'Model that openai-batch asks' },
      'max-tokens': { type: 'number', describe: 'Tokens of a reply that openai-batch asks for, at most' },
      temperature: { type: 'number', describe: 'Temperature that openai-batch asks for' },
      recipe: { type: 'string', default: 'default', describe: 'default, worldvaluesbench or a file of JSON' },
      ...selectionFlags,
      ...sampleFlags,
      split: { choices: splitMethods, describe: 'How respondents fall into train, valid and test' },
      'split-by': { choices: splitUnits, describe: 'What falls into train, valid and test as a whole (respondent)' },
      ratios: { type: 'string', describe: 'Shares of train,valid,test' },
      splits: { type: 'string', describe: 'Which splits to write, with commas [default: all]' },
      seed: { type: 'number', describe: 'Seed of the split and of all that is drawn' },
      'shard-size': { type: 'number', describe: 'Lines of a shard, at most' },
      shards: { type: 'number', describe: 'Exact number of shards of each split, in place of their size' },
      shuffle: { type: 'number', describe: 'Shuffle all lines of a split over all its shards, by this seed' },
      'max-examples': { type: 'number', describe: 'Lines in all, at most, drawn by seed' },
      'per-respondent': { type: 'number', describe: 'Answers of a respondent, at most, drawn by seed' },
      as: { choices: containers, default: defaultExport.container, describe: 'Lines of JSON, or Parquet' },
      compression: { choices: compressions, describe: 'Compression of the shards (none; of Parquet snappy)' },
      head: { type: 'number', describe: 'Show so many finished examples and the count of all, and write nothing' },
      stats: { type: 'boolean', default: false, describe: 'Show lengths in characters and tokens, and write nothing' },
      threads: { type: 'number', describe: 'Worker threads; as many as cores by default' },
      'on-invalid': { choices: invalidPolicies, describe: 'What happens to cells and rows that can not be decoded' },
      ...definitionFlags,
      overwrite: { type: 'boolean', default: false, describe: 'Replace the dataset in the output folder' },
      json: { type: 'boolean', default: false, describe: 'Print the manifest as JSON' },
      quiet: { type: 'boolean', alias: 'q', default: false, describe: 'No progress and no summary' },
    })
    .requiresArg(valueFlags)
    .check(givenOnce(['template', 'demographics', 'questions', 'derive']))
    .example('$0 export survey.csv --out chats', 'Every answer as a conversation for fine-tuning')
    .example('$0 export survey.csv --head 3 --stats', 'A look before anything is written')
    .example('$0 export survey.csv --out - --template bare --format text | head -3', 'A look at three lines')
    .example('$0 export survey.csv --out sft --template persona --answer label', 'People speaking for themselves')
    .example('$0 export survey.csv --out mixed --shuffle 1 --shards 16', 'Shuffled, in sixteen shards a split')
    .example('$0 export survey.csv --out mine --template mine.mustache', 'A template of your own')
    .example(
      '$0 export survey.csv --out requests --format openai-batch --model NAME --splits test',
      'Requests for a batch endpoint',
    )
}
