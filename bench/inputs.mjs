// What the benchmarks read: the built project, synthetic survey files, the definition and the shuffled order, under bench/.data.
import { spawnSync } from 'node:child_process'
import { createReadStream, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { readDefinition } from './definition.mjs'

export const benchFolder = dirname(fileURLToPath(import.meta.url))
export const projectFolder = dirname(benchFolder)
export const dataFolder = join(benchFolder, '.data')
export const cli = join(projectFolder, 'dist', 'wvs.cjs')

/** Compiles the project where dist/ is absent or older than a source file. */
export function ensureBuilt() {
  const built = existsSync(cli) ? statSync(cli).mtimeMs : 0
  const sources = readdirSync(join(projectFolder, 'src'), { recursive: true })
  if (sources.every((source) => statSync(join(projectFolder, 'src', source)).mtimeMs < built)) return
  runNode([join(projectFolder, 'scripts', 'build.mjs')])
}

/**
 * A synthetic wave-7 file in the cross-national layout, made where it is absent; it stays for the next time.
 *
 * @param {number} respondents
 * @returns {string} its path
 */
export function ensureSurvey(respondents) {
  const path = join(dataFolder, `wave7-${respondents}.csv`)
  if (!existsSync(path)) {
    mkdirSync(dataFolder, { recursive: true })
    const options = {
      '--wave': 7,
      '--respondents': respondents,
      '--layout': 'cross-national',
      '--seed': 0,
      '--out': path,
    }
    runNode([cli, 'synth', ...Object.entries(options).flat().map(String)])
  }
  return path
}

/**
 * Writes what the peers need to know of the wave.
 *
 * @returns {string} path of the JSON
 */
export function writeDefinition() {
  mkdirSync(dataFolder, { recursive: true })
  const path = join(dataFolder, 'definition.json')
  const definition = readDefinition(join(projectFolder, 'src', 'definitions', 'wave7', 'wave.json'))
  writeFileSync(path, JSON.stringify(definition))
  return path
}

/**
 * Writes the order in which the reference shuffles the rows that it keeps (Python's `random.seed(0)`, `random.shuffle`),
 * for the peers that have no such generator. It is given to them ready, which spares them a little work.
 *
 * @param {string} survey path of the survey file
 * @returns {Promise<string>} path of a CSV file with one column, `row`, counted from 0
 */
export async function writeOrder(survey) {
  const { MersenneTwister } = await import('../dist/random/mersenne-twister.js')
  const order = Uint32Array.from({ length: await countKeptRows(survey) }, (_, row) => row)
  new MersenneTwister(0).shuffle(order)
  const path = join(dataFolder, 'order.csv')
  writeFileSync(path, `row\n${order.join('\n')}\n`)
  return path
}

/** Rows of the survey file whose id the reference recipe does not leave out. */
async function countKeptRows(survey) {
  const { id, repeatedIds } = readDefinition(join(projectFolder, 'src', 'definitions', 'wave7', 'wave.json'))
  let column = -1
  let rows = 0
  for await (const line of createInterface({ input: createReadStream(survey) })) {
    if (column < 0) column = line.replaceAll('"', '').split(',').indexOf(id)
    else if (!repeatedIds.includes(cellOf(line, column))) rows++
  }
  return rows
}

/** The cell of a column, counted from 0, in a line of comma-separated cells; an id has no quotes, others may. */
function cellOf(line, column) {
  let start = 0
  for (let passed = 0; passed < column; passed++) {
    if (line[start] === '"') start = line.indexOf('"', start + 1)
    start = line.indexOf(',', start) + 1
  }
  return line.slice(start, line.indexOf(',', start))
}

function runNode(args) {
  const { status } = spawnSync(process.execPath, args, {
    cwd: projectFolder,
    stdio: ['ignore', process.stderr, 'inherit'],
  })
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with exit code ${status}`)
}
