import { readFileSync } from 'node:fs'

/** WebAssembly's memory comes in pages of this length. */
export const pageBytes = 1 << 16

/** Compiled once a thread. */
const compiled = new Map<string, WebAssembly.Module>()

/**
 * What a module exports that was compiled from `NAME.wat` in this folder when the project was built, with a memory to
 * work on.
 */
export function webAssembly(name: string, memory: WebAssembly.Memory): Record<string, unknown> {
  let module = compiled.get(name)
  if (module === undefined) {
    module = new WebAssembly.Module(readFileSync(new URL(`./${name}.wasm`, import.meta.url)))
    compiled.set(name, module)
  }
  return new WebAssembly.Instance(module, { caller: { memory } }).exports
}
