import type { Block } from '../batch/block.js'
import { SurveyError } from '../formats/survey-error.js'
import { hashBytes, mix32 } from '../random/hash.js'
import type { BlockDraws } from '../stages/collect-draws.js'
import { type GroupOptions, groupLabel, noGroup } from '../stages/group.js'
import type { SurveyIndex } from '../stages/read-survey.js'
import type { PassPlan } from '../stages/survey-pass.js'
import type { SampleOptions } from './recipe.js'
import { surveyPass } from './survey-pass.js'

/** Decisions that depend on all respondents, and so are made before the run proper: the sample, and splits by country. */
export interface DrawPlan {
  pass: PassPlan
  /** Null where nothing is drawn, but countries are split. */
  sample: SampleOptions | null
  cells: GroupOptions[]
  split?: { country: GroupOptions; ratios: [number, number, number]; seed: number }
}

/** What a draw found, for the manifest. */
export interface DrawReport {
  drawn: number
  /** Cells that respondents were drawn from, and those that had fewer than were asked for. */
  cells: number
  thinCells: { cell: string; respondents: number }[]
  /** Respondents in no cell, since a variable of theirs is missing, or without a weight to draw by. */
  undrawable: number
}

/** A seed of its own for draws: with the seed of the split, a sample would come from one split alone. */
export function drawSeed(seed: number): number {
  return mix32((seed ^ 0x7361_6d70) >>> 0)
}

/**
 * Draws the sample and splits the countries: the blocks of `index` learn who is outside of the sample and which
 * split each respondent falls into. The same for any number of threads. Throws a SurveyError where more respondents
 * are asked for than there are.
 */
export function drawRespondents(
  plan: DrawPlan,
  index: SurveyIndex,
  threads: number,
  signal?: AbortSignal,
): Promise<DrawReport | undefined> {
  return drawFromFiles([{ plan, index }], threads, signal)
}

/** The same over the respondents of several files, whose plans ask for the same. */
export async function drawFromFiles(
  files: readonly { plan: DrawPlan; index: SurveyIndex }[],
  threads: number,
  signal?: AbortSignal,
): Promise<DrawReport | undefined> {
  const draws: BlockDraws[] = []
  for (const { plan, index } of files) {
    for await (const block of surveyPass<BlockDraws>(plan.pass, index, threads, signal)) draws.push(block)
  }
  const [{ plan }] = files
  const blocks = files.flatMap(({ index }) => index.blocks)
  const report = plan.sample === null ? undefined : drawSample(plan.sample, plan.cells, blocks, draws)
  if (plan.split !== undefined) splitCountries(plan.split, plan.cells.length, blocks, draws)
  return report
}

interface Candidate {
  block: number
  row: number
  rank: number
}

function drawSample(
  sample: SampleOptions,
  cells: GroupOptions[],
  blocks: readonly Block[],
  draws: readonly BlockDraws[],
): DrawReport | undefined {
  const { members, undrawable } = gatherCells(cells.length, draws)
  const candidates = [...members.values()].reduce((sum, cell) => sum + cell.length, 0)
  // An empty selection is told of by the run that follows.
  if (candidates === 0) return undefined
  const size = cellSize(sample, members, candidates)
  const thinCells: DrawReport['thinCells'] = []
  let drawn = 0
  for (const block of blocks) block.unsampled = new Uint8Array(block.rows).fill(1)
  for (const [key, cell] of members) {
    if (cell.length < size) thinCells.push({ cell: cellName(key, cells), respondents: cell.length })
    cell.sort((left, right) => left.rank - right.rank || left.block - right.block || left.row - right.row)
    for (const { block, row } of cell.slice(0, size)) {
      const { unsampled } = blocks[block]
      if (unsampled !== undefined) unsampled[row] = 0
      drawn++
    }
  }
  return { drawn, cells: members.size, thinCells, undrawable }
}

