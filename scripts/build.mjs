// Compiles src/ to dist/ and puts the wave definitions beside the compiled code.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, rmSync } from 'node:fs'

rmSync('dist', { recursive: true, force: true })
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)
cpSync('src/definitions', 'dist/definitions', {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
})
if (existsSync('dist/cli.js')) chmodSync('dist/cli.js', 0o755)
