// Sets the peers up: `node install.mjs`, again and again without harm. DuckDB comes with `npm ci`. nodejs-polars can not: its
// binary works on Node 20 but says that it needs Node 22, so npm passes over it in silence; and `npm ci` refuses a lock
// file that leaves out the binaries of other platforms, which is what npm writes where it does not find them. So Polars
// and the one binary that this machine needs are installed by force and by name, in the version pinned in package.json.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = dirname(fileURLToPath(import.meta.url))
const { dependencies, config } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const duckdb = '@duckdb/node-api'
const polars = 'nodejs-polars'
const pinned = { [duckdb]: dependencies[duckdb], [polars]: config[polars] }

/**
 * Installs the peers that do not work here yet, and says which can not be had.
 *
 * @param {(line: string) => void} say told what is done
 */
export function installPeers(say) {
  if (!existsSync(join(folder, 'node_modules', duckdb))) {
    say('installing DuckDB ...')
    npm(['ci'])
  }
  if (peerVersion(polars) === undefined) {
    say('installing Polars ...')
    const packages = [polars, polarsBinary()].map((name) => `${name}@${pinned[polars]}`)
    npm(['install', '--force', '--no-save', ...packages])
  }
  for (const name of [duckdb, polars]) {
    if (peerVersion(name) === undefined) say(`${name} ${pinned[name]} can not be had here, so it will be absent`)
  }
  if (findPandas() === undefined) say('pandas is absent; `apt-get install python3-pandas` or the like adds it')
}

/** Version that a peer's package tells of itself, undefined where it is not installed or does not load here. */
export function peerVersion(name) {
  const script = `import(${JSON.stringify(name)}).then(({ version, default: pl }) =>
    process.stdout.write(typeof version === 'function' ? version() : pl.version))`
  const { status, stdout } = spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' })
  return status === 0 ? stdout.replace(/^v/, '') : undefined
}

/**
 * A Python that has pandas. The first `python3` on the path may be one of several.
 *
 * @returns {{ python: string, version: string } | undefined}
 */
export function findPandas() {
  const script = 'import pandas, platform; print(pandas.__version__, "Python", platform.python_version())'
  for (const python of ['python3', '/usr/bin/python3', 'python']) {
    const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' })
    if (status === 0) return { python, version: stdout.trim() }
  }
  return undefined
}

/** Name of the package that holds the binary of nodejs-polars for this machine. */
function polarsBinary() {
  const musl = process.report.getReport().header.glibcVersionRuntime === undefined
  const suffix = { linux: musl ? '-musl' : '-gnu', win32: '-msvc' }[process.platform] ?? ''
  return `${polars}-${process.platform}-${process.arch}${suffix}`
}

function npm(args) {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  spawnSync('npm', [...args, ...quiet], { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
}

if (import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
  installPeers((line) => console.log(line))
  for (const name of [duckdb, polars]) console.log(`${name}: ${peerVersion(name) ?? 'absent'}`)
  console.log(`pandas: ${findPandas()?.version ?? 'absent'}`)
}
