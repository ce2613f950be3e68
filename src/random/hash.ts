/**
 * MurmurHash3, 32-bit variant for x86 (Appleby, 2011, public domain): spreads short keys such as
 * interview ids evenly over 0 to 2^32 - 1, the same on every machine. Not for secrets.
 *
 * Hashes `bytes[start]` up to but not including `bytes[end]`. Of `seed` the low 32 bits count.
 */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = seed | 0
  const blocksEnd = start + ((end - start) & ~3)
  for (let at = start; at < blocksEnd; at += 4) {
    const block = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    hash ^= scramble(block)
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe654_6b64) | 0
  }
  let tail = 0
  for (let at = end - 1; at >= blocksEnd; at--) tail = (tail << 8) | bytes[at]
  hash ^= scramble(tail)
  return mix32(hash ^ (end - start))
}

/** A seeded hash of the bytes as a fraction in [0, 1), in steps of 2^-32: where a key falls in a split. */
export function hashFraction(bytes: Uint8Array, start: number, end: number, seed: number): number {
  return hashBytes(bytes, start, end, seed) / 0x1_0000_0000
}

/** MurmurHash3's last step: a one-to-one map of 32-bit numbers in which every bit depends on all. */
export function mix32(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function scramble(block: number): number {
  const product = Math.imul(block, 0xcc9e_2d51)
  return Math.imul((product << 15) | (product >>> 17), 0x1b87_3593)
}
