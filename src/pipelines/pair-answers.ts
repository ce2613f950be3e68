import { type MissingReason, missingReasons } from '../batch/respondent-batch.js'
import { exportedFunction, sharedMemory, webAssembly } from '../formats/web-assembly.js'
import { type GroupOptions, groupLabel, noGroup } from '../stages/group.js'
import type { AnswerPairs } from './answer-pairs.js'
import type { AnswerTables, CountedCell } from './answer-tables.js'
import type { Question } from './questions-table.js'

/** What pairs are made of. */
interface CountedAnswers {
  answerCodes: number[]
  groups: GroupOptions[]
  /** With weights. */
  tables: AnswerTables
  questions: Question[]
  /** Groups with fewer answers to a question than this are withheld. */
  minCell: number
  /** Kinds of missing that count in the denominator of the shares. */
  missingInDenominator: readonly MissingReason[]
  /** Whether a question, by its place, was put to the respondents of a cell at all; to all of them where absent. */
  isAsked?: (question: number, cell: CountedCell) => boolean
}

/** Columns of pairs, in the order in which `pair-answers.wat` writes them; behind the numbers follow the shares of the reasons. */
const indexColumns = ['questionOf', 'cellOf', 'answersFrom', 'answersTo', 'respondents', 'answered'] as const
const numberColumns = [
  'denominators',
  'denominatorWeights',
  'answeredWeights',
  'effectiveSizes',
  'missing',
  'means',
  'weightedMeans',
  'variances',
  'weightedVariances',
] as const

/**
 * Puts answers that were counted by cell in the order of the pairs of question and group, so that whatever is made of the
 * pairs goes through memory from its start to its end, and adds up what is told of each pair. What it runs is
 * `pair-answers.wat`, which is compiled when the project is built.
 */
