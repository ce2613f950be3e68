import { missingReasons } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { questionSentence } from '../definitions/wording.js'
import { groupLabel } from '../stages/group.js'
import { type AnswerPairs, pairColumns, weightedAnswerShare } from './answer-pairs.js'
import type { ResultTable, TableColumn } from './columnar-table.js'
import { ShareRows } from './share-rows.js'

/** The tables of all pairs: the shares of the answers, and what is told of each pair. */
export function pairTables(pairs: AnswerPairs): Record<'distributions' | 'summary', ResultTable> {
  const summary = { rows: pairs.length, part: (start: number, end: number) => summaryColumns(pairs, start, end) }
  return { distributions: new ShareRows(pairs), summary }
}

/** One row for each question and group: how many answered, why others did not, mean and variance. */
function summaryColumns(pairs: AnswerPairs, start: number, end: number): TableColumn[] {
  const integers = (name: string, values: Int32Array): TableColumn => {
    return { name, type: 'integer', values: values.subarray(start, end) }
  }
  const numbers = (name: string, values: Float64Array): TableColumn => {
    return { name, type: 'number', values: values.subarray(start, end) }
  }
  return [
    ...pairColumns(pairs, start, end),
    integers('respondents', pairs.respondents),
    integers('n', pairs.answered),
    numbers('n_effective', pairs.effectiveSizes),
    numbers('missing', pairs.missing),
    ...missingReasons.map((reason, place) =>
      numbers(`missing_${reason.replaceAll('-', '_')}`, pairs.missingFor[place]),
    ),
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
