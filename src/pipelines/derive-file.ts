import { readFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import type { DerivedVariable } from '../definitions/derived-variable.js'
import { SurveyError } from '../formats/survey-error.js'
import { reasonOf } from './survey-file.js'

const bin = z.strictObject({ label: z.string().min(1), from: z.number().optional(), to: z.number().optional() })

export const derivedVariableSchema: z.ZodType<DerivedVariable> = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'expected a name in lower case, with digits and underscores'),
  label: z.string().min(1),
  source: z.string().optional(),
  from: z.string().min(1).optional(),
  groups: z.record(z.string().min(1), z.array(z.union([z.number().int(), z.string()])).min(1)).optional(),
  bins: z.array(bin).min(1).optional(),
  constant: z.literal('wave').optional(),
})

/**
 * Reads a file of derived variables: a mapping table (CSV: a column named after a variable, with its codes or labels,
 * and for each further column a derived variable with its groups), or JSON with one derived variable or a list of
 * them, in groups or bins. Throws a SurveyError where it can not be read, says something twice, or has bins that overlap.
 */
export async function readDeriveFile(path: string): Promise<DerivedVariable[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new SurveyError(`the derive file can not be read (${reasonOf(cause)})`, {
      kind: 'usage',
      place: { file: path },
      cause,
    })
  })
  const variables = extname(path).toLowerCase() === '.json' ? parseJson(text, path) : parseTable(text, path)
  for (const variable of variables) checkBins(variable, path)
  return variables
}

function parseJson(text: string, path: string): DerivedVariable[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw fault(`not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, path)
  }
  const result = z.array(derivedVariableSchema).safeParse(Array.isArray(json) ? json : [json])
  if (!result.success) {
    const [issue] = result.error.issues
    throw fault(`${issue.path.join('.')}: ${issue.message}`, path)
  }
  for (const { name, from, groups, bins } of result.data) {
    if (from === undefined || (groups === undefined) === (bins === undefined)) {
      throw fault(`${name}: expected "from", the variable that it follows from, and "groups" or "bins"`, path)
    }
  }
  return result.data
}

function parseTable(text: string, path: string): DerivedVariable[] {
  let rows: string[][]
  try {
    rows = parse(text, { bom: true, skip_empty_lines: true, trim: true })
  } catch (cause) {
    throw fault(`not CSV: ${cause instanceof Error ? cause.message : String(cause)}`, path)
  }
  const [header, ...body] = rows
  if (header === undefined || header.length < 2 || body.length === 0) {
    throw fault('expected a header such as country,bloc and a row for each code or label', path)
  }
  const [from, ...names] = header
  const seen = new Map<string, number>()
  for (const [index, [member]] of body.entries()) {
    const earlier = seen.get(member)
    if (earlier !== undefined) throw fault(`"${member}" stands twice, first in line ${earlier}`, path, index + 2)
    seen.set(member, index + 2)
  }
  return names.map((name, column) => {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) {
      throw fault(`"${name}" is no column name; expected lower case, digits and underscores`, path, 1)
    }
    const groups = new Map<string, string[]>()
    for (const row of body) {
      const group = row[column + 1]
      if (group !== '') groups.set(group, [...(groups.get(group) ?? []), row[0]])
    }
    return { name, label: name, from, groups: Object.fromEntries(groups) }
  })
}

function checkBins({ name, bins = [] }: DerivedVariable, path: string): void {
  const sorted = bins
    .map(({ label, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }) => ({ label, from, to }))
    .sort((left, right) => left.from - right.from)
  for (const [index, { label, from, to }] of sorted.entries()) {
    if (from > to) throw fault(`${name}: "${label}" goes from ${from} to ${to}`, path)
    const earlier = sorted[index - 1]
    if (earlier !== undefined && earlier.to >= from) {
      throw fault(`${name}: "${earlier.label}" and "${label}" overlap`, path)
    }
  }
}

function fault(message: string, file: string, line?: number): SurveyError {
  return new SurveyError(message, { kind: 'usage', place: { file, ...(line === undefined ? {} : { line }) } })
}
