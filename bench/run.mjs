// wvs beside DuckDB, Polars and pandas on the same work: `npm run bench -- [options]` from the project's folder.
//   --runs N          counted runs of each contender, after one that is not counted and whose output is checked (5)
//   --jobs a,b,...    which of wide, narrow, recipe, floor, memory, help (all)
//   --only a,b,...    which of wvs, duckdb, polars, pandas (all)
//   --survey FILE     a survey file of wave 7 in place of the synthetic one
//   --smoke           2,000 respondents, one run, nothing installed, nothing written to the docs; slices.mjs and
//                     export.mjs too
// A whole run writes its tables to docs/benchmarks.md; one that is cut by an option only prints them. The synthetic files
// (1.1 GB) stay under bench/.data; remove that folder to have them made again.
import { spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { contest } from './contest.mjs'
import { benchFolder, cli, ensureBuilt, ensureSurvey, projectFolder, writeDefinition, writeOrder } from './inputs.mjs'
import { findPandas, installPeers, peerVersion } from './install.mjs'
import { jobTable, machine, megabytes, table, writeSection } from './report.mjs'
import { targets } from './targets.mjs'

const node = process.execPath
const build = [node, cli, 'build', 'SURVEY', '--out', 'OUTPUT', '--overwrite', '--quiet']
const duckdb = (job) => [node, join(benchFolder, 'peers', 'duckdb.mjs'), job, 'SURVEY', 'OUTPUT', 'DEFINITION', 'ORDER']
const polars = (job) => [node, join(benchFolder, 'peers', 'polars.mjs'), job, 'SURVEY', 'OUTPUT', 'DEFINITION', 'ORDER']
const pandas = (job) => [
  'PYTHON',
  join(benchFolder, 'peers', 'pandas_recipe.py'),
  job,
  'SURVEY',
  'OUTPUT',
  'DEFINITION',
]

/** Every job with the command line of each contender; words in capitals stand for what a run fills in. */
const jobs = {
  wide: {
    title: '(a) Wide explode: respondent id, weight, 42 labelled demographics, question, answer, to Parquet',
    writes: 'examples',
    contenders: {
      wvs: [...build, '--tables', 'examples', '--split', 'none'],
      polars: polars('wide'),
      duckdb: duckdb('wide'),
    },
  },
  narrow: {
    title: '(b) Narrow explode: respondent id, question, answer, to Parquet',
    writes: 'examples',
    contenders: {
      wvs: [...build, '--tables', 'examples', '--split', 'none', '--demographics', 'none', '--no-weight'],
      polars: polars('narrow'),
      duckdb: duckdb('narrow'),
    },
  },
  recipe: {
    title: "(c) The reference recipe's eight TSV files",
    writes: 'tables',
    contenders: {
      wvs: [...build, '--recipe', 'worldvaluesbench'],
      polars: polars('recipe'),
      duckdb: duckdb('recipe'),
      pandas: pandas('recipe'),
    },
  },
  floor: {
    title: 'The floor: one pass over the bytes on one thread, counting delimiters, quotes and line ends',
    contenders: { floor: [node, join(benchFolder, 'floor.mjs'), 'SURVEY'] },
  },
  memory: {
    title: '(a) again on a file 5 times as long',
    survey: 'LONG_SURVEY',
    maximumRuns: 3,
    contenders: { wvs: [...build, '--tables', 'examples', '--split', 'none'] },
  },
  help: {
    title: '`wvs --help`',
    minimumRuns: 10,
    contenders: { wvs: [node, cli, '--help'] },
  },
}

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    jobs: { type: 'string' },
    only: { type: 'string' },
    survey: { type: 'string' },
    smoke: { type: 'boolean', default: false },
  },
})
const whole = !options.smoke && [options.jobs, options.only, options.survey].every((option) => option === undefined)
const jobNames = options.jobs?.split(',') ?? Object.keys(jobs).filter((job) => !options.smoke || job !== 'memory')
const respondents = options.smoke ? 2_000 : 97_220
const runs = options.smoke ? 1 : Number(options.runs)
for (const name of jobNames)
  if (!(name in jobs)) throw new Error(`no job ${name}; there are ${Object.keys(jobs).join(', ')}`)
if (!(runs >= 1)) throw new Error(`--runs must be at least 1, not ${options.runs}`)

const say = (line) => process.stderr.write(`${line}\n`)
ensureBuilt()
if (!options.smoke) installPeers(say)
const python = findPandas()
const versions = {
  DuckDB: peerVersion('@duckdb/node-api'),
  Polars: peerVersion('nodejs-polars'),
  pandas: python?.version,
}
const present = {
  wvs: true,
  floor: true,
  duckdb: versions.DuckDB !== undefined,
  polars: versions.Polars !== undefined,
  pandas: python !== undefined,
}
const survey = options.survey ?? ensureSurvey(respondents)
const words = {
  SURVEY: survey,
  LONG_SURVEY: jobNames.includes('memory') ? ensureSurvey(respondents * 5) : undefined,
  DEFINITION: writeDefinition(),
  ORDER: jobNames.includes('recipe') ? await writeOrder(survey) : 'none',
  PYTHON: python?.python,
}

