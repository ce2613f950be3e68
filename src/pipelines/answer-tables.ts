import { statSync } from 'node:fs'
import type { SelectionCounts } from '../batch/cell-batch.js'
import { SurveyError } from '../formats/survey-error.js'
import { TextMemory } from '../formats/text-memory.js'
import { hashFile } from '../pool/hash-file.js'
import type { UngroupedCode } from '../stages/derive.js'
import { foundBlocks } from '../stages/found-blocks.js'
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

type Sums = Pick<TabulateOptions, 'bySplit' | 'weighted' | 'profiles'>
type Wanted = Sums & { isHashed: boolean }

/** What is known of a file whose answers are counted. */
export type CountedSurvey = Pick<SurveyIndex, 'respondents' | 'sha256'>

/** Counts the answers of a survey's chosen respondents. Throws a SurveyError where none is left. */
export async function tabulateSurvey(
  plan: BuildPlan,
  wanted: Wanted,
  threads: number,
  signal?: AbortSignal,
): Promise<{ tables: AnswerTables; survey: CountedSurvey }> {
  const { tables, surveys } = await tabulateFiles([plan], wanted, threads, signal)
  return { tables, survey: surveys[0] }
}

/** The same for several files, whose plans have the same questions and groups: all answers in the same tables. */
export async function tabulateFiles(
  plans: readonly BuildPlan[],
  wanted: Wanted,
  threads: number,
  signal?: AbortSignal,
): Promise<{ tables: AnswerTables; surveys: CountedSurvey[] }> {
  const { isHashed, ...sums } = wanted
  const tables = new AnswerTables(tabulateOptions(plans[0], sums))
  const drawn: { plan: DrawPlan; index: SurveyIndex }[] = []
  // A draw from all files comes before the answers of any of them are counted.
  for (const plan of plans.length > 1 ? plans : []) {
    if (plan.draw === undefined) continue
    const index = await indexSurvey(plan.read, signal, isHashed)
    drawn.push({ plan: plan.draw, index })
  }
  if (drawn.length > 0) await drawFromFiles(drawn, threads, signal)
  const surveys: CountedSurvey[] = []
  for (const [place, plan] of plans.entries()) {
    // The hash of a plain file takes longer than its index, and is needed last.
    const isPlain = plan.read.input === undefined && drawn.length === 0
    const hashing = isHashed && isPlain && threads > 1 ? hashFile(plan.read.path, signal) : undefined
    hashing?.catch(() => {})
    const isHashedHere = isHashed && hashing === undefined
    const counted =
      isReadOnce(plan, wanted) && !isHashedHere
        ? await tabulateOnce(plan, sums, tables, signal)
        : await tabulateIndexed(plan, sums, tables, {
            threads,
            signal,
            isHashed: isHashedHere,
            known: drawn[place]?.index,
          })
    surveys.push(hashing === undefined ? counted : { ...counted, sha256: await hashing })
  }
  checkSelection(plans[0].conditions, tables.selection)
  return { tables, surveys }
}

/** A file with no more bytes is through before another thread would be of help. */
const soonRead = 1 << 28

/** Whether a file can be read once, by this thread alone: nothing that is counted hangs on the whole of it. */
function isReadOnce({ chain, draw, read }: BuildPlan, { bySplit }: Wanted): boolean {
  const isDrawn = draw !== undefined || read.shuffle !== undefined
  // An id that repeats goes with its number.
  const isById = chain.select?.share !== undefined || (bySplit && chain.split.method === 'hash')
  return read.input === undefined && !isDrawn && !isById && statSync(read.path).size <= soonRead
}

async function tabulateOnce(
  plan: BuildPlan,
  sums: Sums,
  tables: AnswerTables,
  signal: AbortSignal | undefined,
): Promise<CountedSurvey> {
  const memory = new TextMemory()
  const pool = startPass<BlockTable>(tabulatePass(plan, sums), 1, signal, memory)
  let respondents = 0
  async function* blocks() {
    for await (const block of foundBlocks(plan.read, memory, signal)) {
      respondents += block.rows
      yield block
    }
  }
  for await (const table of pool.map(blocks())) tables.add(table)
  return { respondents, sha256: '' }
}

interface IndexedOptions {
  threads: number
  signal: AbortSignal | undefined
  isHashed: boolean
  /** The index, where a draw has needed it before. */
  known: SurveyIndex | undefined
}

/** The same in two readings: the index says what only the whole file shows. */
async function tabulateIndexed(
  plan: BuildPlan,
  sums: Sums,
  tables: AnswerTables,
  { threads, signal, isHashed, known }: IndexedOptions,
): Promise<CountedSurvey> {
  // The workers start while the main thread makes its pass over the file.
  const pool = startPass<BlockTable>(tabulatePass(plan, sums), threads, signal)
  try {
    const index = known ?? (await indexSurvey(plan.read, signal, isHashed))
    if (plan.draw !== undefined && known === undefined) await drawRespondents(plan.draw, index, threads, signal)
    for await (const table of pool.map(surveyBlocks(index, signal))) tables.add(table)
    return index
  } finally {
    await pool.close()
  }
}

function tabulateOptions({ chain, groups }: BuildPlan, sums: Sums): TabulateOptions {
  const { derive, decode } = chain
  return {
    ...sums,
    questions: decode.questions.length,
    answerCodes: decode.answerCodes.length,
    groups,
    ...(derive === undefined ? {} : { derive }),
  }
}

function tabulatePass(plan: BuildPlan, sums: Sums): PassPlan {
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
