import { exportedFunction, webAssembly } from '../formats/web-assembly.js'
import { WorkMemory } from '../formats/work-memory.js'
import type { CellSums } from './answer-counter.js'

/** What was counted of one cell. */
export interface CellEntries extends Pick<CellSums, 'places' | 'counts' | 'weights'> {
  /** Of each question: squared weights of those who answered; empty like the weights. */
  squaredWeights: Float64Array
}

/**
 * Adds up what was counted of one cell in several parts, one cell after the other: sums of weights in the order of the parts.
 * What it runs is `count-answers.wat`.
 */
export class EntrySums {
  private readonly memory = new WorkMemory()
  private readonly unpack: (...numbers: number[]) => number
  private readonly pack: (...numbers: number[]) => number
  private readonly size: number
  private readonly countsAt: number
  private readonly sumsAt: number
  private readonly placesAt: number
  private readonly packedAt: number
  private readonly packedSumsAt: number
  private readonly squaredWeights: Float64Array

  /** `slots` of a question in the tables; `weighted` where weights are added up. */
  constructor(
    questions: number,
    slots: number,
    private readonly weighted: boolean,
  ) {
    const exports = webAssembly(new URL('./count-answers.wasm', import.meta.url), this.memory.memory)
    this.unpack = exportedFunction(exports, 'unpack')
    this.pack = exportedFunction(exports, 'pack')
    this.size = questions * slots
    const room = (bytes: number) => this.memory.room(this.size * bytes)
    this.countsAt = room(4)
    this.sumsAt = room(weighted ? 8 : 0)
    this.placesAt = room(4)
    this.packedAt = room(4)
    this.packedSumsAt = room(weighted ? 8 : 0)
    this.squaredWeights = new Float64Array(weighted ? questions : 0)
  }

  /** Gives the sums of some parts; good until the next ones are added up. */
  add(parts: readonly CellEntries[]): CellEntries {
    const { weighted, squaredWeights, countsAt, sumsAt, placesAt, packedAt, packedSumsAt } = this
    const packedSums = weighted ? packedSumsAt : 0
    squaredWeights.fill(0)
    for (const part of parts) {
      const { length } = part.places
      this.integers(placesAt, length).set(part.places)
      this.integers(packedAt, length).set(part.counts)
      if (weighted) this.numbers(packedSumsAt, length).set(part.weights)
      this.unpack(placesAt, length, packedAt, packedSums, countsAt, sumsAt)
      for (let question = 0; question < squaredWeights.length; question++) {
        squaredWeights[question] += part.squaredWeights[question]
      }
    }
    const found = this.pack(countsAt, weighted ? sumsAt : 0, this.size, placesAt, packedAt, packedSumsAt)
    return {
      places: this.integers(placesAt, found),
      counts: new Uint32Array(this.memory.memory.buffer, packedAt, found),
      weights: this.numbers(packedSumsAt, weighted ? found : 0),
      squaredWeights,
    }
  }

  private integers(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.memory.buffer, address, length)
  }

  private numbers(address: number, length: number): Float64Array {
    return new Float64Array(this.memory.memory.buffer, address, length)
  }
}
