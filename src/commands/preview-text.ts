import { groupedNumber } from '../formats/grouped-number.js'
import type { Preview } from '../pipelines/preview.js'
import { recognitionText } from '../pipelines/small-groups.js'

/** Rows of a list that are shown, at most. */
const shown = 20

/** What a build would hold, for a person. */
export function previewText(preview: Preview, thin: number): string {
  const { input, selection, respondents, examples, splits, cells, emptyCells, privacy } = preview
  const lines = [`Read     ${input.name}: ${groupedNumber(input.respondents)} respondents`]
  if (selection !== undefined) {
    lines.push(`Selected ${groupedNumber(selection.selected)} of ${groupedNumber(selection.candidates)} respondents`)
    for (const { condition, respondents: left } of selection.conditions) {
      lines.push(`         ${groupedNumber(left)} left by ${condition}`)
    }
    if (selection.sampledOut > 0) lines.push(`         ${groupedNumber(selection.sampledOut)} outside of the sample`)
  }
  lines.push(`Holds    ${groupedNumber(respondents)} respondents, ${groupedNumber(examples)} examples`)
  for (const [split, own] of Object.entries(splits)) {
    if (own.respondents > 0) {
      lines.push(
        `         ${split.padEnd(5)} ${groupedNumber(own.respondents)} respondents, ${groupedNumber(own.examples)} examples`,
      )
    }
  }
  lines.push(...cellLines(preview, thin))
  if (cells.length > 0)
    lines.push(`         ${cells.length} cells, ${preview.thinCells} with fewer than ${thin} respondents`)
  if (emptyCells.length > 0) {
    const names = emptyCells.slice(0, 5).map((cell) => Object.values(cell).join(' / '))
    lines.push(`Empty    ${emptyCells.length} cells: ${names.join('; ')}${emptyCells.length > 5 ? '; ...' : ''}`)
  }
  lines.push(...missingLines(preview))
  for (const { derived, code, respondents: had } of preview.ungrouped.slice(0, 5)) {
    lines.push(`Note     ${derived} has no group for code ${code}, which ${groupedNumber(had)} respondents have`)
  }
  lines.push(`Privacy  ${recognitionText(privacy)}`)
  return `${lines.join('\n')}\n`
}

function cellLines({ cells }: Preview, thin: number): string[] {
  if (cells.length === 0) return []
  const variables = Object.keys(cells[0].groups)
  const rows = cells.slice(0, shown).map(({ groups, respondents, examples, splits }) => [
    ...variables.map((name) => groups[name] ?? '(missing)'),
    groupedNumber(respondents),
    groupedNumber(examples),
    Object.values(splits)
      .map((split) => groupedNumber(split.respondents))
      .join(' / '),
    respondents < thin ? 'thin' : '',
  ])
  const table = [[...variables, 'respondents', 'examples', 'train / valid / test', ''], ...rows]
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  const text = table.map((row) =>
    row
      .map((cell, column) => (column < variables.length ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  )
  const more = cells.length > shown ? [`         and ${cells.length - shown} more; --json lists them`] : []
  return [...text.map((line, index) => `${index === 0 ? 'Cells    ' : '         '}${line}`), ...more]
}

/** The questions with the largest share missing. */
function missingLines({ questions }: Preview): string[] {
  const share = ({ answers, missing }: { answers: number; missing: number }) => missing / Math.max(1, answers + missing)
  const all = questions.reduce(
    (sum, { answers, missing }) => ({ answers: sum.answers + answers, missing: sum.missing + missing }),
    { answers: 0, missing: 0 },
  )
  const worst = [...questions].sort((left, right) => share(right) - share(left)).slice(0, 5)
  const names = worst.map((question) => `${question.id} ${percent(share(question))}`)
  return [`Missing  ${percent(share(all))} of the answers; most in ${names.join(', ')}`]
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
