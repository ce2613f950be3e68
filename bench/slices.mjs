// A preview, a slice to Parquet and distributions beside DuckDB doing the same from the same file:
// `node bench/slices.mjs [options]` from the project's folder.
//   --runs N          counted runs of each contender, after one that is not counted and whose output is checked (9)
//   --jobs a,b,...    which of preview, slice, distributions (all)
//   --survey FILE     a survey file of wave 7 in place of the synthetic one
//   --smoke           2,000 respondents, one run, nothing written to the docs
// A whole run writes its tables to docs/benchmarks.md; one that is cut by an option only prints them.
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { contest, timesAsLong } from './contest.mjs'
import { benchFolder, cli, dataFolder, ensureBuilt, ensureSurvey, projectFolder, writeDefinition } from './inputs.mjs'
import { peerVersion } from './install.mjs'
import { jobTable, machine, megabytes, peak, table, writeSection } from './report.mjs'
import { atLeast, atMost } from './targets.mjs'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '9' },
    jobs: { type: 'string' },
    survey: { type: 'string' },
    smoke: { type: 'boolean', default: false },
  },
})
const say = (line) => process.stderr.write(`${line}\n`)
const runs = options.smoke ? 1 : Number(options.runs)
if (!(runs >= 1)) throw new Error(`--runs must be at least 1, not ${options.runs}`)
ensureBuilt()
const survey = options.survey ?? ensureSurvey(options.smoke ? 2_000 : 97_220)
const definition = writeDefinition()

const node = process.execPath
const where = ['--where', 'age > 60 && sex == "Female" && urban_rural == "Rural"']
const who = ['--demographics', 'country,sex,age', '--split', 'none']
const write = ['--out', 'OUTPUT', '--overwrite', '--quiet']
/** The peer also does the part of the job that the names of its flags do not show: see peers/duckdb-slices.mjs. */
const jobs = {
  preview: {
    title:
      '(d) Preview: women over 60 in the country, counted by country, with what is missing and who could be recognised',
    wvs: [node, cli, 'preview', survey, ...where, '--cells', 'country', ...who, '--json'],
  },
  slice: {
    title: '(e) A slice to Parquet: the same respondents, all their answers',
    wvs: [node, cli, 'build', survey, ...where, '--tables', 'examples', ...who, ...write],
  },
  distributions: {
    title: '(f) Distributions of all 239 questions by country, sex and age group, weighted and not, to Parquet',
    wvs: [node, cli, 'distributions', survey, '--by', 'country,sex,age_group', ...write],
  },
}
const names = options.jobs?.split(',') ?? Object.keys(jobs)
for (const name of names) {
  if (!(name in jobs)) throw new Error(`no job ${name}; there are ${Object.keys(jobs).join(', ')}`)
}

const environment = machine({ DuckDB: peerVersion('@duckdb/node-api') })
const results = {}
const problems = []
for (const name of names) results[name] = await runJob(name)

const targets = names.flatMap((name) => {
  const { contenders, title } = results[name]
  const letter = title.slice(0, 3)
  return [
    atLeast(`${letter} faster than DuckDB`, 3, timesAsLong(contenders, 'wvs', 'duckdb'), ' times'),
    atMost(`${letter} peak memory`, 350, peak(contenders.wvs.memory) / 1e6, ' MB'),
  ]
})
const text = [
  environment,
  `- Input: ${options.survey === undefined ? 'synthetic, ' : ''}${megabytes(statSync(survey).size)} MB`,
  '',
  ...Object.values(results).map(jobTable),
  ...(options.smoke ? [] : ['### Targets', '', table(['', 'target', 'seen', ''], targets)]),
].join('\n')
process.stdout.write(`${text}\n`)
if (!options.smoke && options.jobs === undefined && options.survey === undefined && problems.length === 0) {
  writeSection(
    join(projectFolder, 'docs', 'benchmarks.md'),
    'slices',
    `## Slices beside DuckDB\n\n${text}\n${method()}`,
  )
  say('written to docs/benchmarks.md')
}
for (const problem of problems) say(`PROBLEM: ${problem}`)
if (problems.length > 0) process.exitCode = 1

async function runJob(name) {
  const { title, wvs } = jobs[name]
  const peer = [node, join(benchFolder, 'peers', 'duckdb-slices.mjs'), name, survey, 'OUTPUT', definition]
  const kept = join(dataFolder, 'slices')
  rmSync(kept, { recursive: true, force: true })
  mkdirSync(kept, { recursive: true })
  const contenders = await contest({
    name,
    commands: { wvs, duckdb: peer },
    runs,
    warm: !options.smoke,
    say,
    onFirst(contender, output, run) {
      if (name === 'preview' && contender === 'wvs') writeFileSync(join(output, 'preview.json'), run.output)
      renameSync(output, join(kept, contender))
    },
  })
  const args = [join(benchFolder, 'check-slices.mjs'), name, join(kept, 'wvs'), join(kept, 'duckdb'), definition]
  const { status, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the output could not be read back\n${stderr}`)
  const { compared, differences } = JSON.parse(stdout)
  say(`${name}: compared ${compared}`)
  problems.push(...differences.map((difference) => `${name}: wvs and duckdb differ in ${difference}`))
  rmSync(kept, { recursive: true, force: true })
  return { title, contenders }
}

function method() {
  return [
    '### How this was measured',
    '',
    'As the jobs above: each contender in a process of its own, in turn, ' +
      `${runs} times after one run that is not counted; times from start to exit, the file in the page cache.`,
    'What both found is the same: every count of the preview; every row of the slice; every share (to 1e-9), mean, variance,',
    'effective n and share missing of the distributions. DuckDB leaves out what costs it more than it tells: splits, answers',
    'that nobody gave, their labels, checksums and manifest; repeated ids stand as they are. The formulations that were',
    'tried are at the top of `bench/peers/duckdb-slices.mjs`. `node bench/slices.mjs` does it all again.',
  ].join('\n')
}
