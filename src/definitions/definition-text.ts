import type { Variable, WaveDefinition } from './schema.js'

/** A definition as the JSON that people read and edit: a few lines a variable, each decision on a line of its own. */
export function definitionText({ variables, missing, ...head }: WaveDefinition): string {
  const fields = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`)
  const codes = missing.map((code) => `    ${JSON.stringify(code)}`).join(',\n')
  return `{\n${fields.join('\n')}\n  "missing": [\n${codes}\n  ],\n  "variables": [\n${variables.map(variableText).join(',\n')}\n  ]\n}\n`
}

function variableText(variable: Variable): string {
  const { scale, stem, labels, mendedLabels, decide, recodes, harmonised, ...head } = variable
  const entry = (key: string, value: unknown) =>
    value === undefined ? [] : [`${JSON.stringify(key)}:${JSON.stringify(value)}`]
  const lines = [
    JSON.stringify(head).slice(1, -1),
    ...entry('scale', scale),
    ...entry('stem', stem),
    ...entry('labels', labels),
    ...entry('mendedLabels', mendedLabels),
    [...entry('recodes', recodes), ...entry('harmonised', harmonised)].join(','),
    ...(decide === undefined
      ? []
      : [`"decide":[\n       ${decide.map((text) => JSON.stringify(text)).join(',\n       ')}]`]),
  ]
  return `    {${lines.filter((line) => line !== '').join(',\n     ')}}`
}
