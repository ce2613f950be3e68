/** What is used of WebAssembly: TypeScript has its types only among those of browsers. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
  }
  class Memory<Buffer extends ArrayBufferLike = ArrayBuffer> {
    /** In pages of 64 KiB. With `shared` its buffer is a SharedArrayBuffer. */
    constructor(size: { initial: number; maximum?: number; shared?: boolean })
    readonly buffer: Buffer
    grow(pages: number): number
  }
  class Global {
    value: number
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, Memory<ArrayBufferLike>>>)
    readonly exports: Record<string, unknown>
  }
}