function gatherCells(
  dimensions: number,
  draws: readonly BlockDraws[],
): { members: Map<string, Candidate[]>; undrawable: number } {
  const members = new Map<string, Candidate[]>()
  let undrawable = 0
  for (const [block, { ranks, groups, selection }] of draws.entries()) {
    const width = ranks.length === 0 ? 0 : groups.length / ranks.length
    let gathered = 0
    for (const [row, rank] of ranks.entries()) {
      if (Number.isNaN(rank)) continue
      const cell = groups.subarray(row * width, row * width + dimensions)
      if (cell.includes(noGroup)) continue
      const key = cell.join(' ')
      const known = members.get(key)
      if (known === undefined) members.set(key, [{ block, row, rank }])
      else known.push({ block, row, rank })
      gathered++
    }
    undrawable += (selection.passed.at(-1) ?? selection.candidates) - gathered
  }
  return { members, undrawable }
}

/** How many are drawn from each cell. */
function cellSize({ method, size }: SampleOptions, members: Map<string, Candidate[]>, candidates: number): number {
  switch (method) {
    case 'count':
      if (size > candidates) {
        throw new SurveyError(`--sample ${size}: only ${candidates} respondents are left to draw from`)
      }
      return size
    case 'share':
      return Math.round(candidates * size)
    case 'per-cell':
      return size
    case 'balance':
      return [...members.values()].reduce((least, cell) => Math.min(least, cell.length), Number.POSITIVE_INFINITY)
    default:
      throw new Error(`unknown sample: ${String(method satisfies never)}`)
  }
}

function cellName(key: string, cells: GroupOptions[]): string {
  const groups = key.split(' ')
  return cells.map((cell, index) => groupLabel(cell, Number(groups[index]))).join(', ')
}

/** Gives each country a split: countries in the order of a seeded hash of their names, cut by the shares. */
function splitCountries(
  { country, ratios, seed }: NonNullable<DrawPlan['split']>,
  place: number,
  blocks: readonly Block[],
  draws: readonly BlockDraws[],
): void {
  const found = new Set<number>()
  const countryOf = ({ groups, ranks }: BlockDraws, row: number) => groups[row * (groups.length / ranks.length) + place]
  for (const [block, draw] of draws.entries()) {
    const { unsampled } = blocks[block]
    for (const [row, rank] of draw.ranks.entries()) {
      if (!Number.isNaN(rank) && unsampled?.[row] !== 1) found.add(countryOf(draw, row))
    }
  }
  const names = new Map([...found].map((group) => [group, group === noGroup ? '' : groupLabel(country, group)]))
  const splits = splitUnits([...names.values()], ratios, seed)
  const splitOf = new Map([...names].map(([group, name]) => [group, splits.get(name) ?? 0]))
  for (const [block, draw] of draws.entries()) {
    const assigned = new Uint8Array(draw.ranks.length)
    for (let row = 0; row < assigned.length; row++) assigned[row] = splitOf.get(countryOf(draw, row)) ?? 0
    blocks[block].splits = assigned
  }
}

/**
 * Cuts a list of names - countries, questions - into train, valid and test: in the order of a seeded hash, by the
 * shares, each split whose share is not 0 getting one at least while there are enough.
 */
export function splitUnits(
  names: readonly string[],
  ratios: [number, number, number],
  seed: number,
): Map<string, number> {
  const hashed = names.map((name) => {
    const bytes = Buffer.from(name)
    return { name, hash: hashBytes(bytes, 0, bytes.length, seed) }
  })
  hashed.sort((left, right) => left.hash - right.hash || (left.name < right.name ? -1 : 1))
  const sizes = unitSizes(names.length, ratios)
  const splits = new Map<string, number>()
  for (const [place, { name }] of hashed.entries()) {
    splits.set(name, place < sizes[0] ? 0 : place < sizes[0] + sizes[1] ? 1 : 2)
  }
  return splits
}

/** Largest remainders, then one for each split that has a share and none, from the largest. */
function unitSizes(count: number, ratios: [number, number, number]): number[] {
  const total = ratios[0] + ratios[1] + ratios[2]
  const exact = ratios.map((ratio) => (count * ratio) / total)
  const sizes = exact.map(Math.floor)
  const order = [0, 1, 2].sort((left, right) => exact[right] - sizes[right] - (exact[left] - sizes[left]))
  for (const split of order) if (sizes[0] + sizes[1] + sizes[2] < count) sizes[split]++
  for (let split = 0; split < 3; split++) {
    const largest = sizes.indexOf(Math.max(...sizes))
    if (ratios[split] === 0 || sizes[split] > 0 || sizes[largest] < 2) continue
    sizes[split]++
    sizes[largest]--
  }
  return sizes
}
