// What V8's optimizing compiler costs a short run: how long it took for each function, and how often what it had made was
// thrown away again. `node bench/compiling.mjs [job...]` from the project's folder; jobs are build, slice, preview and
// distributions (all). The compiler works beside the run, on the same two cores: the times are from start to end, and
// longer than those of a processor that has nothing else to do.
//
// It showed that a loop in a long function costs most: all of the function is compiled for it, with what it calls. In a
// function of its own, or in WebAssembly, it costs a tenth.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cli, ensureBuilt, ensureSurvey } from './inputs.mjs'
import { table } from './report.mjs'

const mostFunctions = 20

ensureBuilt()
const survey = ensureSurvey(97_220)
const folder = mkdtempSync(join(tmpdir(), 'wvs-compiling-'))
const write = ['--out', join(folder, 'out'), '--overwrite', '--quiet']
const slice = ['--where', 'age > 60 && sex == "Female" && urban_rural == "Rural"', '--demographics', 'country,sex,age']
const jobs = {
  build: ['build', survey, '--tables', 'examples', '--split', 'none', ...write],
  slice: ['build', survey, ...slice, '--tables', 'examples', '--split', 'none', ...write],
  preview: ['preview', survey, ...slice, '--cells', 'country', '--split', 'none', '--json'],
  distributions: ['distributions', survey, '--by', 'country,sex,age_group', ...write],
}
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(jobs)
try {
  for (const name of names) {
    if (!(name in jobs)) throw new Error(`no job ${name}; there are ${Object.keys(jobs).join(', ')}`)
    process.stdout.write(`${report(name, trace(jobs[name]))}\n`)
  }
} finally {
  rmSync(folder, { recursive: true })
}

/** What V8 says of its compiler while a job runs. */
function trace(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--trace-opt', '--trace-deopt', cli, ...args], {
    encoding: 'latin1',
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

function report(name, traced) {
  const functions = new Map()
  const compiled = traced.matchAll(/completed compiling \S+ <JSFunction (\S*).*?took [\d.]+, ([\d.]+), [\d.]+ ms/g)
  let total = 0
  let times = 0
  for (const [, called, milliseconds] of compiled) {
    const known = functions.get(called) ?? { times: 0, milliseconds: 0 }
    functions.set(called, { times: known.times + 1, milliseconds: known.milliseconds + Number(milliseconds) })
    total += Number(milliseconds)
    times++
  }
  const thrownAway = traced.match(/bailout \(kind: [^)]*\): begin/g)?.length ?? 0
  const rows = [...functions]
    .sort((left, right) => right[1].milliseconds - left[1].milliseconds)
    .slice(0, mostFunctions)
  return [
    `## ${name}: ${times} times compiled in ${total.toFixed(0)} ms, ${thrownAway} times thrown away`,
    '',
    table(
      ['function', 'times', 'ms'],
      rows.map(([called, own]) => [
        called.startsWith('(') ? 'without a name' : called,
        own.times,
        own.milliseconds.toFixed(1),
      ]),
    ),
    '',
  ].join('\n')
}
