import type { MissingCode, MissingKind, ValueLabels, Variable, WaveDefinition } from './schema.js'

/**
 * Whether the wave's missing codes mean missing in this variable. They do wherever a cell is a code, and in the
 * quantities that people were asked for. Other numbers are rightly negative (longitude, latitude, indices) unless
 * the variable's own labels say otherwise, and text has no codes.
 */
function holdsMissingCode(variable: Variable, code: string): boolean {
  if (variable.measure === 'text') return false
  if (variable.measure !== 'quantity') return true
  if (variable.kind === 'demographic' || variable.kind === 'value') return true
  return typeof variable.labels === 'object' && Object.hasOwn(variable.labels, code)
}

/**
 * The entry of the definition's table of missing codes that a code in this variable's cells falls under, or
 * undefined where the code is an answer. A code that the variable's recodes set to null is an answer left out,
 * not a missing code: ask `variable.recodes` for that.
 */
export function missingCode(definition: WaveDefinition, variable: Variable, code: number): MissingCode | undefined {
  if (!(code < 0)) return undefined
  const entry = definition.missing.find((missing) => missing.code === code)
  return entry !== undefined && holdsMissingCode(variable, String(code)) ? entry : undefined
}

/** The kind of missing that a code stands for in this variable, or undefined where the code is an answer. */
export function missingKind(definition: WaveDefinition, variable: Variable, code: number): MissingKind | undefined {
  return missingCode(definition, variable, code)?.kind
}

/** One wording per missing code, for all codes of the wave that can stand in this variable. */
export function missingLabels(definition: WaveDefinition, variable: Variable): ValueLabels {
  const labels: ValueLabels = {}
  for (const { code, label } of definition.missing) {
    if (holdsMissingCode(variable, String(code))) labels[String(code)] = label
  }
  return labels
}
