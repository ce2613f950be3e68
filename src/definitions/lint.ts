import type { LoadedDefinition } from './loaded-definition.js'
import type { Scale, ValueLabels, Variable } from './schema.js'

/** Something in a definition that is wrong, or that a person should look at. */
export interface Finding {
  /** Id of the variable; undefined where the whole definition is meant. */
  variable: string | undefined
  message: string
  /** `error`: data built with it would be wrong or ambiguous; `warning`: it would be poorer than it could be. */
  severity: 'error' | 'warning'
}

type Report = (variable: string | undefined, message: string, severity?: Finding['severity']) => void

/**
 * Compares what a definition says in one place with what it says in another: scale ends with value labels and codes,
 * recodes with scales, roles with kinds, wording with scales; and looks for the traces that codebooks leave in labels.
 * Reads every label file. Findings come in the order of the variables.
 */
export function lintDefinition(loaded: LoadedDefinition): Finding[] {
  const findings: Finding[] = []
  const report: Report = (variable, message, severity = 'error') => findings.push({ variable, message, severity })
  const { definition } = loaded
  lintRoles(loaded, report)
  lintUnique(definition.variables, 'id', report)
  lintUnique(definition.variables, 'name', report)
  lintUnique(definition.variables, 'harmonised', report)
  const missingCodes = new Set(definition.missing.map(({ code }) => code))
  for (const variable of definition.variables) {
    const labels = loaded.labelsOf(variable, { mended: true })
    lintLabels(variable, labels, report)
    lintCompleteness(variable, labels, report)
    if (variable.scale !== undefined) {
      lintRecodes(variable, variable.scale, labels, report)
      lintScale(variable, variable.scale, labels, missingCodes, report)
    }
    if (variable.stem !== undefined) lintStem(variable.id, variable.stem, report)
  }
  return findings
}

function lintRoles(loaded: LoadedDefinition, report: Report): void {
  const { roles } = loaded.definition
  const kinds: Partial<Record<keyof typeof roles, Variable['kind']>> = {
    id: 'id',
    country: 'demographic',
    year: 'demographic',
    weight: 'weight',
  }
  for (const [role, id] of Object.entries(roles)) {
    if (id === undefined) continue
    const variable = loaded.variable(id)
    if (variable === undefined) report(undefined, `role ${role} names ${id}, which is no variable`)
    else {
      const expected = Object.entries(kinds).find(([name]) => name === role)?.[1]
      if (expected !== undefined && variable.kind !== expected) {
        report(id, `plays the part of the ${role} but is of kind ${variable.kind}, not ${expected}`)
      }
    }
  }
}

function lintUnique(variables: Variable[], key: 'id' | 'name' | 'harmonised', report: Report): void {
  const first = new Map<string, string>()
  for (const variable of variables) {
    const value = variable[key]
    if (value === undefined) continue
    const taken = first.get(value)
    if (taken === undefined) first.set(value, variable.id)
    else report(variable.id, `${key} ${value} is also that of ${taken}`)
  }
}

/** What each kind of variable must have. */
function lintCompleteness(variable: Variable, labels: ValueLabels, report: Report): void {
  const { id, kind, measure } = variable
  if (kind === 'value') {
    if (measure !== 'ordinal') report(id, `is a value question but of measure ${measure}, not ordinal`)
    if (variable.stem === undefined) report(id, 'is a value question without a stem')
    if (variable.category === undefined) report(id, 'is a value question without a category')
  }
  if (kind === 'demographic') {
    if (variable.name === undefined) report(id, 'is a demographic without a friendly name')
    if (variable.stem === undefined) report(id, 'is a demographic without a stem', 'warning')
    if (measure === 'category' && Object.keys(labels).every((code) => code.startsWith('-'))) {
      report(id, 'is a category of which no code has a label', 'warning')
    }
  }
  if (kind === 'weight' && measure !== 'quantity') report(id, `is a weight but of measure ${measure}, not quantity`)
  const asked = kind === 'value' || kind === 'demographic'
  if (asked && measure === 'ordinal' && variable.scale === undefined) report(id, 'is ordinal but has no scale')
  if (measure !== 'ordinal' && variable.scale !== undefined) report(id, `has a scale but is of measure ${measure}`)
}

