import type { SelectionCounts } from '../batch/cell-batch.js'
import { SurveyError } from '../formats/survey-error.js'
import { hashFile } from '../pool/hash-file.js'
import type { UngroupedCode } from '../stages/derive.js'
import { indexSurvey, type SurveyIndex, surveyBlocks } from '../stages/read-survey.js'
import type { PassPlan } from '../stages/survey-pass.js'
import { type BlockTable, slotsOf, type TabulateOptions } from '../stages/tabulate.js'
import { type DrawPlan, drawFromFiles, drawRespondents } from './draw.js'
import type { BuildPlan } from './plan.js'
import { addSelection, checkSelection } from './selection-report.js'
import { startPass } from './survey-pass.js'

/** Bytes that the tables of all cells may take together. */
const mostBytes = 1 << 28

/**
 * The answers of all chosen respondents, counted by cell: the tables of the blocks, added up in the order of the
 * blocks, so that sums of weights are the same to the last bit on any number of threads.
 */
export class AnswerTables {
  readonly slots: number
  readonly dimensions: number
  /** The groups of each cell. */
  readonly cells: number[][] = []
  readonly respondents: number[] = []
  readonly counts: Uint32Array[] = []
  readonly weights: Float64Array[] = []
  readonly squaredWeights: Float64Array[] = []
  readonly profiles: Float64Array[] = []
  selection: SelectionCounts | undefined
  readonly ungrouped = new Map<string, UngroupedCode>()
  private readonly known = new Map<string, number>()

  constructor(private readonly options: TabulateOptions) {
    this.slots = slotsOf(options)
    this.dimensions = Math.max(1, options.groups.length + (options.bySplit ? 1 : 0))
  }

  add(block: BlockTable): void {
    const { questions, weighted } = this.options
    const size = questions * this.slots
    let start = 0
    for (let local = 0; local < block.respondents.length; local++) {
      const groups = Array.from(block.cells.subarray(local * this.dimensions, (local + 1) * this.dimensions))
      const cell = this.cellOf(groups, size)
      this.respondents[cell] += block.respondents[local]
      const end = block.ends[local]
      addCounts(this.counts[cell], block, start, end)
      if (weighted) {
        addWeights(this.weights[cell], block, start, end)
        const squares = this.squaredWeights[cell]
        const from = local * questions
        for (let question = 0; question < questions; question++)
          squares[question] += block.squaredWeights[from + question]
      }
      start = end
    }
    if (block.profiles.length > 0) this.profiles.push(block.profiles)
    if (block.selection !== undefined) this.selection = addSelection(this.selection, block.selection)
    for (const { derived, code, respondents } of block.ungrouped) {
      const key = `${derived} ${code}`
      const sum = (this.ungrouped.get(key)?.respondents ?? 0) + respondents
      this.ungrouped.set(key, { derived, code, respondents: sum })
    }
  }

  private cellOf(groups: number[], size: number): number {
    const key = groups.join(' ')
    const known = this.known.get(key)
    if (known !== undefined) return known
    const cell = this.cells.push(groups) - 1
    this.known.set(key, cell)
    if ((cell + 1) * size * (this.options.weighted ? 12 : 4) > mostBytes) {
      throw new SurveyError(
        `the groups make more than ${cell} cells, too many for ${this.options.questions} questions; expected fewer groups or questions`,
        { kind: 'usage' },
      )
    }
    const { questions, weighted } = this.options
    this.respondents.push(0)
    this.counts.push(new Uint32Array(size))
    this.weights.push(new Float64Array(weighted ? size : 0))
    this.squaredWeights.push(new Float64Array(weighted ? questions : 0))
    return cell
  }
}

// One function for each type of array: a loop that meets both is several times as slow.
function addCounts(sums: Uint32Array, { places, counts }: BlockTable, start: number, end: number): void {
  for (let entry = start; entry < end; entry++) sums[places[entry]] += counts[entry]
}

function addWeights(sums: Float64Array, { places, weights }: BlockTable, start: number, end: number): void {
  for (let entry = start; entry < end; entry++) sums[places[entry]] += weights[entry]
}

type Wanted = Pick<TabulateOptions, 'bySplit' | 'weighted' | 'profiles'> & { isHashed: boolean }

/** Counts the answers of a survey's chosen respondents. Throws a SurveyError where none is left. */
export async function tabulateSurvey(
  plan: BuildPlan,
  wanted: Wanted,
  threads: number,
  signal?: AbortSignal,
): Promise<{ tables: AnswerTables; index: SurveyIndex }> {
  const {
    tables,
    indices: [index],
  } = await tabulateFiles([plan], wanted, threads, signal)
  return { tables, index }
}

/** The same for several files, whose plans have the same questions and groups: all answers in the same tables. */
export async function tabulateFiles(
  plans: readonly BuildPlan[],
  wanted: Wanted,
  threads: number,
  signal?: AbortSignal,
): Promise<{ tables: AnswerTables; indices: SurveyIndex[] }> {
  const { isHashed, ...sums } = wanted
  const tables = new AnswerTables(tabulateOptions(plans[0], sums))
  const indices: SurveyIndex[] = []
  const drawn: { plan: DrawPlan; index: SurveyIndex }[] = []
  // A draw from all files comes before the answers of any of them are counted.
  for (const plan of plans.length > 1 ? plans : []) {
    if (plan.draw === undefined) continue
    const index = await indexSurvey(plan.read, signal, isHashed)
    drawn.push({ plan: plan.draw, index })
  }
  if (drawn.length > 0) await drawFromFiles(drawn, threads, signal)
  for (const [place, plan] of plans.entries()) {
    // The workers start while the main thread makes its pass over the file.
    const pool = startPass<BlockTable>(tabulatePass(plan, sums), threads, signal)
    try {
      // The hash of a plain file takes longer than its index, and is needed last.
      const isPlain = plan.read.input === undefined && drawn.length === 0
      const hashing = isHashed && isPlain && threads > 1 ? hashFile(plan.read.path, signal) : undefined
      hashing?.catch(() => {})
      const index = drawn[place]?.index ?? (await indexSurvey(plan.read, signal, isHashed && hashing === undefined))
      if (plan.draw !== undefined && drawn.length === 0) await drawRespondents(plan.draw, index, threads, signal)
      for await (const block of pool.map(surveyBlocks(index, signal))) tables.add(block)
      if (hashing !== undefined) index.sha256 = await hashing
      indices.push(index)
    } finally {
      await pool.close()
    }
  }
  checkSelection(plans[0].conditions, tables.selection)
  return { tables, indices }
}

function tabulateOptions({ chain, groups }: BuildPlan, sums: Omit<Wanted, 'isHashed'>): TabulateOptions {
  const { derive, decode } = chain
  return {
    ...sums,
    questions: decode.questions.length,
    answerCodes: decode.answerCodes.length,
    groups,
    ...(derive === undefined ? {} : { derive }),
  }
}

function tabulatePass(plan: BuildPlan, sums: Omit<Wanted, 'isHashed'>): PassPlan {
  const { readBlock, parse, derive, select, decode, split } = plan.chain
  return {
    readBlock,
    parse,
    ...(derive === undefined ? {} : { derive }),
    ...(select === undefined ? {} : { select }),
    decode,
    split,
    last: { stage: 'tabulate', options: tabulateOptions(plan, sums) },
  }
}