const environment = machine(versions)
const results = {}
const problems = []
for (const name of jobNames) results[name] = await runJob(name, jobs[name])

const text = [
  environment,
  `- Input: ${options.survey === undefined ? 'synthetic, ' : ''}${megabytes(statSync(survey).size)} MB`,
  '',
  ...Object.values(results).map(jobTable),
  ...(options.smoke
    ? []
    : ['### Targets', '', table(['', 'target', 'seen', ''], targets(results, statSync(survey).size))]),
].join('\n')
process.stdout.write(`${text}\n`)
if (whole && problems.length === 0) {
  const path = join(projectFolder, 'docs', 'benchmarks.md')
  writeSection(path, 'build', `## The main job beside other tools\n\n${text}\n${method()}`)
  say('written to docs/benchmarks.md')
}
for (const problem of problems) say(`PROBLEM: ${problem}`)
if (problems.length > 0) process.exitCode = 1
if (options.smoke && options.jobs === undefined && present.duckdb) {
  for (const other of ['slices.mjs', 'export.mjs']) {
    const { status } = spawnSync(node, [join(benchFolder, other), '--smoke'], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
}

/** Runs a job's contenders in turn, round after round, and checks that what they wrote in the first round agrees. */
async function runJob(name, { title, writes, contenders, minimumRuns = 1, maximumRuns = runs, survey = 'SURVEY' }) {
  const counted = options.smoke ? 1 : Math.max(minimumRuns, Math.min(runs, maximumRuns))
  const only = options.only?.split(',') ?? Object.keys(present)
  const chosen = Object.keys(contenders).filter((contender) => only.includes(contender) || contender === 'floor')
  const absent = chosen.filter((contender) => !present[contender])
  if (absent.length > 0) say(`${name}: absent: ${absent.join(', ')}`)
  const written = {}
  const bytes = {}
  const fill = { ...words, SURVEY: words[survey] }
  const results = await contest({
    name,
    commands: Object.fromEntries(
      chosen
        .filter((each) => present[each])
        .map((each) => [each, contenders[each].map((word) => (word === 'OUTPUT' ? word : (fill[word] ?? word)))]),
    ),
    runs: counted,
    warm: !options.smoke,
    say,
    onFirst(contender, output) {
      if (writes === undefined) return
      bytes[contender] = folderSize(output, writes)
      if (present.duckdb || writes === 'tables') written[contender] = check(writes, output)
    },
  })
  for (const [contender, entry] of Object.entries(results)) entry.outputBytes = bytes[contender]
  if (writes !== undefined) problems.push(...disagreements(name, written))
  return { title, contenders: results }
}

/** What check.mjs finds in an output folder. */
function check(kind, output) {
  const args = [join(benchFolder, 'check.mjs'), kind, output, words.DEFINITION]
  const { status, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`the output could not be read back\n${stderr}`)
  return JSON.parse(stdout)
}

/** One line for each contender whose output is not that of the first. */
function disagreements(job, written) {
  const [[first, expected], ...others] = Object.entries(written).length === 0 ? [[]] : Object.entries(written)
  if (first === undefined) return [`${job}: nothing was read back, since DuckDB is absent`].filter(() => !options.smoke)
  const { hashes, ...counts } = expected
  say(
    `${job}: ${Object.entries(counts)
      .map(([what, count]) => `${count.toLocaleString('en-US')} ${what}`)
      .join(', ')}`,
  )
  return others.flatMap(([name, found]) => {
    const different = [
      ...Object.keys(counts).filter((what) => counts[what] !== found[what]),
      ...Object.keys(hashes).filter((what) => hashes[what] !== found.hashes[what]),
    ]
    return different.length === 0 ? [] : [`${job}: ${name} and ${first} differ in ${different.join(', ')}`]
  })
}

/** Bytes of the files that the job is about, without cards, manifests and other company. */
function folderSize(folder, writes) {
  return readdirSync(folder, { recursive: true })
    .filter((path) => (writes === 'examples' ? /examples.*\.parquet$/.test(path) : path.endsWith('_qa.tsv')))
    .reduce((size, path) => size + statSync(join(folder, path)).size, 0)
}

function method() {
  return [
    '### How this was measured',
    '',
    `Each contender runs in a process of its own, in turn with the others, ${runs} times after one run that is not counted;`,
    'times are from the start of the process to its exit, start-up and loading included, and the file is in the page cache.',
    'Memory is the largest resident set of the whole process, as the kernel keeps it. Ratios are of medians. DuckDB reads',
    'every Parquet file back: examples, the sum of all answers, respondents and a hash of every row agree between all',
    'contenders; the eight TSV files are the same bytes. DuckDB and Polars leave repeated ids as they stand and write one file,',
    'and get the shuffled order of (c) ready-made; wvs also writes checksums, a manifest and a card, and waits for the disk.',
    'The formulations that were tried for each peer, and which was fastest, stand at the top of its script in `bench/peers/`.',
    '`npm run bench` does it all again; what it needs beside Node 20 is in `bench/install.mjs`.',
  ].join('\n')
}
