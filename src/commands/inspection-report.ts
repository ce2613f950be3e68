import { groupedNumber } from '../formats/grouped-number.js'
import { printable } from '../formats/printable.js'
import type { Inspection } from '../pipelines/inspect.js'

/** Entries of a list that are shown. */
const shown = 8

/** What an inspection found, for a person, and the command to run next. */
export function inspectionReport(inspection: Inspection, file: string, flags: string[]): string {
  const { columns, countries, years, repeatedIds, unlabelledCodes, missing } = inspection
  const lines = [
    `File         ${file}: ${formOf(inspection)}`,
    `Release      ${inspection.release || '(none given)'}`,
    `Wave         ${inspection.wave ?? '(not known)'}${inspection.inverted ? ', Inverted: its scales are turned round' : ''}`,
    `Respondents  ${groupedNumber(inspection.respondents)}`,
  ]
  if (countries.length > 0) {
    const named = countries.map(({ code, label, respondents }) => `${label || code} (${groupedNumber(respondents)})`)
    lines.push(`Countries    ${countries.length}: ${list(named)}`)
  }
  if (years.length > 0) {
    lines.push(`Years        ${list(years.map(({ year, respondents }) => `${year} (${groupedNumber(respondents)})`))}`)
  }
  lines.push(
    `Columns      ${columns.known} known, ${columns.unknown.length} unknown${listed(columns.unknown)}, ${columns.missing.length} questions and demographics missing${listed(columns.missing)}`,
  )
  const shared = repeatedIds.map(({ id, respondents }) => `${id || '(empty)'} (${groupedNumber(respondents)})`)
  if (shared.length > 0) lines.push(`Repeated ids ${list(shared)}`)
  const codes = unlabelledCodes.map(
    ({ variable, code, respondents }) => `${variable} ${code} (${groupedNumber(respondents)})`,
  )
  if (codes.length > 0) lines.push(`No label     ${codes.length} codes: ${list(codes)}`)
  const shares = Object.entries(missing).map(([reason, share]) => `${reason} ${(share * 100).toFixed(2)} %`)
  if (inspection.wave !== null) lines.push(`No answer    ${shares.join(', ') || 'none'}`)
  lines.push(`Next         ${nextStep(inspection, file, flags)}`)
  return lines.map((line) => `${printable(line)}\n`).join('')
}

function formOf({ form, wrappings = [], encoding, delimiter }: Inspection): string {
  const packed = wrappings.map((wrapping) => (wrapping.kind === 'zip' ? `zip (${wrapping.member})` : 'gzip'))
  const separated = delimiter === null ? '' : `, ${delimiterNames.get(delimiter) ?? delimiter}`
  return `${[...packed, form].join(' > ')}${separated}, ${encoding}`
}

const delimiterNames = new Map([
  [',', 'comma'],
  [';', 'semicolon'],
  ['\t', 'tab'],
])

function nextStep({ inverted, refusal, wave, columns }: Inspection, file: string, flags: string[]): string {
  if (inverted) return 'download the plain release: the file without "Inverted" in its name'
  if (refusal !== undefined) return `none, for a build refuses it: ${refusal}`
  if (wave === null || columns.known === 0)
    return 'wvs build FILE --definition DEFINITION, with the definition of its wave; `wvs waves` lists those there are'
  return ['wvs build', ...[file, ...flags, '--out', 'dataset'].map(quoted)].join(' ')
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /^[\w./:=@%+,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}

function listed(names: string[]): string {
  return names.length === 0 ? '' : ` (${list(names)})`
}

function list(entries: string[]): string {
  return entries.length <= shown
    ? entries.join(', ')
    : `${entries.slice(0, shown).join(', ')} and ${entries.length - shown} more`
}
