// Exports beside DuckDB, Polars, a plain writer and a plain compressor: `node bench/export.mjs [options]`.
//   --runs N          counted runs of each contender, after one that is not counted (3)
//   --jobs a,b,...    which of sink, fields, disk, gzip (all)
//   --respondents N   of the synthetic survey file (97,220, as many as wave 7 has)
//   --smoke           400 respondents, one run, nothing installed, nothing written to the docs
// A whole run writes its tables to docs/benchmarks.md; one that is cut by an option only prints them. It puts some 20 GB
// on the disk at a time, under bench/.data.
import { spawnSync } from 'node:child_process'
import { closeSync, createReadStream, createWriteStream, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { benchFolder, cli, dataFolder, ensureBuilt, ensureSurvey, projectFolder } from './inputs.mjs'
import { installPeers, peerVersion } from './install.mjs'
import { measure, median } from './measure.mjs'
import { jobTable, machine, megabytes, peak, table, writeSection } from './report.mjs'
import { atLeast, atMost } from './targets.mjs'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    jobs: { type: 'string', default: 'sink,fields,disk,gzip' },
    respondents: { type: 'string', default: '97220' },
    smoke: { type: 'boolean', default: false },
  },
})
const respondents = options.smoke ? 400 : Number(options.respondents)
const runs = options.smoke ? 1 : Number(options.runs)
const jobNames = options.jobs.split(',')
const whole = !options.smoke && jobNames.length === 4 && respondents === 97_220
const threads = availableParallelism()

const say = (line) => process.stderr.write(`${line}\n`)
ensureBuilt()
if (!options.smoke) installPeers(say)
const versions = { DuckDB: peerVersion('@duckdb/node-api'), Polars: peerVersion('nodejs-polars') }
const peers = Object.entries({ duckdb: versions.DuckDB, polars: versions.Polars })
  .filter(([, version]) => version !== undefined)
  .map(([name]) => name)

const node = process.execPath
const demographics = ['--demographics', 'country,sex,age,education,religion']
const wvs = (survey, out, ...args) => [node, cli, 'export', survey, '--out', out, '-q', ...demographics, ...args]
const fieldsBy = (peer, folder, output) => [node, join(benchFolder, 'peers', 'export-fields.mjs'), peer, folder, output]
const readyBytes = (...args) => [node, join(benchFolder, 'ready-bytes.mjs'), ...args.map(String)]

const environment = machine(versions)
const survey = ensureSurvey(respondents)
const output = join(dataFolder, 'export')
const ready = join(dataFolder, 'ready.jsonl')
const problems = []
checkFields()

const lines = Number(preview().lineCount)
// All bytes of an export of conversations, counted once; the start of it is what the writer and the compressor get ready-made.
const chatBytes = await countBytes(wvs(survey, '-'), ready)
const results = {}
for (const name of jobNames) results[name] = await { sink, fields, disk, gzip }[name]()
for (const path of [output, ready, `${output}-fields`]) rmSync(path, { recursive: true, force: true })

const text = [
  environment,
  `- Input: synthetic, ${megabytes(statSync(survey).size)} MB, ${respondents.toLocaleString('en-US')} respondents; \`chat\` makes ${lines.toLocaleString('en-US')} lines of it, ${(chatBytes / 1e9).toFixed(2)} GB`,
  '',
  ...Object.values(results).map(jobTable),
  ...(options.smoke ? [] : ['### Targets', '', table(['', 'target', 'seen', ''], targetRows())]),
].join('\n')
process.stdout.write(`${text}\n`)
if (whole && problems.length === 0) {
  writeSection(
    join(projectFolder, 'docs', 'benchmarks.md'),
    'export',
    `## Training-ready exports\n\n${text}\n${method()}`,
  )
  say('written to docs/benchmarks.md')
}
for (const problem of problems) say(`PROBLEM: ${problem}`)
if (problems.length > 0) process.exitCode = 1

