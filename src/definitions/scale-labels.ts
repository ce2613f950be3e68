import type { ValueLabels, Variable } from './schema.js'

/** The labels of the codes on a variable's scale, after its recodes; `labels` are those of the codes in the file. */
export function scaleLabels({ scale, recodes = {} }: Variable, labels: ValueLabels): ValueLabels {
  const found: ValueLabels = {}
  for (let code = scale?.min ?? 0; scale !== undefined && code <= scale.max; code++) {
    const label = labelOnScale(code, labels, recodes)
    if (label !== undefined) found[code] = label
  }
  return found
}

/** Label of a code on the scale: its own in the file, or that of a code which is recoded to it. */
function labelOnScale(
  code: number,
  labels: Record<string, string>,
  recodes: Record<string, number | null>,
): string | undefined {
  const own = recodes[code] === undefined ? labels[code] : undefined
  if (own !== undefined) return own
  const source = Object.entries(recodes).find(([, target]) => target === code)?.[0]
  return source === undefined ? undefined : labels[source]
}
