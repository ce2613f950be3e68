import { isAbridged, labelKey } from './label-match.js'
import type { ValueLabels, Variable } from './schema.js'

/** A scale as it stands after its recodes: from the least code to the greatest, with the labels of its codes. */
export interface LabelledScale {
  min: number
  max: number
  labels: ReadonlyMap<number, string>
}

/** A code whose label says the same in other words. */
export interface RewordedCode {
  code: number
  label: string
  /** The label of the scale that it was compared with. */
  asked: string
}

/** How the codes of one scale become those of another. */
export type ScaleMatch =
  | {
      kind: 'merged'
      how: 'same' | 'reversed' | 'reordered'
      /** Code on the one scale -> code on the other; every code of both. */
      codes: ReadonlyMap<number, number>
      reworded: RewordedCode[]
    }
  | { kind: 'apart'; reason: string }

/** A variable's scale with the labels of its codes; an end without a label has the one that the scale names. */
export function labelledScale({ scale }: Variable, labels: ValueLabels): LabelledScale {
  const { min, max, minLabel, maxLabel } = scale ?? { min: 0, max: -1, minLabel: '', maxLabel: '' }
  const found = new Map(Object.entries(labels).map(([code, label]) => [Number(code), label]))
  if (scale !== undefined && !found.has(min)) found.set(min, minLabel)
  if (scale !== undefined && !found.has(max)) found.set(max, maxLabel)
  return { min, max, labels: found }
}

/**
 * Tells how the answers on one scale are those on another, by their labels. Where each code of both has a label and each
 * label its like, they say it; else the range must be the same, and the labels that there are must fit the scale as it
 * is or turned round: none of them may be that of another code, and at most one may be worded so that nothing but
 * its place tells what it means. Two scales that may mean something else are left apart.
 */
export function matchScales(scale: LabelledScale, other: LabelledScale): ScaleMatch {
  const byLabel = codesByLabel(scale, other)
  if (byLabel !== undefined) {
    const turned = mirror(scale, other)
    const how = isSame(byLabel, identity(scale)) ? 'same' : isSame(byLabel, turned) ? 'reversed' : 'reordered'
    return { kind: 'merged', how, codes: byLabel, reworded: [] }
  }
  if (scale.min !== other.min || scale.max !== other.max) {
    return { kind: 'apart', reason: `the scale goes from ${rangeOf(scale)}, not from ${rangeOf(other)}` }
  }
  const same = fit(scale, other, identity(scale))
  if ('reworded' in same) return { kind: 'merged', how: 'same', codes: identity(scale), ...same }
  const reversed = fit(scale, other, mirror(scale, other))
  if ('reworded' in reversed) return { kind: 'merged', how: 'reversed', codes: mirror(scale, other), ...reversed }
  return { kind: 'apart', reason: same.reason }
}

function rangeOf({ min, max }: LabelledScale): string {
  return `${min} to ${max}`
}

function identity({ min, max }: LabelledScale): Map<number, number> {
  return new Map(Array.from({ length: max - min + 1 }, (_, place) => [min + place, min + place]))
}

function mirror({ min, max }: LabelledScale, other: LabelledScale): Map<number, number> {
  return new Map(Array.from({ length: max - min + 1 }, (_, place) => [min + place, other.max - place]))
}

function isSame(left: ReadonlyMap<number, number>, right: ReadonlyMap<number, number>): boolean {
  return left.size === right.size && [...left].every(([code, target]) => right.get(code) === target)
}

/** Code -> code of the same label, where all codes of both scales have one and the labels are the same ones. */
function codesByLabel(scale: LabelledScale, other: LabelledScale): Map<number, number> | undefined {
  const codes = new Map([...other.labels].map(([code, label]) => [labelKey(label), code]))
  const size = other.max - other.min + 1
  if (scale.labels.size !== size || codes.size !== size || scale.max - scale.min + 1 !== size) return undefined
  const found = new Map<number, number>()
  for (const [code, label] of [...scale.labels].sort(([left], [right]) => left - right)) {
    const target = codes.get(labelKey(label))
    if (target === undefined) return undefined
    found.set(code, target)
  }
  return new Set(found.values()).size === size ? found : undefined
}

/** Whether the labels of two scales agree where `codes` puts them; what is worded otherwise, or why they do not. */
function fit(
  scale: LabelledScale,
  other: LabelledScale,
  codes: ReadonlyMap<number, number>,
): { reworded: RewordedCode[] } | { reason: string } {
  const places = new Map([...other.labels].map(([code, label]) => [labelKey(label), code]))
  const reworded: RewordedCode[] = []
  const unlike: RewordedCode[] = []
  let exact = 0
  for (const [code, label] of [...scale.labels].sort(([left], [right]) => left - right)) {
    const target = codes.get(code) ?? code
    const place = places.get(labelKey(label))
    if (place !== undefined && place !== target) {
      return { reason: `"${label}" is ${code} on the one scale and ${place} on the other` }
    }
    const asked = other.labels.get(target)
    if (asked === undefined) continue
    if (place === target) exact++
    else if (isAbridged(label, asked)) reworded.push({ code: target, label, asked })
    else unlike.push({ code: target, label, asked })
  }
  const isSure = unlike.length === 0 ? exact + reworded.length > 0 : unlike.length === 1 && exact > 0
  if (isSure) return { reworded: [...reworded, ...unlike].sort((left, right) => left.code - right.code) }
  const [first] = unlike
  if (first === undefined) return { reason: 'no code has a label on both scales' }
  return { reason: `${first.code} is "${first.label}" on the one scale and "${first.asked}" on the other` }
}
