import { readFileSync } from 'node:fs'

/** WebAssembly's memory comes in pages of this length. */
export const pageBytes = 1 << 16

/** Compiled once a thread. */
const compiled = new Map<string, WebAssembly.Module>()

/** What a module exports that was compiled from a `.wat` when the project was built, with a memory to work on. */
export function webAssembly(file: URL, memory: WebAssembly.Memory<ArrayBufferLike>): Record<string, unknown> {
  let module = compiled.get(file.href)
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(file))
    compiled.set(file.href, module)
  }
  return new WebAssembly.Instance(module, { caller: { memory } }).exports
}

/** A memory of so many bytes, which can be sent to other threads; it does not grow. Modules name it `shared`. */
export function sharedMemory(bytes: number): WebAssembly.Memory<SharedArrayBuffer> {
  const pages = Math.ceil(bytes / pageBytes)
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
}

/** A function of numbers that a module exports. */
export function exportedFunction(exports: Record<string, unknown>, name: string): (...numbers: number[]) => number {
  const found = exports[name]
  if (typeof found !== 'function') throw new Error(`the module exports no function \`${name}\``)
  return (...numbers) => found(...numbers)
}

export function exportedGlobal(exports: Record<string, unknown>, name: string): WebAssembly.Global {
  const found = exports[name]
  if (!(found instanceof WebAssembly.Global)) throw new Error(`the module exports no global \`${name}\``)
  return found
}
