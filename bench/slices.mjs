// How fast a preview, a slice to Parquet and distributions go, against DuckDB doing the same from the same file.
// `node bench/slices.mjs [survey.csv] [runs]` after `npm run build`; without a file it makes the full-size synthetic
// one. Both sides are processes of their own, in turn; medians of wall time and of the largest resident memory.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadDefinition } from '../dist/definitions/loader.js'

const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'wvs-bench-'))
const file = process.argv[2] ?? join(folder, 'survey.csv')
const runs = Number(process.argv[3] ?? 5)
if (!existsSync(file)) spawnSync(process.execPath, [cli, 'synth', '--out', file, '--quiet'], { stdio: 'inherit' })

const values = loadDefinition('7').definition.variables.filter(({ kind }) => kind === 'value')
const raw = `read_csv('${file}', header = true, all_varchar = false, sample_size = 20000)`
const where = 'age > 60 && sex == "Female" && urban_rural == "Rural"'
const sqlWhere = 'Q262 > 60 and Q260 = 2 and H_URBRURAL = 2'
const onScale = values
  .map(({ id, scale }) => `when '${id}' then answer between ${scale.min} and ${scale.max}`)
  .join(' ')
const ids = values.map(({ id }) => id).join(', ')
/** Recodes are left out on DuckDB's side: it does a little less. */
const answers = (
  columns,
  condition,
) => `(select * from (unpivot (select ${columns}, ${ids} from ${raw} where ${condition})
  on ${ids} into name question value answer) where case question ${onScale} end)`

const jobs = [
  {
    name: 'preview',
    wvs: ['preview', file, '--where', where, '--cells', 'country', '--demographics', 'country,sex,age', '--json'],
    sql: `create table t as select B_COUNTRY, Q260, Q262, ${ids} from ${raw} where ${sqlWhere};
      select B_COUNTRY, count(*) from t group by 1;
      select min(n), sum(n) filter (n < 5) from (select count(*) n from t group by B_COUNTRY, Q260, Q262);
      select question, count(*) filter (answer < 0) from (unpivot t on ${ids} into name question value answer) group by 1;`,
  },
  {
    name: 'slice to Parquet',
    wvs: [
      'build',
      file,
      '--where',
      where,
      '--tables',
      'examples',
      '--demographics',
      'country,sex,age',
      '--split',
      'none',
    ],
    sql: `copy (select D_INTERVIEW, question, answer, W_WEIGHT, B_COUNTRY, Q260, Q262
      from ${answers('D_INTERVIEW, W_WEIGHT, B_COUNTRY, Q260, Q262', sqlWhere)}) to '${join(folder, 'duck.parquet')}'`,
    writes: true,
  },
  {
    name: 'distributions by country, sex, age group',
    wvs: ['distributions', file, '--by', 'country,sex,age_group'],
    sql: `copy (select question, B_COUNTRY, Q260, X003R, answer, count(*) n, sum(W_WEIGHT) weight, sum(W_WEIGHT ^ 2) squares
      from ${answers('W_WEIGHT, B_COUNTRY, Q260, X003R', 'Q260 > 0 and X003R > 0')} group by all) to '${join(folder, 'duck.parquet')}'`,
    writes: true,
  },
]

const duck = `
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const connection = await (await DuckDBInstance.create()).connect()
  await connection.run('set threads = 2')
  await connection.run(process.argv[1])
  process.stderr.write(String(process.resourceUsage().maxRSS))`

function timed(args) {
  const started = performance.now()
  const probe = `process.on('exit', () => process.stderr.write('rss ' + process.resourceUsage().maxRSS))`
  const flags =
    args[0] === '--input-type=module' ? [] : ['--import', `data:text/javascript,${encodeURIComponent(probe)}`]
  const { status, stderr } = spawnSync(process.execPath, [...flags, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  })
  const seconds = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(stderr.toString())
  return { seconds, megabytes: Math.max(...stderr.toString().match(/\d+/g).map(Number)) / 1024 }
}

const median = (numbers) => numbers.sort((left, right) => left - right)[Math.floor(numbers.length / 2)]
const summary = (list) => ({
  seconds: median(list.map(({ seconds }) => seconds)),
  megabytes: median(list.map(({ megabytes }) => megabytes)),
})

console.log('| job | wvs | memory | DuckDB | memory | ratio |\n| --- | ---: | ---: | ---: | ---: | ---: |')
for (const { name, wvs, sql, writes } of jobs) {
  const own = []
  const other = []
  for (let run = 0; run < runs; run++) {
    const out = writes ? ['--out', join(folder, `out-${run}`), '--overwrite', '--quiet'] : []
    own.push(timed([cli, ...wvs, '--threads', '2', ...out]))
    other.push(timed(['--input-type=module', '-e', duck, sql]))
  }
  const [us, them] = [summary(own), summary(other)]
  console.log(
    `| ${name} | ${us.seconds.toFixed(2)} s | ${us.megabytes.toFixed(0)} MB | ${them.seconds.toFixed(2)} s | ` +
      `${them.megabytes.toFixed(0)} MB | ${(them.seconds / us.seconds).toFixed(1)} |`,
  )
}
rmSync(folder, { recursive: true, force: true })
