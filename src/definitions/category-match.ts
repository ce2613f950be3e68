import { isAbridged, labelKey } from './label-match.js'

/** A code of one wave -> the code of the same category among all waves. */
export type CategoryCodes = ReadonlyMap<number, number>

/** Where the codes start of categories whose own code means something else in another wave. */
const firstNewCode = 1_000_000

/**
 * Finds the categories of one wave among those that are known from others, and adds those that are new to `known` (code ->
 * label). A category is the same where its label has the same words; also where its code is the same and one label
 * is but shorter than the other, or, with `byCode`, where the code is the same at all (countries by ISO 3166-1) and no
 * label says that the waves number them otherwise. Undefined where waves have no category in common: then they sort
 * people by something else.
 */
export function matchCategories(
  own: ReadonlyMap<number, string>,
  known: Map<number, string>,
  byCode: boolean,
): CategoryCodes | undefined {
  const codes = exactCategories(own, known)
  const isByCode = byCode && keepsCodes(codes)
  const taken = new Set(codes.values())
  for (const [code, label] of own) {
    const asked = known.get(code)
    if (codes.has(code) || asked === undefined || taken.has(code)) continue
    if (!isByCode && !isAbridged(label, asked)) continue
    codes.set(code, code)
    taken.add(code)
  }
  if (codes.size === 0 && known.size > 0) return undefined
  const isFree = keepsCodes(codes)
  for (const [code, label] of own) {
    if (codes.has(code)) continue
    const free = isFree && !known.has(code) ? code : freeCode(known, code)
    codes.set(code, free)
    known.set(free, label)
  }
  return codes
}

/** Whether all codes of a wave are those of its categories among all waves. */
export function keepsCodes(codes: CategoryCodes): boolean {
  for (const [code, target] of codes) if (code !== target) return false
  return true
}

function exactCategories(own: ReadonlyMap<number, string>, known: ReadonlyMap<number, string>): Map<number, number> {
  const places = new Map<string, number>()
  for (const [code, label] of known) if (!places.has(labelKey(label))) places.set(labelKey(label), code)
  const codes = new Map<number, number>()
  for (const [code, label] of own) {
    const here = known.get(code)
    const place = here !== undefined && labelKey(here) === labelKey(label) ? code : places.get(labelKey(label))
    if (place !== undefined) codes.set(code, place)
  }
  return codes
}

function freeCode(known: ReadonlyMap<number, string>, code: number): number {
  let free = firstNewCode + code
  while (known.has(free)) free += firstNewCode
  return free
}
