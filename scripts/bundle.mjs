// Puts the command line and what its worker threads run into a few files, with V8's cache of their code: Node takes longer to
// find and compile hundreds of small modules than the whole of `wvs --help` takes otherwise. `src/bundle-loader.cts` loads
// them. Libraries that are loaded only now and then stay apart.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { rolldown } from 'rolldown'

const dist = resolve('dist')

/** The modules that a worker thread starts with. */
const threads = [
  'pipelines/pair-table-work',
  'pool/chain-work',
  'pool/hash-work',
  'pool/side-worker',
  'pool/worker',
  'stages/chain',
  'stages/gather',
  'stages/survey-pass',
  'stages/write-examples',
]
const nameOf = (entry) => entry.replaceAll('/', '-')
const threadFiles = threads.map((entry) => join(dist, `${entry}.js`))

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
        const thread = threadFiles.indexOf(resolve(dirname(path), target))
        return thread === -1 ? address : `new URL('../threads/${nameOf(threads[thread])}.cjs', import.meta.bundle)`
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

/**
 * Bundles what `dist` holds. The threads have a bundle of their own, so that what they share with the command line does not
 * come to them in many small pieces.
 */
export async function bundle() {
  const { bundleFolder, compile } = await import('../dist/bundle-loader.cjs')
  await writeBundle(bundleFolder, ['cli'], 'chunk')
  const files = await writeBundle(bundleFolder, threads, 'thread')
  for (const name of await readdir(bundleFolder))
    await writeFile(join(bundleFolder, `${name}.cache`), codeCache(compile, name))
  const threadFolder = join(dist, 'threads')
  await mkdir(threadFolder)
  for (const { fileName, exports, isEntry } of files) {
    if (isEntry) await writeFile(join(threadFolder, fileName), threadModule(fileName, exports))
  }
}

/** What a thread starts with. Node finds the exports of a CommonJS module by their names in its text. */
function threadModule(fileName, names) {
  const lines = names.map((name) => `exports.${name} = loaded.${name}\n`)
  return `exports.__esModule = true\nconst loaded = require('../bundle-loader.cjs').load('./${fileName}')\n${lines.join('')}`
}

/** All functions of a file, compiled: by itself V8 compiles those that run, when they do. */
function codeCache(compile, name) {
  setFlagsFromString('--no-lazy')
  const script = compile(name)
  // A cache is taken only with the flags that it was made with.
  setFlagsFromString('--lazy')
  return script.createCachedData()
}

async function writeBundle(folder, names, chunk) {
  const bundled = await rolldown({
    input: Object.fromEntries(names.map((name) => [nameOf(name), join(dist, `${name}.js`)])),
    platform: 'node',
    external: (path, importer = '') => !isOwn(path) && !fromPackage(importer) && !isPackaged(path),
    plugins: [addresses],
    checks: { ineffectiveDynamicImport: false, emptyImportMeta: false },
  })
  const written = await bundled.write({
    dir: folder,
    entryFileNames: '[name].cjs',
    chunkFileNames: `${chunk}-[name]-[hash].cjs`,
    format: 'cjs',
    exports: 'named',
    // A script has no `import()` without an experimental option of Node.
    dynamicImportInCjs: false,
    minify: { compress: true, mangle: false, codegen: true },
    codeSplitting: { groups },
  })
  await bundled.close()
  return written.output.filter(({ type }) => type === 'chunk')
}
