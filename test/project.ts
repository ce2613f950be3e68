import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

/** The project's folder; compiled tests stand in `dist-test/`. */
export const projectFolder = fileURLToPath(new URL('../', import.meta.url))

/** The built command. */
export const cliFile = join(projectFolder, 'dist', 'wvs.cjs')

const worldValuesBench = join(projectFolder, 'fixtures', 'worldvaluesbench')

/** A file of the WorldValuesBench fixture, as it was before it was compressed. */
export function worldValuesBenchFile(name: string): Buffer {
  return brotliDecompressSync(readFileSync(join(worldValuesBench, `${name}.br`)))
}

/** Names of the eight tables of the reference dataset, such as `train/train_value_qa.tsv`. */
export function worldValuesBenchTables(): string[] {
  return readdirSync(join(worldValuesBench, 'expected'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('_qa.tsv.br'))
    .map((name) => name.replace(/\.br$/, ''))
    .sort()
}
