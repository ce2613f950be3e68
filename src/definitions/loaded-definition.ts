import { createHash } from 'node:crypto'
import { missingLabels } from './missing.js'
import type { ValueLabels, Variable, WaveDefinition } from './schema.js'

/** A wave definition in memory, with its label files within reach. */
export interface LoadedDefinition {
  readonly definition: WaveDefinition
  /** It came with the toolkit, and was not given by a user. */
  readonly builtIn: boolean
  /** SHA-256 in hexadecimal of the definition's bytes and those of its label files; computed when first asked for. */
  readonly hash: string
  /** Other names of variables: what a wave calls a variable of a definition that joins several. */
  readonly aliases?: ReadonlyMap<string, string>
  /** The variable of this id (column name) or alias, if the definition has it. */
  variable(id: string): Variable | undefined
  /**
   * The variable's value labels by code, as the codebook has them, or `mended`: with the definition's
   * `mendedLabels` in front, and each missing code in the one wording of the definition's `missing` table, also
   * where the codebook forgot it. The label file is read when first asked for. The object has no prototype, so that
   * a cell such as `constructor` finds no label in it.
   */
  labelsOf(variable: Variable, options: { mended: boolean }): ValueLabels
  /** The bytes of the reference's own `question_metadata.json`, when the definition came from its files. */
  readonly questionMetadata?: Uint8Array
}

/** What a definition is made of, in bytes: the file itself, and by name the label files that it points to. */
export interface DefinitionSource {
  definition: WaveDefinition
  builtIn?: boolean
  /** The files that make up the definition, in a fixed order; read again or kept, as the loader likes. */
  files(): Iterable<{ name: string; bytes: Uint8Array }>
  /** In place of the hash of the files, where the definition is another one seen otherwise. */
  hash?: () => string
  aliases?: ReadonlyMap<string, string>
  /** Reads one label file; throws a SurveyError where it is absent or not a table of labels. */
  readLabelFile(name: string): ValueLabels
  questionMetadata?: Uint8Array
}

/** Puts look-ups, lazily read labels and the lazily computed hash around a definition. */
export function createLoadedDefinition(source: DefinitionSource): LoadedDefinition {
  const { definition, aliases } = source
  const variables = new Map(definition.variables.map((variable) => [variable.id, variable]))
  const files = new Map<string, ValueLabels>()
  const plain = new Map<string, ValueLabels>()
  const mended = new Map<string, ValueLabels>()
  let hash: string | undefined

  function ownLabels({ labels }: Variable): ValueLabels {
    const file = labelFile(labels)
    if (file === undefined) return typeof labels === 'object' ? labels : {}
    let table = files.get(file)
    if (table === undefined) {
      // In place: a copy of thousands of labels costs more than reading them.
      table = source.readLabelFile(file)
      Object.setPrototypeOf(table, null)
      files.set(file, table)
    }
    return table
  }

  return {
    definition,
    builtIn: source.builtIn ?? false,
    ...(source.questionMetadata === undefined ? {} : { questionMetadata: source.questionMetadata }),
    get hash() {
      hash ??= source.hash?.() ?? hashFiles(source.files())
      return hash
    },
    ...(aliases === undefined ? {} : { aliases }),
    variable: (id) => variables.get(id) ?? variables.get(aliases?.get(id) ?? id),
    labelsOf(variable, options) {
      const cache = options.mended ? mended : plain
      let labels = cache.get(variable.id)
      if (labels === undefined) {
        const own = ownLabels(variable)
        if (options.mended) {
          labels = withoutPrototype(own, missingLabels(definition, variable), variable.mendedLabels ?? {})
        } else {
          labels = labelFile(variable.labels) === undefined ? withoutPrototype(own) : own
        }
        cache.set(variable.id, labels)
      }
      return labels
    },
  }
}

function withoutPrototype(...tables: ValueLabels[]): ValueLabels {
  return Object.assign(Object.create(null), ...tables)
}

/** Names and lengths go in too, so that no two sets of files run together to the same bytes. */
function hashFiles(files: Iterable<{ name: string; bytes: Uint8Array }>): string {
  const hash = createHash('sha256')
  for (const { name, bytes } of files) hash.update(`${name} ${bytes.length}\n`).update(bytes)
  return hash.digest('hex')
}

/** The names of the label files that a definition points to, sorted. */
export function labelFilesOf(definition: WaveDefinition): string[] {
  const names = new Set<string>()
  for (const { labels } of definition.variables) {
    const file = labelFile(labels)
    if (file !== undefined) names.add(file)
  }
  return [...names].sort()
}

function labelFile(labels: Variable['labels']): string | undefined {
  return typeof labels === 'string' && labels !== 'unknown' ? labels : undefined
}
