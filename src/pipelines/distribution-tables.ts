import { missingReasons } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { questionSentence } from '../definitions/wording.js'
import { groupLabel } from '../stages/group.js'
import { type AnswerPairs, allPairs, pairColumns, weightedAnswerShare } from './answer-pairs.js'
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
    this.answerRows = new AnswerRows(answers, allPairs(answers), partRows)
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
    const { denominators, denominatorWeights, answersFrom, answersTo } = answers
    const { pairs, counts: rowsOf, slot, columns } = this.answerRows.take(start, end)
    let row = 0
    for (let place = 0; place < pairs.length; place++) {
      const pair = pairs[place]
      const next = row + rowsOf[place]
      const denominator = denominators[pair]
      const weight = denominatorWeights[pair]
      const first = row - slot[row]
      for (let entry = answersFrom[pair]; entry < answersTo[pair]; entry++) {
        const own = first + answers.slots[entry]
        // A part may begin and end among the answers of a pair.
        if (own < row || own >= next) continue
        counts[own] = answers.counts[entry]
        shares[own] = answers.counts[entry] / denominator
        weightedShares[own] = answers.weights[entry] / weight
      }
      if (!(weight > 0)) weightedShares.fill(Number.NaN, row, next)
      row = next
    }
    return [
      ...pairColumns(answers, pairs, { counts: rowsOf }),
      ...columns,
      { name: 'n', type: 'integer', values: counts },
      { name: 'share', type: 'number', values: shares },
      { name: 'weighted_share', type: 'number', values: weightedShares },
    ]
  }
}

/** One row for each question and group: how many answered, why others did not, mean and variance. */
export function summaryColumns(pairs: AnswerPairs): TableColumn[] {
  const numbers = (name: string, values: Float64Array): TableColumn => ({ name, type: 'number', values })
  return [
    ...pairColumns(pairs, allPairs(pairs)),
    { name: 'respondents', type: 'integer', values: pairs.respondents },
    { name: 'n', type: 'integer', values: pairs.answered },
    numbers('n_effective', pairs.effectiveSizes),
    numbers('missing', pairs.missing),
    ...missingReasons.map((reason, place) => numbers(`missing_${reason.replaceAll('-', '_')}`, pairs.missingFor[place])),
    numbers('mean', pairs.means),
    numbers('weighted_mean', pairs.weightedMeans),
    numbers('variance', pairs.variances),
    numbers('weighted_variance', pairs.weightedVariances),
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
        return [cellName(answers, cellOf[pair]), scale.map((slot) => weightedAnswerShare(answers, pair, slot))]
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

function cellName({ groups, cells }: AnswerPairs, cell: number): string {
  if (groups.length === 0) return 'all'
  return groups.map((group, dimension) => groupLabel(group, cells[cell][dimension])).join(', ')
}