function lintRecodes({ id, recodes = {} }: Variable, scale: Scale, labels: ValueLabels, report: Report): void {
  for (const [code, target] of Object.entries(recodes)) {
    if (target !== null && !onScale(target, scale)) {
      report(id, `code ${code} becomes ${target}, which is not on the scale from ${scale.min} to ${scale.max}`)
    }
    if (labels[code] === undefined) report(id, `a recode names code ${code}, which has no label`, 'warning')
  }
}

/** Follows every labelled code to its place on the scale: each place needs one, and the ends need the right one. */
function lintScale(
  { id, recodes = {} }: Variable,
  scale: Scale,
  labels: ValueLabels,
  missingCodes: Set<number>,
  report: Report,
): void {
  const { min, max, minLabel, maxLabel } = scale
  if (min >= max) {
    report(id, `the scale's min ${min} is not below its max ${max}`)
    return
  }
  if (minLabel === maxLabel) report(id, `both ends of the scale read "${minLabel}"`)
  const labelsAt = new Map<number, string[]>()
  for (const [code, label] of Object.entries(labels)) {
    const place = Object.hasOwn(recodes, code) ? recodes[code] : Number(code)
    if (place === null || place === undefined || missingCodes.has(place)) continue
    if (!onScale(place, scale)) {
      if (!Object.hasOwn(recodes, code)) {
        report(id, `code ${code} (${label}) is neither on the scale from ${min} to ${max} nor recoded`)
      }
      continue
    }
    labelsAt.set(place, [...(labelsAt.get(place) ?? []), label])
  }
  for (let place = min; place <= max; place++) {
    if (!labelsAt.has(place)) report(id, `no labelled code comes to stand at ${place} on the scale`)
  }
  for (const [end, place, label] of [
    ['min', min, minLabel],
    ['max', max, maxLabel],
  ] as const) {
    const there = labelsAt.get(place)
    if (there !== undefined && !there.includes(label)) {
      report(id, `the scale's ${end} label is "${label}", but code ${place} reads "${there.join('", "')}"`)
    }
  }
}

function onScale(place: number, { min, max }: Scale): boolean {
  return Number.isInteger(place) && place >= min && place <= max
}

/** Traces of a codebook's making: what they match should be put right in `mendedLabels`. */
const labelFaults: [RegExp, string][] = [
  [/^\s*$/, 'is empty'],
  [/^\d+\s*\.\s*-|^\d+\s*[.)]\s+/, 'starts with stray numbering'],
  [/ {2}/, 'has a double space'],
  [/^\s|\s$/, 'starts or ends with a space'],
  [/´/, 'has an accent for an apostrophe'],
  [/[\p{Cc}\u{FFFD}]/u, 'has a control character or a broken encoding'],
]

function lintLabels({ id }: Variable, labels: ValueLabels, report: Report): void {
  for (const [code, label] of Object.entries(labels)) {
    for (const [pattern, fault] of labelFaults) {
      if (pattern.test(label)) report(id, `the label of code ${code}, "${label}", ${fault}`, 'warning')
    }
  }
}

/** The sentence adds how to answer: a stem is one question, and speaks neither of codes nor of scales. */
function lintStem(id: string, stem: string, report: Report): void {
  if (!/^[\p{Lu}"'].*\?$/u.test(stem)) report(id, `the stem "${stem}" is not one question`, 'warning')
  if (/ {2}|^\s|\s$/.test(stem)) report(id, `the stem "${stem}" has a stray space`, 'warning')
  if (/\bon (a|the|this) scale\b|\b\d+ (to|or) \d+\b|\b\d+ mean/i.test(stem)) {
    report(id, `the stem "${stem}" speaks of the scale, which the sentence adds`, 'warning')
  }
}
