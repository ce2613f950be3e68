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
  let row = 0
  for (const { question, cell, at, denominator, denominatorWeight } of pairs) {
    const counted = tables.counts[cell]
    const weighed = tables.weights[cell]
    for (const end = row + answers.scaleOf(question).length; row < end; row++) {
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
  const { pairs, answerCodes, tables } = answers
  const plain = pairs.map((pair) => answers.moments(pair, 'counts'))
  const weighted = pairs.map((pair) => answers.moments(pair, 'weights'))
  const perPair = (name: string, value: (pair: Pair) => number) =>
    numbers(name, pairs.length, (row) => value(pairs[row]))
  return [
    ...answers.pairColumns(pairs, () => 1),
    integers('respondents', pairs.length, (row) => tables.respondents[pairs[row].cell]),
    integers('n', pairs.length, (row) => pairs[row].answered),
    perPair('n_effective', (pair) => answers.effectiveSize(pair)),
    perPair('missing', ({ cell, answered }) => 1 - answered / tables.respondents[cell]),
    ...missingReasons.map((reason, place) =>
      perPair(
        `missing_${reason.replaceAll('-', '_')}`,
        ({ cell, at }) => tables.counts[cell][at + answerCodes.length + place] / tables.respondents[cell],
      ),
    ),
    numbers('mean', pairs.length, (row) => plain[row].mean),
    numbers('weighted_mean', pairs.length, (row) => weighted[row].mean),
    numbers('variance', pairs.length, (row) => plain[row].variance),
    numbers('weighted_variance', pairs.length, (row) => weighted[row].variance),
  ]
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
