/**
 * The names most like a given one, for "did you mean": nearest first, none that differs in more than a third of its letters.
 */
export function nearestNames(name: string, names: Iterable<string>, count = 3): string[] {
  const wanted = name.toLowerCase()
  const scored: { name: string; distance: number }[] = []
  for (const candidate of names) {
    const lower = candidate.toLowerCase()
    const limit = Math.max(2, Math.ceil(Math.max(wanted.length, lower.length) / 3))
    if (Math.abs(wanted.length - lower.length) > limit) continue
    const distance = editDistance(wanted, lower)
    if (distance <= limit) scored.push({ name: candidate, distance })
  }
  scored.sort((left, right) => left.distance - right.distance || (left.name < right.name ? -1 : 1))
  return scored.slice(0, count).map(({ name }) => name)
}

/** `; did you mean "Q57" or "Q58"?`, or nothing where no name is near. */
export function didYouMean(name: string, names: Iterable<string>): string {
  const nearest = nearestNames(name, names)
  return nearest.length === 0 ? '' : `; did you mean ${nearest.map((near) => `"${near}"`).join(' or ')}?`
}

/** Levenshtein distance. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1] ? 0 : 1
      current.push(Math.min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + same))
    }
    previous = current
  }
  return previous[right.length]
}
