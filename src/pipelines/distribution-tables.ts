import { missingReasons } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { questionSentence } from '../definitions/wording.js'
import { groupLabel } from '../stages/group.js'
import type { AnswerPairs, Pair } from './answer-pairs.js'
import type { TableColumn } from './columnar-table.js'

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
export function shareColumns(answers: AnswerPairs): TableColumn[] {
  const { pairs, tables } = answers
  const { length, slot, columns } = answers.answerRows(pairs)
  const counts = new Int32Array(length)
  const shares = new Float64Array(length)
  const weightedShares = new Float64Array(length)
  const starts = new Int32Array(pairs.length + 1)
  for (const [place, { question }] of pairs.entries()) {
    starts[place + 1] = starts[place] + answers.scaleOf(question).length
  }
  for (const place of answers.byCell) {
    const { cell, at, denominator, denominatorWeight } = pairs[place]
    const counted = tables.counts[cell]
    const weighed = tables.weights[cell]
    for (let row = starts[place]; row < starts[place + 1]; row++) {
      counts[row] = counted[at + slot[row]]
      shares[row] = counts[row] / denominator
      weightedShares[row] = denominatorWeight > 0 ? weighed[at + slot[row]] / denominatorWeight : Number.NaN
    }
  }
  return [
    ...answers.pairColumns(pairs, ({ question }) => answers.scaleOf(question).length),
    ...columns,
    { name: 'n', type: 'integer', values: counts },
    { name: 'share', type: 'number', values: shares },
    { name: 'weighted_share', type: 'number', values: weightedShares },
  ]
}

/** One row for each question and group: how many answered, why others did not, mean and variance. */
export function summaryColumns(answers: AnswerPairs): TableColumn[] {
  const { pairs, tables } = answers
  const plain = momentColumns(answers, 'counts')
  const weighted = momentColumns(answers, 'weights')
  const perPair = (name: string, value: (pair: Pair) => number): TableColumn => {
    const values = new Float64Array(pairs.length)
    for (const row of answers.byCell) values[row] = value(pairs[row])
    return { name, type: 'number', values }
  }
  return [
    ...answers.pairColumns(pairs, () => 1),
    integers('respondents', pairs.length, (row) => tables.respondents[pairs[row].cell]),
    integers('n', pairs.length, (row) => pairs[row].answered),
    perPair('n_effective', (pair) => answers.effectiveSize(pair)),
    perPair('missing', ({ cell, answered }) => 1 - answered / tables.respondents[cell]),
    ...missingColumns(answers),
    { name: 'mean', type: 'number', values: plain.means },
    { name: 'weighted_mean', type: 'number', values: weighted.means },
    { name: 'variance', type: 'number', values: plain.variances },
    { name: 'weighted_variance', type: 'number', values: weighted.variances },
  ]
}

/** Share of a pair's respondents whose answer is missing, for each reason. */
function missingColumns({ pairs, byCell, tables, answerCodes }: AnswerPairs): TableColumn[] {
  const shares = missingReasons.map(() => new Float64Array(pairs.length))
  for (const row of byCell) {
    const { cell, at } = pairs[row]
    const counts = tables.counts[cell]
    const respondents = tables.respondents[cell]
    const from = at + answerCodes.length
    for (let reason = 0; reason < shares.length; reason++) shares[reason][row] = counts[from + reason] / respondents
  }
  return missingReasons.map((reason, place) => ({
    name: `missing_${reason.replaceAll('-', '_')}`,
    type: 'number',
    values: shares[place],
  }))
}

/** Mean and population variance of every pair, by count or by weight. */
function momentColumns(
  answers: AnswerPairs,
  by: 'counts' | 'weights',
): { means: Float64Array; variances: Float64Array } {
  const means = new Float64Array(answers.pairs.length)
  const variances = new Float64Array(answers.pairs.length)
  for (const place of answers.byCell) {
    const { mean, variance } = answers.moments(answers.pairs[place], by)
    means[place] = mean
    variances[place] = variance
  }
  return { means, variances }
}

/**
 * The fields of the public GlobalOpinionQA set (Durmus et al., 2023): the question, by group the share of each
 * option (weighted), the options, the source.
 */
export function opinionLines(answers: AnswerPairs, definition: LoadedDefinition): string {
  const { pairs, questions, answerCodes, tables } = answers
  const byQuestion = questions.map((): Pair[] => [])
  for (const pair of pairs) byQuestion[pair.question].push(pair)
  return questions
    .map(({ id, value_labels }, question) => {
      const scale = answers.scaleOf(question)
      const variable = definition.variable(id)
      const selections = byQuestion[question].map(({ cell, at, denominatorWeight }): [string, number[]] => {
        const weights = tables.weights[cell]
        return [cellName(answers, cell), scale.map((slot) => weights[at + slot] / denominatorWeight)]
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
