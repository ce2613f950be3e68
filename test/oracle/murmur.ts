/** MurmurHash3 (x86, 32 bits) as its description has it, in BigInt: where an id falls in a split by hash. */
export function murmur3(text: string, seed: number): number {
  const bytes = Buffer.from(text)
  const low32 = 0xffff_ffffn
  const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (32n - by))) & low32
  const mixWord = (word: bigint) => (rotate((word * 0xcc9e2d51n) & low32, 15n) * 0x1b873593n) & low32
  let hash = BigInt(seed) & low32
  const whole = bytes.length - (bytes.length % 4)
  for (let at = 0; at < whole; at += 4) {
    hash = (rotate(hash ^ mixWord(BigInt(bytes.readUInt32LE(at))), 13n) * 5n + 0xe6546b64n) & low32
  }
  let tail = 0n
  for (let at = whole; at < bytes.length; at++) tail |= BigInt(bytes[at]) << BigInt(8 * (at - whole))
  if (whole < bytes.length) hash ^= mixWord(tail)
  hash ^= BigInt(bytes.length)
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & low32
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & low32
  return Number(hash ^ (hash >> 16n))
}
