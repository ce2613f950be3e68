// Puts the command line and what its worker threads run into a few files: Node takes longer to find and compile hundreds
// of small modules than the whole of `wvs --help` takes otherwise. Libraries that are loaded only now and then stay apart.
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { build } from 'esbuild'

const dist = resolve('dist')
const folder = join(dist, 'bundle')

/** The modules that a worker thread starts with. */
const threads = ['pool/worker', 'stages/chain', 'stages/gather', 'stages/survey-pass', 'stages/write-examples']
const entries = ['cli', ...threads]
const nameOf = (entry) => entry.replaceAll('/', '-')
const bundled = entries.map((entry) => join(dist, `${entry}.js`))

/** Loaded by every command, or by nearly every one; all of them modules of plain JavaScript. */
const packages = ['yargs', 'jsep']

/**
 * yargs measures its texts with the system's tables of all scripts, which take a tenth of a second to load. Ours are plain
 * letters, each as wide as the next.
 */
const plainWidth = 'export default (text) => text.length\n'

const isOwn = (path) => path.startsWith('.') || path.startsWith('/')
const isPackaged = (path) => packages.some((name) => path === name || path.startsWith(`${name}/`))

/** Addresses that a module makes from its own stay what they were: those of other entries lead into the bundle. */
const addresses = {
  name: 'addresses',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /.*/ }, ({ path, importer }) => {
      const fromPackage = importer.includes('node_modules')
      return isOwn(path) || fromPackage || isPackaged(path) ? undefined : { path, external: true }
    })
    onLoad({ filter: /node_modules.string-width.index\.js$/ }, () => ({ contents: plainWidth, loader: 'js' }))
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      if (path.includes('node_modules')) return undefined
      const source = await readFile(path, 'utf8')
      const contents = source
        .replace(/new URL\('([^']+\.js)', import\.meta\.url\)/g, (address, target) => {
          const entry = bundled.indexOf(resolve(dirname(path), target))
          return entry === -1 ? address : `new URL('./${nameOf(entries[entry])}.js', import.meta.bundle)`
        })
        .replaceAll('import.meta.url', `new URL('../${relative(dist, path)}', import.meta.url).href`)
        .replaceAll('import.meta.bundle', 'import.meta.url')
      return { contents, loader: 'js' }
    })
  },
}

/** With --debug, a stack trace names the modules that the bundle is made of. */
const commandLine = `#!/usr/bin/env node
if (process.argv.includes('--debug')) process.setSourceMapsEnabled(true)
await import('./bundle/cli.js')
`

/**
 * Bundles what `dist` holds, and lets `dist/cli.js` lead there. The threads have a bundle of their own, so that what they
 * share with the command line does not come to them in many small pieces.
 */
export async function bundle() {
  await bundleOf(['cli'], 'chunk')
  await bundleOf(threads, 'thread')
  await writeFile(join(dist, 'cli.js'), commandLine)
}

async function bundleOf(names, chunk) {
  await build({
    entryPoints: Object.fromEntries(names.map((name) => [nameOf(name), join(dist, `${name}.js`)])),
    chunkNames: `${chunk}-[hash]`,
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'eof',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    plugins: [addresses],
  })
}
