import { type DemographicColumn, leftOut, nullValue, type RespondentBatch } from '../batch/respondent-batch.js'
import { type TextColumn, textsAsColumn } from '../formats/text-column.js'
import { hashBytes, mix32 } from '../random/hash.js'

/** Two independent hashes of 32 bits for each label of a column. */
interface LabelHashes {
  labels: string[]
  high: Uint32Array
  low: Uint32Array
}

/**
 * Hashes all demographics of a respondent to 53 bits, in 8 bytes: respondents with the same ones have the same hash, and
 * among a million others two share one by chance in a run of 20,000. What is missing counts as a value of its own, as
 * in SQL's GROUP BY. Each column has hash functions of its own, whose values are joined by XOR (tabulation hashing).
 */
export class DemographicProfiler {
  /**
   * By column. A label has no number that lasts beyond a block, so it is its text that is hashed; but most columns have
   * the same list of them in every block.
   */
  private readonly known: LabelHashes[] = []

  /** The profiles of those who are kept, in their order. */
  profile({ demographics, splits, rows }: Pick<RespondentBatch, 'demographics' | 'splits' | 'rows'>): Float64Array {
    const high = new Uint32Array(rows)
    const low = new Uint32Array(rows)
    for (const [place, column] of demographics.entries()) {
      const { values, labels } = column
      const seeds = { high: mix32(2 * place + 1), low: mix32(2 * place + 2) }
      if (labels === undefined) addNumbers(column, seeds, high, low)
      else addLabels(values, this.hashesOf(place, labels, seeds), seeds, high, low)
    }
    return joinHashes(high, low, splits)
  }

  private hashesOf(place: number, labels: string[], seeds: { high: number; low: number }): LabelHashes {
    const known = this.known[place]
    if (known?.labels === labels) return known
    const texts = textsAsColumn(labels)
    const hashes = { labels, high: hashTexts(texts, seeds.high), low: hashTexts(texts, seeds.low) }
    this.known[place] = hashes
    return hashes
  }
}

function hashTexts({ bytes, offsets }: TextColumn, seed: number): Uint32Array {
  const hashes = new Uint32Array(offsets.length - 1)
  for (let row = 0; row < hashes.length; row++) hashes[row] = hashBytes(bytes, offsets[row], offsets[row + 1], seed)
  return hashes
}

/** Two hashes as one of 53 bits, for those who are kept. */
function joinHashes(high: Uint32Array, low: Uint32Array, splits: Uint8Array): Float64Array {
  const joined = new Float64Array(high.length)
  let kept = 0
  for (let row = 0; row < high.length; row++) {
    if (splits[row] !== leftOut) joined[kept++] = high[row] * 0x20_0000 + (low[row] >>> 11)
  }
  return joined.slice(0, kept)
}

function addLabels(
  values: Int32Array,
  hashes: LabelHashes,
  seeds: { high: number; low: number },
  high: Uint32Array,
  low: Uint32Array,
): void {
  const { high: highOf, low: lowOf } = hashes
  const { high: highSeed, low: lowSeed } = seeds
  for (let row = 0; row < high.length; row++) {
    const value = values[row]
    high[row] ^= value === nullValue ? highSeed : highOf[value]
    low[row] ^= value === nullValue ? lowSeed : lowOf[value]
  }
}

function addNumbers(
  { values }: DemographicColumn,
  seeds: { high: number; low: number },
  high: Uint32Array,
  low: Uint32Array,
): void {
  for (let row = 0; row < high.length; row++) {
    high[row] ^= mix32(values[row] ^ seeds.high)
    low[row] ^= mix32(values[row] ^ seeds.low)
  }
}
