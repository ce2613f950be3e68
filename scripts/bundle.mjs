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

/** What the main job begins with: the command, and what it loads when it runs. */
const mainJob = ['commands/build', 'pipelines/build', 'stages/chain'].map((entry) => join(dist, `${entry}.js`))

/**
 * What the main job loads and others share is one file; what the others share beside it is left to the bundler. What the
 * command line itself begins with must not be in it: it is still running when a command is loaded.
 */
const groups = [
  { name: 'start', tags: ['$initial'], test: (path) => !fromPackage(path), minShareCount: 2, priority: 2 },
  {
    name: (path, context) => (isOf(mainJob, path, context) ? 'common' : null),
    debugName: 'common',
    test: (path) => !fromPackage(path),
    minShareCount: 2,
    priority: 1,
  },
]

/** A thread that makes hashes loads what it needs alone: with all that threads share it would begin 8 ms later. */
const hashing = ['pool/hash-work', 'pool/side-worker'].map((entry) => join(dist, `${entry}.js`))
const threadGroups = [
  {
    name: (path, context) => (isOf(hashing, path, context) ? 'side' : null),
    debugName: 'side',
    minShareCount: 2,
    priority: 3,
  },
  ...groups,
]

/** Whether a module is among those that some entries load at once, and is none of the entries. */
function isOf(entries, path, context) {
  const seen = new Set()
  const visit = (id) => {
    if (seen.has(id) || !isOwn(id) || fromPackage(id)) return
    seen.add(id)
    for (const imported of context.getModuleInfo(id)?.importedIds ?? []) visit(imported)
  }
  for (const entry of entries) visit(entry)
  return seen.has(path) && !entries.includes(path)
}

/**
 * Bundles what `dist` holds. The threads have a bundle of their own, so that what they share with the command line does not
 * come to them in many small pieces.
 */
export async function bundle() {
  const { bundleFolder, compile } = await import('../dist/bundle-loader.cjs')
  await writeBundle(bundleFolder, ['cli'], 'chunk', groups)
  const files = await writeBundle(bundleFolder, threads, 'thread', threadGroups)
  for (const name of await readdir(bundleFolder)) {
    await escapeLetters(join(bundleFolder, name))
    await writeFile(join(bundleFolder, `${name}.cache`), codeCache(compile, name))
  }
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

/** Writes the letters of a file that are not ASCII by their numbers: V8 keeps other text in twice the memory. */
async function escapeLetters(path) {
  const source = await readFile(path, 'utf8')
  const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`
  await writeFile(path, source.replace(/[\u0080-\uffff]/g, escaped))
}

/** All functions of a file, compiled: by itself V8 compiles those that run, when they do. */
function codeCache(compile, name) {
  setFlagsFromString('--no-lazy')
  const script = compile(name)
  // A cache is taken only with the flags that it was made with.
  setFlagsFromString('--lazy')
  return script.createCachedData()
}

async function writeBundle(folder, names, chunk, sharedGroups) {
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
    codeSplitting: { groups: sharedGroups },
  })
  await bundled.close()
  return written.output.filter(({ type }) => type === 'chunk')
}
