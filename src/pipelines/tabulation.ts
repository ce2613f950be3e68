import { statSync } from 'node:fs'
import { TextMemory } from '../formats/text-memory.js'
import type { SideThread } from '../pool/side-thread.js'
import { chosenBlocks } from '../stages/chosen-blocks.js'
import { foundBlocks } from '../stages/found-blocks.js'
import { indexSurvey, type SurveyIndex, surveyBlocks } from '../stages/read-survey.js'
import type { PassPlan } from '../stages/survey-pass.js'
import type { BlockTable, TabulateOptions } from '../stages/tabulate.js'
import { AnswerTables } from './answer-tables.js'
import { type DrawPlan, drawFromFiles, drawRespondents } from './draw.js'
import { canHashBeside, hashBeside } from './hash-beside.js'
import { type BuildPlan, choiceOf } from './plan.js'
import { checkSelection } from './selection-report.js'
import { startPass } from './survey-pass.js'

type Sums = Pick<TabulateOptions, 'bySplit' | 'weighted' | 'profiles'>
type Wanted = Sums & { isHashed: boolean }

/** What is known of a file whose answers are counted. */
export interface CountedSurvey {
  respondents: number
  /** Empty where it is not asked for. Another thread may make it while the caller goes on. */
  sha256: string | Promise<string>
}

/** Who counts. */
interface Counters {
  threads: number
  /** One of them, for what can be done beside the counting. */
  side?: SideThread | undefined
  signal?: AbortSignal | undefined
}

/** What was counted. */
export interface Tabulation {
  tables: AnswerTables
  surveys: CountedSurvey[]
}

/**
 * Counts the answers of the chosen respondents of some survey files, whose plans have the same questions and groups: all in
 * the same tables. Throws a SurveyError where no respondent is left.
 */
export async function countAnswers(
  plans: readonly BuildPlan[],
  wanted: Wanted,
  { threads, side, signal }: Counters,
): Promise<Tabulation> {
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
    const isHashedBeside = isHashed && drawn.length === 0 && canHashBeside(plan.read, side)
    const isHashedHere = isHashed && !isHashedBeside
    const { size } = statSync(plan.read.path)
    const isOnce = size <= soonRead && isReadOnce(plan, wanted) && !isHashedHere
    const helper = isOnce && size > alone ? side : undefined
    let hashing: Promise<string> | undefined
    const hash = () => {
      if (isHashedBeside) hashing ??= hashBeside(plan.read, side)
    }
    // A thread that helps to count makes the hash afterwards, while the calling one does what can not be shared.
    if (helper === undefined) hash()
    const { respondents, sha256 } = isOnce
      ? await tabulateOnce(plan, sums, tables, { helper, signal, onSent: hash })
      : await tabulateIndexed(plan, sums, tables, {
          threads,
          signal,
          isHashed: isHashedHere,
          known: drawn[place]?.index,
        })
    surveys.push({ respondents, sha256: hashing ?? sha256 })
  }
  checkSelection(plans[0].conditions, tables.selection)
  return { tables, surveys }
}

/** With no more bytes the calling thread is through before another one would be of help. */
const alone = 1 << 25

/** With no more bytes a file is through before more threads than two would be of help. */
const soonRead = 1 << 28

/** Whether a file can be read once, and its blocks be worked on as they are found: nothing that is counted hangs on the whole of it. */
function isReadOnce(plan: BuildPlan, wanted: Wanted): boolean {
  const { chain, draw, read } = plan
  const isDrawn = draw !== undefined || read.shuffle !== undefined
  // An id that repeats goes with its number.
  const isById = chain.select?.share !== undefined || hasHashSplit(plan, wanted)
  return read.input === undefined && !isDrawn && !isById
}

function hasHashSplit({ chain }: BuildPlan, { bySplit }: Sums): boolean {
  return bySplit && chain.split.method === 'hash'
}

interface OnceOptions {
  /** The thread that counts too. */
  helper: SideThread | undefined
  signal: AbortSignal | undefined
  /** Called when all blocks are on their way. */
  onSent: () => void
}

async function tabulateOnce(
  plan: BuildPlan,
  sums: Sums,
  tables: AnswerTables,
  { helper, signal, onSent }: OnceOptions,
): Promise<CountedSurvey> {
  const memory = new TextMemory()
  const pool = startPass<BlockTable>(tabulatePass(plan, sums), 1, signal, memory, helper)
  let respondents = 0
  async function* blocks() {
    const choice = choiceOf(plan)
    const found =
      choice === undefined ? foundBlocks(plan.read, memory, signal) : chosenBlocks(plan.read, choice, memory, signal)
    for await (const block of found) {
      respondents += block.rows
      yield block
    }
    onSent()
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
    const index = known ?? (await indexSurvey(plan.read, signal, isHashed, choiceOf(plan)))
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
  const { readBlock, parse, derive, select, split } = plan.chain
  const { idVariable: _, ...unnamed } = plan.chain.decode
  return {
    readBlock,
    parse,
    ...(derive === undefined ? {} : { derive }),
    ...(select === undefined ? {} : { select }),
    // Nothing is written of a single respondent, whose id says no more than the split.
    decode: { ...unnamed, ids: hasHashSplit(plan, sums), missingCounts: false },
    split: sums.bySplit ? split : { ...split, method: 'none' },
    last: { stage: 'tabulate', options: tabulateOptions(plan, sums) },
  }
}