/** Conversations into a null sink, in the file's order and shuffled. */
function sink() {
  const contenders = { wvs: wvs(survey, '-'), 'wvs --shuffle': wvs(survey, '-', '--shuffle', '1') }
  return runJob('sink', '`chat` with five demographics into a null sink', contenders)
}

/** The fields of the examples into the same null sink. */
function fields() {
  const folder = join(`${output}-fields`, 'examples')
  run(wvs(survey, `${output}-fields`, '--format', 'fields', '--as', 'parquet', '--overwrite'))
  const contenders = { wvs: wvs(survey, '-', '--format', 'fields') }
  for (const peer of peers) contenders[peer] = fieldsBy(peer, folder, '/dev/null')
  return runJob('fields', 'The fields of the examples as lines of JSON into a null sink', contenders)
}

/** Conversations to the disk, beside one writer of as many ready bytes. */
function disk() {
  const file = join(output, 'ready')
  const contenders = {
    wvs: wvs(survey, join(output, 'chat'), '--split', 'none'),
    'plain writer': readyBytes('write', ready, chatBytes, file),
  }
  return runJob('disk', '`chat` with five demographics, uncompressed, to the disk', contenders)
}

/** Compressed conversations into a null sink, beside the compressor alone on as many ready bytes. */
function gzip() {
  const contenders = {
    wvs: wvs(survey, '-', '--compression', 'gzip'),
    compressor: readyBytes('gzip', ready, chatBytes, threads),
  }
  return runJob('gzip', `\`chat\` with five demographics by gzip into a null sink, ${threads} threads`, contenders)
}

/** Runs the contenders in turn, round after round. */
async function runJob(name, title, contenders) {
  const result = { title, contenders: {} }
  // The first round is not counted, unless it is the only one.
  for (let round = options.smoke ? 1 : 0; round <= runs; round++) {
    for (const [contender, command] of Object.entries(contenders)) {
      rmSync(output, { recursive: true, force: true })
      mkdirSync(output, { recursive: true })
      const { seconds, processor, memory } = await measure(command, { discard: true })
      say(
        `${name} ${round}/${runs} ${contender}: ${seconds.toFixed(2)} s, ${processor} s of processor, ${megabytes(memory)} MB`,
      )
      rmSync(output, { recursive: true, force: true })
      // What one contender wrote is not to reach the disk in the next one's time.
      spawnSync('sync')
      result.contenders[contender] ??= { seconds: [], processor: [], memory: [], outputBytes: undefined }
      if (round === 0) continue
      const entry = result.contenders[contender]
      entry.seconds.push(seconds)
      entry.processor.push(processor)
      entry.memory.push(memory)
    }
  }
  return result
}

