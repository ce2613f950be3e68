// The first run: builds the dataset from the synthetic survey file in fixtures/ into out/dataset.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

if (!existsSync('dist/wvs.cjs')) run('scripts/build.mjs')
run(
  'dist/wvs.cjs',
  'build',
  'fixtures/wave7-synthetic.csv',
  '--out',
  'out/dataset',
  '--overwrite',
  ...process.argv.slice(2),
)
