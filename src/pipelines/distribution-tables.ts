import { missingReasons } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { questionSentence } from '../definitions/wording.js'
import { groupLabel } from '../stages/group.js'
import { AnswerMoments } from './answer-moments.js'
import type { AnswerPairs } from './answer-pairs.js'
import { AnswerRows } from './answer-rows.js'
import { partRows, type ResultTable, type TableColumn } from './columnar-table.js'

/** A column of whole numbers; `value` gives that of a row. */
export function integers(name: string, rows: number, value: (row: number) => number): TableColumn {
  const values = new Int32Array(rows)
  for (let row = 0; row < rows; row++) values[row] = value(row)
  return { name, type: 'integer', values }
}

export function numbers(name: string, rows: number, value: (row: number) => number): TableColumn {
  const values = new Float64Array(rows)
  for (let row = 0; row < rows; row++) values[row] = value(row)
  return { name, type: 'number', values }
}

/** One row for each question, group and answer on the scale, those that nobody gave too. */
export class ShareTable implements ResultTable {
  readonly rows: number
  private readonly answerRows: AnswerRows
  private readonly counts: Int32Array
  private readonly shares: Float64Array
  private readonly weightedShares: Float64Array

  constructor(private readonly answers: AnswerPairs) {
    this.answerRows = new AnswerRows(answers, answers.all, partRows)
    this.rows = this.answerRows.length
    const room = Math.min(this.rows, partRows)
    this.counts = new Int32Array(room)
    this.shares = new Float64Array(room)
    this.weightedShares = new Float64Array(room)
  }

  part(start: number, end: number): TableColumn[] {
    const length = end - start
    const counts = this.counts.subarray(0, length).fill(0)
    const shares = this.shares.subarray(0, length).fill(0)
    const weightedShares = this.weightedShares.subarray(0, length).fill(0)
    const { answers } = this
    const { tables, denominators, denominatorWeights, answersFrom, answersTo } = answers
    const { pairs, counts: rowsOf, slot, columns } = this.answerRows.take(start, end)
    let row = 0
    for (let place = 0; place < pairs.length; place++) {
      const pair = pairs[place]
      const next = row + rowsOf[place]
      const denominator = denominators[pair]
      const weight = denominatorWeights[pair]
      const first = row - slot[row] - answers.slotsAt(pair)
      for (let entry = answersFrom[pair]; entry < answersTo[pair]; entry++) {
        const own = first + tables.places[entry]
        // A part may begin and end among the answers of a pair.
        if (own < row || own >= next) continue
        counts[own] = tables.counts[entry]
        shares[own] = tables.counts[entry] / denominator
        weightedShares[own] = tables.weights[entry] / weight
      }
      if (!(weight > 0)) weightedShares.fill(Number.NaN, row, next)
      row = next
    }
    return [
      ...answers.pairColumns(pairs, 0, rowsOf),
      ...columns,
      { name: 'n', type: 'integer', values: counts },
      { name: 'share', type: 'number', values: shares },
      { name: 'weighted_share', type: 'number', values: weightedShares },
    ]
  }
}

/** One row for each question and group: how many answered, why others did not, mean and variance. */
export function summaryColumns(answers: AnswerPairs): TableColumn[] {
  const { length, cellOf, answered, answersTo, reasonsTo, tables } = answers
  const effective = new Float64Array(length)
  const missing = new Float64Array(length)
  const reasons = missingReasons.map(() => new Float64Array(length))
  const moments = new AnswerMoments(answers)
  for (let pair = 0; pair < length; pair++) {
    const respondents = tables.respondents[cellOf[pair]]
    const firstReason = answers.slotsAt(pair) + answers.answerCodes.length
    effective[pair] = answers.effectiveSize(pair)
    missing[pair] = 1 - answered[pair] / respondents
    for (let entry = answersTo[pair]; entry < reasonsTo[pair]; entry++) {
      reasons[tables.places[entry] - firstReason][pair] = tables.counts[entry] / respondents
    }
    moments.take(pair)
  }
  return [
    ...answers.pairColumns(answers.all),
    integers('respondents', length, (pair) => tables.respondents[cellOf[pair]]),
    integers('n', length, (pair) => answered[pair]),
    { name: 'n_effective', type: 'number', values: effective },
    { name: 'missing', type: 'number', values: missing },
    ...missingReasons.map(
      (reason, place): TableColumn => ({
        name: `missing_${reason.replaceAll('-', '_')}`,
        type: 'number',
        values: reasons[place],
      }),
    ),
    { name: 'mean', type: 'number', values: moments.means },
    { name: 'weighted_mean', type: 'number', values: moments.weightedMeans },
    { name: 'variance', type: 'number', values: moments.variances },
    { name: 'weighted_variance', type: 'number', values: moments.weightedVariances },
  ]
}

/**
 * The fields of the public GlobalOpinionQA set (Durmus et al., 2023): the question, by group the share of each
 * option (weighted), the options, the source.
 */
export function opinionLines(answers: AnswerPairs, definition: LoadedDefinition): string {
  const { length, questions, answerCodes, cellOf, scaleStarts, scaleEnds } = answers
  const byQuestion = questions.map((): number[] => [])
  for (let pair = 0; pair < length; pair++) byQuestion[answers.questionOf[pair]].push(pair)
  return questions
    .map(({ id, value_labels }, question) => {
      const scale = [...answerCodes.keys()].slice(scaleStarts[question], scaleEnds[question])
      const variable = definition.variable(id)
      const selections = byQuestion[question].map((pair): [string, number[]] => {
        return [cellName(answers, cellOf[pair]), scale.map((slot) => answers.weightedShare(pair, slot))]
      })
      const line = {
        question: variable === undefined ? id : questionSentence(variable),
        selections: Object.fromEntries(selections),
        options: scale.map((slot) => value_labels[answerCodes[slot]] ?? String(answerCodes[slot])),
        source: 'WVS',
      }
      return `${JSON.stringify(line)}\n`
    })
    .join('')
}

function cellName({ groups, tables }: AnswerPairs, cell: number): string {
  if (groups.length === 0) return 'all'
  return groups.map((group, dimension) => groupLabel(group, tables.cells[cell][dimension])).join(', ')
}