/** Whether the peers write the same fields of the same examples as wvs does, judged from a small survey by DuckDB. */
function checkFields() {
  if (!peers.includes('duckdb')) return
  const small = ensureSurvey(400)
  const folder = join(dataFolder, 'export-check')
  rmSync(folder, { recursive: true, force: true })
  run(wvs(small, join(folder, 'parquet'), '--format', 'fields', '--as', 'parquet'))
  run(wvs(small, join(folder, 'lines'), '--format', 'fields', '--split', 'none'))
  const files = { wvs: join(folder, 'lines', 'examples', '*.jsonl') }
  for (const peer of peers) {
    files[peer] = join(folder, `${peer}.jsonl`)
    run(fieldsBy(peer, join(folder, 'parquet', 'examples'), files[peer]))
  }
  const script = `
    const { DuckDBInstance } = await import('@duckdb/node-api')
    const connection = await (await DuckDBInstance.create()).connect()
    const found = {}
    for (const [name, file] of Object.entries(${JSON.stringify(files)})) {
      const lines = \`(SELECT * FROM read_json('\${file}', format = 'newline_delimited', sample_size = -1))\`
      const columns = await connection.runAndReadAll(\`SELECT column_name FROM (DESCRIBE FROM \${lines})\`)
      const names = columns.getRows().map(([name]) => '"' + name + '"')
      const row = 'concat_ws(chr(31), ' + names.map((name) => \`coalesce(\${name}::VARCHAR, chr(30))\`).join(', ') + ')'
      const sums = await connection.runAndReadAll(\`SELECT count(*), sum(hash(\${row})) FROM \${lines}\`)
      found[name] = [names.join(), ...sums.getRows()[0].map(String)].join(' ')
    }
    process.stdout.write(JSON.stringify(found))`
  const { status, stdout, stderr } = spawnSync(node, ['--input-type=module', '-e', script], {
    cwd: benchFolder,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`the fields could not be read back\n${stderr}`)
  const { wvs: own, ...others } = JSON.parse(stdout)
  say(`fields, columns, lines, hash of all rows: ${own}`)
  for (const [peer, found] of Object.entries(others)) {
    if (found !== own) problems.push(`fields: ${peer} writes ${found}, wvs ${own}`)
  }
  rmSync(folder, { recursive: true })
}

/** Bytes that a command prints; the first 64 MB of them go to a file. */
async function countBytes(command, file) {
  const all = `${file}.all`
  const descriptor = openSync(all, 'w')
  const { status } = spawnSync(command[0], command.slice(1), { stdio: ['ignore', descriptor, 'inherit'] })
  closeSync(descriptor)
  if (status !== 0) throw new Error(`${command.join(' ')} failed`)
  const { size } = statSync(all)
  await pipeline(createReadStream(all, { end: (64 << 20) - 1 }), createWriteStream(file))
  rmSync(all)
  return size
}

function preview() {
  return JSON.parse(run([...wvs(survey, '-'), '--head', '1', '--json']))
}

function run([program, ...args]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${[program, ...args].join(' ')}\n${stderr}`)
  return stdout
}

function targetRows() {
  const seconds = (job, contender) => median(results[job].contenders[contender].seconds)
  const memory = (contender) => peak(results.sink.contenders[contender].memory) / 1e6
  const rows = {
    sink: () => [
      atLeast('`chat` into a null sink', 2, chatBytes / 1e9 / seconds('sink', 'wvs'), ' GB/s'),
      atLeast('shuffled against file order', 0.5, seconds('sink', 'wvs') / seconds('sink', 'wvs --shuffle'), ' times'),
      atMost('peak memory', 400, memory('wvs'), ' MB'),
      atMost('peak memory, shuffled', 800, memory('wvs --shuffle'), ' MB'),
    ],
    fields: () =>
      peers.map((peer) =>
        atLeast(
          `\`fields\` faster than ${{ duckdb: 'DuckDB', polars: 'Polars' }[peer]}`,
          peer === 'duckdb' ? 4 : 1,
          seconds('fields', peer) / seconds('fields', 'wvs'),
          ' times',
        ),
      ),
    disk: () => [
      atLeast(
        '`chat` to the disk against a plain writer',
        0.85,
        seconds('disk', 'plain writer') / seconds('disk', 'wvs'),
        ' times',
      ),
    ],
    gzip: () => [
      atMost(
        'gzip against the compressor alone, in time',
        1.15,
        seconds('gzip', 'wvs') / seconds('gzip', 'compressor'),
        ' times',
      ),
    ],
  }
  return jobNames.flatMap((name) => rows[name]())
}

function method() {
  return [
    '### How this was measured',
    '',
    `As above, ${runs} times each. The null sink is \`/dev/null\`: standard output of wvs, the output file of the peers. DuckDB and`,
    'Polars read the fields ready-made from Parquet, while wvs reads and decodes the survey file within its time; on a survey of',
    '400 respondents the lines of all of them were read back by DuckDB: the same columns, as many lines, the same hash of all rows.',
    'The plain writer puts as many ready bytes into one file with `writeSync`, 4 MB at a time, and waits for the disk, as wvs does,',
    `which also takes the SHA-256 of each shard. The compressor alone is \`gzipSync\` of the same level in ${threads} threads, on ready pieces of`,
    '4 MB of the same lines. `node bench/export.mjs` does it all again.',
  ].join('\n')
}
