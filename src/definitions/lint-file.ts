import { readFile } from 'node:fs/promises'
import { findNodeAtLocation, type JSONPath, parseTree } from 'jsonc-parser'
import { SurveyError } from '../formats/survey-error.js'
import { crossFaults, describeIssue } from './definition-check.js'
import { parseJson } from './definition-file.js'
import { lintDefinition } from './lint.js'
import { loadDefinitionFile, resolveBuiltIn } from './loader.js'
import { type WaveDefinition, waveDefinitionSchema } from './schema.js'

/** A finding in a definition's file; `decision`: a person has yet to say. */
export interface FileFinding {
  /** Counted from 1. */
  line: number
  variable: string | undefined
  message: string
  severity: 'error' | 'warning' | 'decision'
}

/**
 * Everything that is wrong, doubtful or undecided in a definition's file, by line. Faults of shape hide what can only be
 * judged when the shape is right. Throws a SurveyError where the file can not be read or is no JSON.
 */
export async function lintFile(path: string): Promise<FileFinding[]> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new SurveyError('the definition can not be read', { kind: 'usage', place: { file: path }, cause })
  })
  const value = parseJson(bytes, path)
  const lines = new JsonLines(bytes.toString('utf8'))
  const checked = waveDefinitionSchema.safeParse(value)
  if (!checked.success) {
    return checked.error.issues.flatMap((issue) =>
      describeIssue(issue, value).map((message) => error(lines.of(issue.path.filter(isStep)), undefined, message)),
    )
  }
  const findings = [...decisions(checked.data, lines), ...(await judge(checked.data, path, lines))]
  return findings.sort((left, right) => left.line - right.line)
}

async function judge(definition: WaveDefinition, path: string, lines: JsonLines): Promise<FileFinding[]> {
  try {
    const faults = [...crossFaults(resolveBuiltIn(definition, path))]
    if (faults.length > 0) return faults.map((fault) => error(lines.of(placeOf(fault)), undefined, fault))
    const indexOf = new Map(definition.variables.map(({ id }, index) => [id, index]))
    return lintDefinition(await loadDefinitionFile(path)).map((finding) => ({
      ...finding,
      line: lines.of(finding.variable === undefined ? [] : ['variables', indexOf.get(finding.variable) ?? 0]),
    }))
  } catch (cause) {
    if (!(cause instanceof SurveyError)) throw cause
    return [error(1, undefined, cause.message)]
  }
}

function decisions(definition: WaveDefinition, lines: JsonLines): FileFinding[] {
  const severity: FileFinding['severity'] = 'decision'
  const own = (definition.decide ?? []).map((message, at) => ({
    line: lines.of(['decide', at]),
    variable: undefined,
    message,
    severity,
  }))
  const ofVariables = definition.variables.flatMap(({ id, decide = [] }, index) =>
    decide.map(
      (message, at): FileFinding => ({
        line: lines.of(['variables', index, 'decide', at]),
        variable: id,
        message,
        severity,
      }),
    ),
  )
  return [...own, ...ofVariables]
}

function error(line: number, variable: string | undefined, message: string): FileFinding {
  return { line, variable, message, severity: 'error' }
}

/** `variables[3] (Q4).scale: ...` and `roles.id: ...` as paths, as far as they lead. */
function placeOf(fault: string): JSONPath {
  const [, index] = /^variables\[(\d+)\]/.exec(fault) ?? []
  if (index !== undefined) return ['variables', Number(index)]
  const [, key] = /^(\w+)/.exec(fault) ?? []
  return key === undefined ? [] : [key]
}

function isStep(step: PropertyKey): step is string | number {
  return typeof step !== 'symbol'
}

/** On which line of a JSON text a value stands. */
class JsonLines {
  private readonly root

  constructor(private readonly text: string) {
    this.root = parseTree(text)
  }

  /** The line of the value at a path, or of the last one on the way there that exists. */
  of(path: JSONPath): number {
    for (let depth = path.length; depth > 0; depth--) {
      const node = this.root === undefined ? undefined : findNodeAtLocation(this.root, path.slice(0, depth))
      if (node !== undefined) return this.text.slice(0, node.offset).split('\n').length
    }
    return 1
  }
}
