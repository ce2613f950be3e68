// Builds the project and compiles the tests to dist-test/; ends the process where that fails.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'

/** Runs a script of node; ends this process as it ended where it failed. */
export function run(...args) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

export function compileTests() {
  rmSync('dist-test', { recursive: true, force: true })
  run('scripts/build.mjs')
  run('node_modules/typescript/bin/tsc', '-p', 'test/tsconfig.json')
}
