// Puts the command line and what its worker threads run into a few files: Node takes longer to find and compile hundreds
// of small modules than the whole of `wvs --help` takes otherwise. Libraries that are loaded only now and then stay apart.
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { rolldown } from 'rolldown'

const dist = resolve('dist')
const folder = join(dist, 'bundle')

/** The modules that a worker thread starts with. */
const threads = [
  'pipelines/table-worker',
  'pool/hash-worker',
  'pool/worker',
  'stages/chain',
  'stages/gather',
  'stages/survey-pass',
  'stages/write-examples',
]
const entries = ['cli', ...threads]
const nameOf = (entry) => entry.replaceAll('/', '-')
const bundled = entries.map((entry) => join(dist, `${entry}.js`))

/** Loaded by every command, or by nearly every one; all of them modules of plain JavaScript. Other libraries stay apart. */
const packages = ['yargs', 'jsep']

/**
 * yargs measures its texts with the system's tables of all scripts, which take a tenth of a second to load. Ours are plain
 * letters, each as wide as the next.
 */
const plainWidth = 'export default (text) => text.length\n'

const isOwn = (path) => path.startsWith('.') || isAbsolute(path)
const fromPackage = (path) => path.includes('node_modules')
const isPackaged = (path) => packages.some((name) => path === name || path.startsWith(`${name}/`))

/** Addresses that a module makes from its own stay what they were: those of other entries lead into the bundle. */
const addresses = {
  name: 'addresses',
  async load(path) {
    if (/node_modules.string-width.index\.js$/.test(path)) return plainWidth
    if (!path.endsWith('.js') || fromPackage(path)) return undefined
    const source = await readFile(path, 'utf8')
    return source
      .replace(/new URL\('([^']+\.js)', import\.meta\.url\)/g, (address, target) => {
        const entry = bundled.indexOf(resolve(dirname(path), target))
        return entry === -1 ? address : `new URL('./${nameOf(entries[entry])}.js', import.meta.bundle)`
      })
      .replaceAll('import.meta.url', `new URL('../${relative(dist, path)}', import.meta.url).href`)
      .replaceAll('import.meta.bundle', 'import.meta.url')
  },
}

/**
 * What two commands share is one file, but for what only some of their runs load: modules that are imported when they are
 * needed, and those that need a library which stays apart. What the command line itself begins with must not be in it: it is
 * still running when a command is loaded.
 */
const groups = [
  { name: 'start', tags: ['$initial'], test: (path) => !fromPackage(path), minShareCount: 2, priority: 2 },
  {
    name: (path, context) => (isSeldom(path, context) ? null : 'common'),
    debugName: 'common',
    test: (path) => !fromPackage(path),
    minShareCount: 2,
    priority: 1,
  },
]

function isSeldom(path, context, seen = new Set()) {
  if (seen.has(path)) return false
  seen.add(path)
  const { importedIds, dynamicImporters } = context.getModuleInfo(path)
  return (
    dynamicImporters.length > 0 ||
    importedIds.some((id) =>
      isOwn(id) ? !fromPackage(id) && isSeldom(id, context, seen) : !id.startsWith('node:') && !isPackaged(id),
    )
  )
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
  const bundled = await rolldown({
    input: Object.fromEntries(names.map((name) => [nameOf(name), join(dist, `${name}.js`)])),
    platform: 'node',
    external: (path, importer = '') => !isOwn(path) && !fromPackage(importer) && !isPackaged(path),
    plugins: [addresses],
    checks: { ineffectiveDynamicImport: false },
  })
  await bundled.write({
    dir: folder,
    chunkFileNames: `${chunk}-[name]-[hash].js`,
    sourcemap: true,
    minify: { compress: true, mangle: false, codegen: true },
    codeSplitting: { groups },
  })
  await bundled.close()
}
