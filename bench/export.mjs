// Chat lines with five demographics into a null sink: this toolkit beside DuckDB's COPY of the same fields as JSON.
// Usage: node bench/export.mjs SURVEY.csv [RUNS]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [survey, runs = '3'] = process.argv.slice(2)
if (survey === undefined) throw new Error('expected a survey file: wvs synth --out survey.csv makes one')
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const peer = fileURLToPath(new URL('export-duckdb.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'wvs-bench-'))
const chosen = ['--demographics', 'country,sex,age,education,religion']

/** Runs a command with its output thrown away; gives seconds of wall clock and of processor time, and bytes at the peak. */
function measure(args) {
  const time = spawnSync('/usr/bin/time', ['-f', '%e %U %S %M', process.execPath, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (time.status !== 0) throw new Error(time.stderr)
  const [wall, user, system, peak] = time.stderr.trim().split('\n').at(-1).split(' ').map(Number)
  return { wall, processor: user + system, megabytes: peak / 1024 }
}

function median(values) {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]
}

try {
  // What DuckDB reads: the same fields, ready as a table.
  const out = join(folder, 'fields')
  const built = spawnSync(process.execPath, [
    cli,
    'export',
    survey,
    '--out',
    out,
    '--format',
    'fields',
    '--as',
    'parquet',
    ...chosen,
    '-q',
  ])
  if (built.status !== 0) throw new Error(String(built.stderr))
  const contests = {
    chat: [cli, 'export', survey, '--out', '-', ...chosen],
    'chat, shuffled': [cli, 'export', survey, '--out', '-', ...chosen, '--shuffle', '1'],
    fields: [cli, 'export', survey, '--out', '-', '--format', 'fields', ...chosen],
    'fields by DuckDB': [peer, join(out, 'examples')],
  }
  const results = Object.fromEntries(Object.keys(contests).map((name) => [name, []]))
  for (let run = 0; run < Number(runs); run++) {
    for (const [name, args] of Object.entries(contests)) results[name].push(measure(args))
  }
  console.log('| job | seconds | processor seconds | peak MB |\n| --- | --- | --- | --- |')
  for (const [name, own] of Object.entries(results)) {
    const of = (key) => median(own.map((result) => result[key]))
    console.log(
      `| ${name} | ${of('wall').toFixed(2)} | ${of('processor').toFixed(2)} | ${of('megabytes').toFixed(0)} |`,
    )
  }
} finally {
  rmSync(folder, { recursive: true })
}
