import type { SelectionCounts } from '../batch/cell-batch.js'
import { firstMissingReason } from '../batch/respondent-batch.js'
import type { TextColumn } from '../formats/text-column.js'
import { hashBytes } from '../random/hash.js'
import { MersenneTwister } from '../random/mersenne-twister.js'
import type { BlockMembers } from '../stages/collect-members.js'
import { noGroup } from '../stages/group.js'
import { addSelection } from './selection-report.js'

/** One drawn answer: a question, the groups of its cell, and the number of the member in the pool. */
export interface ProbeSample {
  question: number
  groups: number[]
  member: number
}

/** A cell from which fewer could be drawn than was asked for. */
export interface ThinCell {
  question: number
  groups: number[]
  /** Respondents in it that answered the question. */
  members: number
}

export interface ProbeDraw {
  samples: ProbeSample[]
  thin: ThinCell[]
  /** Cells that gave as many as was asked for. */
  cells: number
}

/** All respondents that a probe may draw, in the order in which cells take them up. */
export class ProbePool {
  selection: SelectionCounts | undefined
  private readonly blocks: BlockMembers[] = []
  /** For each member, its block and its place there. */
  private places: { block: BlockMembers; at: number }[] = []

  constructor(
    private readonly questions: number,
    private readonly dimensions: number,
  ) {}

  add(block: BlockMembers): void {
    this.blocks.push(block)
    for (let at = 0; at < block.rows.length; at++) this.places.push({ block, at })
    if (block.selection !== undefined) this.selection = addSelection(this.selection, block.selection)
  }

  get size(): number {
    return this.places.length
  }

  /** Puts the members in the order that a rank of each respondent (by its number in the file) gives. */
  order(rank: (row: number) => number): void {
    const ranked = this.places.map((place) => ({ place, rank: rank(place.block.rows[place.at]) }))
    this.places = ranked.sort((left, right) => left.rank - right.rank).map(({ place }) => place)
  }

  id(member: number): string {
    const { block, at } = this.places[member]
    return Buffer.from(block.ids.bytes.subarray(block.ids.offsets[at], block.ids.offsets[at + 1])).toString()
  }

  answer(member: number, question: number): number {
    const { block, at } = this.places[member]
    return block.answers[at * this.questions + question]
  }

  group(member: number, dimension: number): number {
    const { block, at } = this.places[member]
    return block.groups[at * this.dimensions + dimension]
  }

  hash(member: number, seed: number): number {
    const { block, at } = this.places[member]
    const { bytes, offsets }: TextColumn = block.ids
    return hashBytes(bytes, offsets[at], offsets[at + 1], seed)
  }

  /** The groups of one dimension, in the order of their first members. */
  groupsByAppearance(dimension: number): number[] {
    const groups = new Set<number>()
    for (let member = 0; member < this.size; member++) {
      const group = this.group(member, dimension)
      if (group !== noGroup) groups.add(group)
    }
    return [...groups]
  }

  /** The members of each cell that answered a question, in order; cells are named by their groups, joined. */
  cells(question: number): Map<string, number[]> {
    const cells = new Map<string, number[]>()
    for (let member = 0; member < this.size; member++) {
      if (this.answer(member, question) >= firstMissingReason) continue
      const groups = Array.from({ length: this.dimensions }, (_, dimension) => this.group(member, dimension))
      if (groups.includes(noGroup)) continue
      const key = groups.join(' ')
      const members = cells.get(key)
      if (members === undefined) cells.set(key, [member])
      else members.push(member)
    }
    return cells
  }
}

export interface DrawOptions {
  /** Number of each question in the pool, and its id, in the order in which they are drawn. */
  questions: { index: number; id: string }[]
  /** The groups of each dimension, in the order of the nested loops over them. */
  groups: number[][]
  perCell: number
  thin: 'drop' | 'take'
  seed: number
}

/** Draws by a seeded hash of question and respondent: who is drawn does not depend on who else there is in other cells. */
export function drawByHash(pool: ProbePool, options: DrawOptions): ProbeDraw {
  const { perCell, thin } = options
  return drawCells(pool, options, (members, { id }) => {
    const name = Buffer.from(id)
    const seed = hashBytes(name, 0, name.length, options.seed)
    const ranked = members.map((member) => ({ member, hash: pool.hash(member, seed) }))
    ranked.sort((left, right) => left.hash - right.hash || left.member - right.member)
    const short = members.length < perCell
    return { drawn: short && thin === 'drop' ? [] : ranked.slice(0, perCell).map(({ member }) => member), short }
  })
}

/**
 * Draws as the pipeline of WorldValuesBench does (Zhao et al., LREC-COLING 2024): Python's `random.seed(seed)` once,
 * then `random.sample` for each cell in turn; cells with no more members than are drawn are dropped.
 */
export function drawAsReference(pool: ProbePool, options: DrawOptions): ProbeDraw {
  const random = new MersenneTwister(options.seed)
  return drawCells(pool, options, (members) => {
    const short = members.length <= options.perCell
    return { drawn: short ? [] : random.sample(members, options.perCell), short }
  })
}

function drawCells(
  pool: ProbePool,
  { questions, groups }: DrawOptions,
  draw: (members: number[], question: { id: string }) => { drawn: number[]; short: boolean },
): ProbeDraw {
  const result: ProbeDraw = { samples: [], thin: [], cells: 0 }
  const combinations = combine(groups)
  for (const question of questions) {
    const cells = pool.cells(question.index)
    for (const combination of combinations) {
      const members = cells.get(combination.join(' ')) ?? []
      const { drawn, short } = draw(members, question)
      if (short) result.thin.push({ question: question.index, groups: combination, members: members.length })
      else result.cells++
      for (const member of drawn) result.samples.push({ question: question.index, groups: combination, member })
    }
  }
  return result
}

/** All combinations of one group of each dimension, the last dimension turning fastest. */
function combine(groups: number[][]): number[][] {
  return groups.reduce<number[][]>(
    (combinations, dimension) => combinations.flatMap((start) => dimension.map((group) => [...start, group])),
    [[]],
  )
}
