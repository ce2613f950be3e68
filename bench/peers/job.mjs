// What every peer is told and needs first: `node PEER.mjs JOB SURVEY.csv OUTPUT_FOLDER DEFINITION.json ORDER.csv`.
import { closeSync, mkdirSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'

/** Names of the reference recipe's splits. The shuffled rows fall into the last three in this order. */
export const splits = ['full', 'train', 'test', 'valid']

/**
 * Reads the command line.
 *
 * @returns {{
 *   job: string, survey: string, output: string, order: string,
 *   definition: import('../definition.mjs').BenchDefinition, header: string[],
 * }} `order`: a CSV file with a column `row`, the rows that the recipe keeps, counted from 0, in shuffled order
 */
export function readJob() {
  const [job, survey, output, definition, order] = process.argv.slice(2)
  return {
    job,
    survey,
    output,
    order,
    definition: JSON.parse(readFileSync(definition, 'utf8')),
    header: readHeader(survey),
  }
}

/** The column names of a survey file: its first line, in which no name holds a comma. */
function readHeader(survey) {
  const file = openSync(survey)
  const start = Buffer.alloc(1 << 16)
  const length = readSync(file, start)
  closeSync(file)
  const end = start.subarray(0, length).indexOf('\n')
  if (end < 0) throw new Error(`${survey}: no line end in the first ${length} bytes`)
  return start.toString('utf8', 0, end).trimEnd().replaceAll('"', '').split(',')
}

/** Makes the folder of the exploded examples and gives the path of the one Parquet file in it. */
export function examplesFile(output) {
  mkdirSync(join(output, 'examples'), { recursive: true })
  return join(output, 'examples', 'examples.parquet')
}

/** Path of one of the recipe's tables, its folder made. */
export function tableFile(output, split, table) {
  mkdirSync(join(output, split), { recursive: true })
  return join(output, split, `${split}_${table}_qa.tsv`)
}

/** How many of `rows` shuffled rows are train, and how many are test; the rest is valid. */
export function splitSizes(rows) {
  return { train: Math.trunc(rows * 0.7), test: Math.trunc(rows * 0.15) }
}
