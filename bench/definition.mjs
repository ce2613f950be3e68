// What the peers need to know about a wave, as one plain JSON file, so that none of them spends its time on working it out.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * @typedef {object} BenchDemographic
 * @property {string} id column in the survey file
 * @property {string} name friendly column name
 * @property {'category' | 'ordinal' | 'quantity' | 'text'} measure
 * @property {Record<string, string>} labels code -> label as the default recipe writes it; no missing codes
 * @property {Record<string, string>} codebookLabels code -> label as the codebook has it, missing codes included
 *
 * @typedef {object} BenchQuestion
 * @property {string} id column in the survey file
 * @property {number} min lowest answer after recodes
 * @property {number} max highest answer after recodes
 * @property {Record<string, number | null>} recodes code -> code, or null where it counts as missing
 *
 * @typedef {object} BenchDefinition
 * @property {string} id the column of the respondent's id
 * @property {string} weight the column of the weight
 * @property {string[]} repeatedIds ids that the reference recipe leaves out
 * @property {BenchDemographic[]} demographics in the order of the recipe's columns
 * @property {BenchQuestion[]} questions in the order of the recipe's columns
 */

/**
 * Reads a wave definition (`wave.json` and the label files beside it) and keeps what the benchmarks use.
 *
 * @param {string} path path of `wave.json`
 * @returns {BenchDefinition}
 */
export function readDefinition(path) {
  const wave = readJson(path)
  const variables = wave.variables.map((variable) => ({ ...variable, labels: readLabels(variable.labels, path) }))
  return {
    id: wave.roles.id,
    weight: wave.roles.weight,
    repeatedIds: wave.repeatedIds.map(({ id }) => id),
    demographics: variables
      .filter(({ kind }) => kind === 'demographic')
      .map(({ id, name, measure, labels, mendedLabels }) => ({
        id,
        name: name ?? id,
        measure,
        labels: withoutMissing({ ...labels, ...mendedLabels }),
        codebookLabels: labels,
      })),
    questions: variables
      .filter(({ kind }) => kind === 'value')
      .map(({ id, scale, recodes }) => ({ id, min: scale.min, max: scale.max, recodes: recodes ?? {} })),
  }
}

/** @param {Record<string, string>} labels */
function withoutMissing(labels) {
  return Object.fromEntries(Object.entries(labels).filter(([code]) => !code.startsWith('-')))
}

/**
 * @param {Record<string, string> | string | undefined} labels the labels themselves or the name of their file
 * @param {string} path path of `wave.json`
 * @returns {Record<string, string>}
 */
function readLabels(labels, path) {
  return typeof labels === 'string' ? readJson(join(dirname(path), labels)) : (labels ?? {})
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
