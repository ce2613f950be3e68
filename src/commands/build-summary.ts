import { waveName } from '../definitions/wave-order.js'
import { groupedNumber } from '../formats/grouped-number.js'
import type { InputReport } from '../pipelines/manifest.js'
import { type AnyManifest, isOfSeveral, type WavesManifest } from '../pipelines/waves-manifest.js'

/** What a build read, wrote and left out, for a person. */
export function buildSummary(manifest: AnyManifest, out: string, seconds: number): string {
  const { counts, files } = manifest
  const lines = isOfSeveral(manifest)
    ? [
        ...manifest.inputs.map((input, place) => inputLine(input, input.counts.respondents, place === 0, true)),
        ...harmonisedLines(manifest),
      ]
    : [inputLine(manifest.input, counts.respondents, true, false)]
  const tables = [...new Set(files.map(({ table }) => table))].filter((table) => table !== undefined)
  for (const table of tables) {
    const own = files.filter((file) => file.table === table)
    const rows = own.reduce((sum, file) => sum + (file.rows ?? 0), 0)
    const size = own.reduce((sum, file) => sum + file.bytes, 0)
    lines.push(
      `Wrote    ${table}: ${groupedNumber(rows)} rows in ${own.length} ${own.length === 1 ? 'file' : 'files'}, ${bytes(size)}`,
    )
  }
  const splits = Object.entries(counts.splits)
    .filter(([, { respondents }]) => respondents > 0)
    .map(([split, { respondents, examples }]) =>
      manifest.recipe.tables.includes('examples')
        ? `${split} ${groupedNumber(respondents)} (${groupedNumber(examples)} examples)`
        : `${split} ${groupedNumber(respondents)}`,
    )
  lines.push(`Splits   respondents: ${splits.join(', ')}`)
  if (counts.selection !== undefined) {
    const { candidates, conditions, sampledOut, selected } = counts.selection
    lines.push(`Selected ${groupedNumber(selected)} of ${groupedNumber(candidates)} respondents`)
    for (const { condition, respondents } of conditions)
      lines.push(`         ${groupedNumber(respondents)} left by ${condition}`)
    if (sampledOut > 0) lines.push(`         ${groupedNumber(sampledOut)} outside of the sample`)
  }
  if (counts.draw !== undefined) {
    const { cells, thinCells, undrawable } = counts.draw
    if (cells > 1)
      lines.push(
        `         drawn from ${groupedNumber(cells)} cells, ${groupedNumber(thinCells.length)} of them with fewer than asked for`,
      )
    if (undrawable > 0)
      lines.push(`         ${groupedNumber(undrawable)} could not be drawn: no cell, or no weight above 0`)
  }
  for (const { derived, code, respondents } of counts.ungrouped.slice(0, 5)) {
    lines.push(
      `Note     ${derived} has no group for code ${code}, which ${groupedNumber(respondents)} respondents have`,
    )
  }
  if (counts.ungrouped.length > 5) {
    lines.push(`Note     ${counts.ungrouped.length - 5} more codes have no group; manifest.json lists them`)
  }
  const missing = new Map<string, number>()
  for (const reasons of Object.values(counts.missing)) {
    for (const [reason, number] of Object.entries(reasons)) missing.set(reason, (missing.get(reason) ?? 0) + number)
  }
  const reasons = [...missing]
    .sort((left, right) => right[1] - left[1])
    .map(([reason, number]) => `${reason} ${groupedNumber(number)}`)
  lines.push(`Left out cells without an answer: ${reasons.join(', ') || 'none'}`)
  if (counts.excluded > 0)
    lines.push(`         ${groupedNumber(counts.excluded)} respondents whose interview id the recipe drops`)
  if (counts.rejectedRows > 0)
    lines.push(`         ${groupedNumber(counts.rejectedRows)} rows rejected, see rejects.jsonl`)
  const shared = counts.repeatedIds.reduce((sum, { respondents }) => sum + respondents, 0) - counts.excluded
  if (shared > 0)
    lines.push(
      `Note     ${groupedNumber(shared)} respondents share an interview id with others; each was given one of its own`,
    )
  const invalid = counts.invalid.reduce((sum, entry) => sum + entry.count, 0)
  if (invalid > 0) {
    const [first] = counts.invalid
    lines.push(
      `Note     ${groupedNumber(invalid)} cells or rows could not be decoded, most of them in ${first.variable || 'whole rows'} ` +
        `(${first.reason}, first ${JSON.stringify(first.firstValue)} in line ${first.firstLine}${first.firstFile === undefined ? '' : ` of ${first.firstFile}`}); manifest.json lists them`,
    )
  }
  const lacks = isOfSeveral(manifest) ? 'no file has' : 'the file lacks'
  if (manifest.absentQuestions.length > 0) {
    lines.push(
      `Note     ${lacks} ${manifest.absentQuestions.length} of the questions: ${list(manifest.absentQuestions)}`,
    )
  }
  if (manifest.absentDemographics.length > 0) {
    lines.push(
      `Note     ${lacks} ${manifest.absentDemographics.length} demographics: ${list(manifest.absentDemographics)}`,
    )
  }
  if (isOfSeveral(manifest)) {
    for (const { name, absentQuestions } of manifest.inputs) {
      if (absentQuestions.length === 0) continue
      lines.push(`Note     ${name} lacks ${absentQuestions.length} of its wave's questions: ${list(absentQuestions)}`)
    }
    for (const note of manifest.notes) lines.push(`Note     ${note}`)
  }
  lines.push(`Done     in ${seconds.toFixed(1)} s: ${out}`)
  return `${lines.join('\n')}\n`
}

function inputLine(input: InputReport, respondents: number, isFirst: boolean, isOneOfSeveral: boolean): string {
  const wave = isOneOfSeveral ? `, ${waveName(input.wave)}` : ''
  return (
    `${isFirst ? 'Read    ' : '        '} ${input.name}: ${groupedNumber(respondents)} respondents${wave}, ${bytes(input.bytes)}, ` +
    `release ${input.release || '(none given)'}`
  )
}

/** How the waves' questions became those of the dataset. */
export function harmonisedLines({ harmonised, questions }: Pick<WavesManifest, 'harmonised' | 'questions'>): string[] {
  const own = harmonised.variables.filter(({ kind }) => kind === 'value')
  const shared = own.filter(({ members }) => new Set(members.map(({ wave }) => wave)).size > 1)
  const turned = shared.filter(({ members }) => members.some(({ scale }) => scale !== undefined))
  const reworded = shared.filter(({ members }) => members.some((member) => member.reworded !== undefined))
  const lines = [
    `Joined   ${groupedNumber(questions.length)} questions, ${groupedNumber(shared.length)} of them asked in several waves (scale turned ${groupedNumber(turned.length)}, ` +
      `labels worded otherwise ${groupedNumber(reworded.length)}), ${groupedNumber(own.length - shared.length)} in one`,
  ]
  for (const { harmonised: id, ids, reasons } of harmonised.apart.slice(0, 5)) {
    lines.push(`Apart    ${id} as ${ids.join(', ')}: ${reasons.join('; ')}`)
  }
  if (harmonised.apart.length > 5) lines.push(`         ${harmonised.apart.length - 5} more; manifest.json lists them`)
  return lines
}

function list(ids: string[]): string {
  return ids.length <= 8 ? ids.join(', ') : `${ids.slice(0, 8).join(', ')} and ${ids.length - 8} more`
}

function bytes(value: number): string {
  if (value < 1e4) return `${value} bytes`
  return value < 1e6 ? `${(value / 1e3).toFixed(0)} kB` : `${(value / 1e6).toFixed(1)} MB`
}