export function pairAnswers(counted: CountedAnswers): AnswerPairs {
  const { answerCodes, groups, tables, questions, minCell, missingInDenominator, isAsked } = counted
  const all = tables.cells()
  const isGrouped = (cell: CountedCell) => groups.length === 0 || !cell.groups.includes(noGroup)
  const cells = all.filter(isGrouped)
  const { slots } = tables
  const entries = tables.questionEntries.reduce((sum, own) => sum + own, 0)
  const pairs = questions.length * cells.length
  const asked =
    isAsked === undefined ? [] : questions.flatMap((_, question) => cells.map((cell) => isAsked(question, cell)))
  // A pair that is written has an entry.
  const room = Math.min(pairs, entries)
  const size = questions.length * slots
  const { at, bytes } = layOut({
    // Of one cell at a time.
    places: size * 4,
    cellCounts: size * 4,
    cellWeights: size * 8,
    cellSquares: questions.length * 8,
    starts: questions.length * 4,
    cursors: questions.length * 4,
    slots: entries,
    counts: entries * 4,
    weights: entries * 8,
    squares: pairs * 8,
    answersEnds: pairs * 4,
    ends: pairs * 4,
    codes: answerCodes.length * 8,
    respondents: cells.length * 8,
    asked: asked.length,
    table: cells.length * 4,
    groups: room * groups.length * 4,
    indices: room * indexColumns.length * 4,
    numbers: room * (numberColumns.length + missingReasons.length) * 8,
    left: 3 * 4,
  })
  const memory = sharedMemory(bytes)
  const integers = (address: number, length: number) => new Int32Array(memory.buffer, address, length)
  const numbers = (address: number, length: number) => new Float64Array(memory.buffer, address, length)
  const exports = webAssembly(new URL('./pair-answers.wasm', import.meta.url), memory)
  arrange()
  const length = cells.length === 0 ? 0 : summarise()
  const found = groups.map((_, dimension) => groupsOf(dimension))
  const [unasked, unanswered, withheld] = integers(at.left, 3)
  return {
    ...{ answerCodes, questions, groups, length, withheld, unanswered, unasked },
    cells: cells.map((cell) => cell.groups),
    ungrouped: all.reduce((sum, cell) => sum + (isGrouped(cell) ? 0 : cell.respondents), 0),
    groupTexts: found.map(({ texts }) => texts),
    groupOf: found.map(({ values }) => values),
    ...scaleSlots(questions, answerCodes),
    slots: new Uint8Array(memory.buffer, at.slots, entries),
    counts: integers(at.counts, entries),
    weights: numbers(at.weights, entries),
    ...columns(indexColumns, (place) => integers(at.indices + place * room * 4, length)),
    ...columns(numberColumns, (place) => numbers(at.numbers + place * room * 8, length)),
    missingFor: missingReasons.map((_, reason) =>
      numbers(at.numbers + (numberColumns.length + reason) * room * 8, length),
    ),
  }

  /** Brings the entries of all cells into the order of the pairs. */
  function arrange(): void {
    const run = exportedFunction(exports, 'arrange')
    const starts = integers(at.starts, questions.length)
    let first = 0
    for (const [question, own] of tables.questionEntries.entries()) {
      starts[question] = first
      first += own
    }
    integers(at.cursors, questions.length).set(starts)
    for (const [place, cell] of cells.entries()) {
      const found = tables.entries(cell)
      integers(at.places, size).set(found.places)
      integers(at.cellCounts, size).set(found.counts)
      numbers(at.cellWeights, size).set(found.weights)
      numbers(at.cellSquares, questions.length).set(found.squaredWeights)
      run(
        ...[at.places, at.places + found.places.length * 4, at.cellCounts, at.cellWeights, at.cellSquares],
        ...[slots, answerCodes.length, at.cursors, at.cursors + questions.length * 4],
        ...[at.slots, at.counts, at.weights, place, cells.length, at.squares, at.answersEnds, at.ends],
      )
    }
  }

  /** Gives how many pairs are written. */
  function summarise(): number {
    numbers(at.codes, answerCodes.length).set(answerCodes)
    numbers(at.respondents, cells.length).set(cells.map(({ respondents }) => respondents))
    new Uint8Array(memory.buffer, at.asked, asked.length).set(asked.map(Number))
    const inDenominator = missingInDenominator.reduce((bits, reason) => bits | (1 << missingReasons.indexOf(reason)), 0)
    return exportedFunction(exports, 'summarise')(
      ...[questions.length, cells.length, at.starts, at.slots, at.counts, at.weights],
      ...[at.squares, at.answersEnds, at.ends, answerCodes.length, at.codes, at.respondents],
      ...[inDenominator, minCell, isAsked === undefined ? 0 : at.asked, room, at.indices, at.numbers, at.left],
    )
  }

  /** The labels of a variable of the groups that occur, in the order of the cells, and which of them each pair has. */
  function groupsOf(dimension: number): { texts: string[]; values: AnswerPairs['cellOf'] } {
    const known = [...new Set(cells.map((cell) => cell.groups[dimension]))]
    const places = new Map(known.map((group, place) => [group, place]))
    integers(at.table, cells.length).set(cells.map((cell) => places.get(cell.groups[dimension]) ?? -1))
    const cellOf = at.indices + indexColumns.indexOf('cellOf') * room * 4
    const valuesAt = at.groups + dimension * room * 4
    exportedFunction(exports, 'lookUp')(cellOf, cellOf + length * 4, at.table, valuesAt)
    return { texts: known.map((group) => groupLabel(groups[dimension], group)), values: integers(valuesAt, length) }
  }
}

/** Rooms one behind the other, each from a multiple of 8 on: where they are, and the bytes that all take; no address is 0. */
function layOut<Name extends string>(lengths: Record<Name, number>): { at: Record<Name, number>; bytes: number } {
  const at: Partial<Record<Name, number>> = {}
  let bytes = 8
  for (const name in lengths) {
    at[name] = bytes
    bytes += Math.ceil(lengths[name] / 8) * 8
  }
  return { at: at as Record<Name, number>, bytes }
}

/** Each of the named columns, from its place. */
function columns<Name extends string, Column>(
  names: readonly Name[],
  column: (place: number) => Column,
): Record<Name, Column> {
  return Object.fromEntries(names.map((name, place) => [name, column(place)])) as Record<Name, Column>
}

/** Of each question, the first slot of its scale, and the one behind the last. */
function scaleSlots(
  questions: readonly Question[],
  answerCodes: readonly number[],
): Pick<AnswerPairs, 'scaleStarts' | 'scaleEnds'> {
  const codesBelow = (bound: number) => answerCodes.filter((code) => code < bound).length
  const scaleStarts = Int32Array.from(questions, ({ scale_min: least }) => codesBelow(least ?? 0))
  const scaleEnds = Int32Array.from(questions, ({ scale_max: greatest }, question) =>
    greatest === null ? scaleStarts[question] : codesBelow(greatest + 1),
  )
  return { scaleStarts, scaleEnds }
}
