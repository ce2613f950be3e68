import fs = require('node:fs')
import path = require('node:path')
import url = require('node:url')
import vm = require('node:vm')

/** Where the build puts the command line and its threads in a few files, and beside each V8's cache of its code. */
const bundleFolder = path.join(__dirname, 'bundle')

interface LoadedModule {
  exports: Record<string, unknown>
}

type ModuleFunction = (
  exports: LoadedModule['exports'],
  require: (id: string) => unknown,
  module: LoadedModule,
  filename: string,
  dirname: string,
) => void

const loaded = new Map<string, LoadedModule>()

/**
 * Loads a file of the bundle, once, as Node's `require` does, but takes its functions as the build compiled them: to compile
 * them anew is a tenth of a short run. Another version of V8 than that of the build does so.
 */
function load(name: string): LoadedModule['exports'] {
  const known = loaded.get(name)
  if (known !== undefined) return known.exports
  const module: LoadedModule = { exports: {} }
  loaded.set(name, module)
  const run: ModuleFunction = compile(name, cacheOf(name)).runInThisContext()
  run(module.exports, requireFrom, module, path.join(bundleFolder, name), bundleFolder)
  return module.exports
}

function requireFrom(id: string): unknown {
  if (id.startsWith('./')) return load(id)
  return require(id.startsWith('file:') ? url.fileURLToPath(id) : id)
}

/** A file of the bundle as a script that gives a function of what a CommonJS module is given. */
function compile(name: string, cachedData?: Buffer): vm.Script {
  const filename = path.join(bundleFolder, name)
  const source = fs.readFileSync(filename, 'latin1')
  return new vm.Script(`(function (exports, require, module, __filename, __dirname) { ${source}\n})`, {
    filename,
    ...(cachedData === undefined ? {} : { cachedData }),
  })
}

function cacheOf(name: string): Buffer | undefined {
  try {
    return fs.readFileSync(path.join(bundleFolder, `${name}.cache`))
  } catch {
    return undefined
  }
}

export = { bundleFolder, compile, load }
