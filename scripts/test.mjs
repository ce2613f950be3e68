// Builds the project, compiles the tests and runs them all: `npm test [pattern]` runs the files whose path holds the pattern.
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

rmSync('dist-test', { recursive: true, force: true })
run('scripts/build.mjs')
run('node_modules/typescript/bin/tsc', '-p', 'test/tsconfig.json')
const pattern = process.argv[2] ?? ''
const files = readdirSync('dist-test', { recursive: true })
  .filter((path) => path.endsWith('.test.js') && path.includes(pattern))
  .map((path) => join('dist-test', path))
  .sort()
run('--test', ...files)
