// Builds the project, compiles the tests and runs them all: `npm test [pattern]` runs the files whose path holds the pattern.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compileTests, run } from './compile.mjs'

compileTests()
const pattern = process.argv[2] ?? ''
const files = readdirSync('dist-test', { recursive: true })
  .filter((path) => path.endsWith('.test.js') && path.includes(pattern))
  .map((path) => join('dist-test', path))
  .sort()
run('--test', ...files)
