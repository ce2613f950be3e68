export const compressions = ['snappy', 'gzip', 'zstd', 'none'] as const
export type Compression = (typeof compressions)[number]

/**
 * Turns bytes into fewer bytes: the same ones for the same input, on every machine. What it gives may be good until the next
 * call only.
 */
export type Compressor = (bytes: Uint8Array) => Uint8Array

/** Levels are fixed, and so are the bytes. They are the libraries' own defaults. */
const gzipLevel = 6
const zstdLevel = 3

/** Loads what a compression needs; the compressor itself then runs without waiting. */
export async function loadCompressor(compression: Compression): Promise<Compressor> {
  switch (compression) {
    case 'none':
      return (bytes) => bytes
    case 'snappy': {
      const { snappyCompress } = await import('./snappy.js')
      return snappyCompress
    }
    case 'gzip':
      return loadGzip()
    case 'zstd':
      zstd ??= loadZstd()
      return zstd
    default:
      throw new Error(`unknown compression: ${String(compression satisfies never)}`)
  }
}

/**
 * Loaded once for each thread: a second `init` replaces the module's memory while the first one's functions are still
 * in use, and what they then compress comes out as zeros.
 */
let zstd: Promise<Compressor> | undefined

async function loadZstd(): Promise<Compressor> {
  const { init, compress } = await import('@bokuweb/zstd-wasm')
  await init()
  return (bytes) => compress(bytes, zstdLevel)
}

/**
 * One gzip member. The header's "operating system" is set to 255, unknown (RFC 1952, 2.3.1): zlib writes
 * there the one that it was built on.
 */
async function loadGzip(): Promise<Compressor> {
  const { gzipSync } = await import('node:zlib')
  return (bytes) => {
    const compressed = gzipSync(bytes, { level: gzipLevel })
    compressed[9] = 255
    return compressed
  }
}
