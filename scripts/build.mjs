// Compiles src/ to dist/, puts the wave definitions beside the compiled code, and bundles the command line.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import wabt from 'wabt'
import { bundle } from './bundle.mjs'

rmSync('dist', { recursive: true, force: true })
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: 'inherit',
})
if (status !== 0) process.exit(status ?? 1)
cpSync('src/definitions', 'dist/definitions', {
  recursive: true,
  filter: (path) => !path.endsWith('.ts'),
})
await assemble('formats/scan-records')
await assemble('formats/compress-snappy')
await assemble('formats/find-records')
await assemble('formats/join-pieces')
await assemble('formats/parquet/column-values')
await assemble('pipelines/pair-answers')
await assemble('pipelines/share-rows')
await assemble('stages/choose-records')
await assemble('stages/count-answers')
await assemble('stages/decode-answers')
await assemble('stages/explode-answers')
await bundle()
chmodSync('dist/wvs.cjs', 0o755)

/** Turns a module of WebAssembly from text to binary. */
async function assemble(name) {
  const { parseWat } = await wabt()
  const features = { simd: true, bulk_memory: true, threads: true }
  const module = parseWat(`${name}.wat`, readFileSync(`src/${name}.wat`, 'utf8'), features)
  writeFileSync(`dist/${name}.wasm`, module.toBinary({}).buffer)
}
