import { Writable } from 'node:stream'
import type { EncodedPiece } from '../batch/example-batch.js'
import type { Reject } from '../batch/reject-log.js'
import { splitNames } from '../batch/respondent-batch.js'
import { SurveyError } from '../formats/survey-error.js'
import type { BlockResult } from '../stages/chain.js'
import { columnFacts } from '../stages/write-reference.js'
import { DatasetDescription, type DatasetSource, type JoinedDataset } from './dataset-description.js'
import type { ManifestFile } from './manifest.js'
import { OutputFolder } from './output-folder.js'
import type { OutputPlan } from './output-plan.js'
import type { BuildPlan, SurveyFile } from './plan.js'
import { ReferenceFiles } from './reference-files.js'
import { RunTally } from './run-counts.js'
import { checkSelection, sumSelections } from './selection-report.js'
import { ShardFile } from './shard-file.js'
import { type PieceSink, ShardSequence, sinkCompressor } from './shard-sequence.js'
import type { AnyManifest } from './waves-manifest.js'

/** The parts of a plan that depend on what the whole file turned out to hold. */
export type PlanChange = Pick<BuildPlan, 'chain' | 'outputs'>

interface OutputSink {
  append(piece: EncodedPiece): Promise<void>
  finish(): Promise<PublishedFile[]>
  abandon(): Promise<void>
}

interface PublishedFile {
  name: string
  partial: string
  table: string
  split: string
  rows: number
  bytes: number
  sha256: string
}

/** A file whose blocks are or were taken. */
interface TakenFile {
  plan: BuildPlan
  source: DatasetSource
  tally: RunTally
}

/** Writes a dataset from the results of a survey file's blocks, or of several files' one after the other. */
export class DatasetWriter {
  private readonly files: TakenFile[]
  private readonly facts: (Uint8Array | undefined)[] = []
  private sinks: OutputSink[] = []
  private rejects: ShardFile | undefined

  private constructor(
    private readonly folder: OutputFolder,
    private readonly plan: BuildPlan,
    private readonly source: DatasetSource,
    private readonly joined: JoinedDataset | undefined,
  ) {
    this.files = [{ plan, source, tally: new RunTally(plan) }]
  }

  /** `joined` is given where the dataset is made of several files, of which `source` is the first. */
  static async open(
    folder: OutputFolder,
    plan: BuildPlan,
    source: DatasetSource,
    joined?: JoinedDataset,
  ): Promise<DatasetWriter> {
    const writer = new DatasetWriter(folder, plan, source, joined)
    writer.sinks = await Promise.all(plan.outputs.map((output) => writer.openSink(output)))
    return writer
  }

  /** The blocks that come next are those of another file. Its plan has the same tables. */
  startFile(plan: BuildPlan, source: DatasetSource): void {
    this.files.push({ plan, source, tally: new RunTally(plan) })
  }

  private async openSink(output: OutputPlan): Promise<OutputSink> {
    if (output.kind === 'reference') {
      const id = this.source.definition.definition.roles.id
      return ReferenceFiles.create(this.folder, output, this.plan.recipe, id)
    }
    if (output.format === 'parquet' && output.parquetWriter === 'parquetjs-lite') {
      const { ParquetjsShards } = await import('./parquetjs-shards.js')
      return bySplit(splitNames.map((split) => new ParquetjsShards(this.folder, output, split)))
    }
    const compress = await sinkCompressor(output)
    return bySplit(splitNames.map((split) => new ShardSequence(this.folder, output, split, compress)))
  }

  /** Takes the results of the blocks, in their order. Throws a SurveyError for the first reject where the recipe says so. */
  async take(result: BlockResult): Promise<void> {
    const { rejects, pieces } = result
    const { source, tally } = this.files[this.files.length - 1]
    if (rejects.first !== undefined) throw this.invalidError(source.survey, rejects.first)
    tally.add({ ...result, invalid: rejects.counts })
    if (rejects.lines.length > 0) {
      this.rejects ??= await ShardFile.create(this.folder.partialPath('rejects.jsonl'))
      await this.rejects.append(rejects.lines, 0)
    }
    for (const piece of pieces) {
      if (piece.columnFacts !== undefined) this.noteFacts(piece.output, piece.columnFacts)
      await this.sinks[piece.output].append(piece)
    }
  }

  /** Of several files, a message names the column as it is called in the file. */
  private invalidError(survey: SurveyFile, reject: Reject): SurveyError {
    const columns = this.joined?.waves.files[this.files.length - 1].reading.columns ?? new Map<string, string>()
    const [own] = [...columns].find(([, id]) => id === reject.variable) ?? [reject.variable]
    return invalidError(survey, { ...reject, variable: own })
  }

  private noteFacts(output: number, facts: Uint8Array): void {
    const known = this.facts[output]
    if (known === undefined) this.facts[output] = facts.slice()
    else for (const [column, bits] of facts.entries()) known[column] |= bits
  }

  /** The plan to run again with, where fractions were written in columns that turned out to hold text. */
  planAgain(): PlanChange | undefined {
    let changed = false
    const outputs = this.plan.outputs.map((output, index): OutputPlan => {
      const facts = this.facts[index]
      if (output.kind !== 'reference' || facts === undefined) return output
      const columns = output.columns.map((column, at) => {
        const mixed = facts[at] === (columnFacts.text | columnFacts.fraction)
        if (!mixed || column.holdsText) return column
        changed = true
        return { ...column, holdsText: true }
      })
      return { ...output, columns }
    })
    if (!changed) return undefined
    const writers = this.plan.chain.writers.map((writer) => {
      const output = outputs[writer.options.output]
      if (writer.stage !== 'write-reference' || output.kind !== 'reference') return writer
      return { ...writer, options: { ...writer.options, columns: output.columns } }
    })
    return { outputs, chain: { ...this.plan.chain, writers } }
  }

  /**
   * Ends all files, writes what describes them, and gives everything its final name; the manifest comes last. A signal
   * stops it up to the first name: from there on the end is nearer than the way back. `hashed` is fulfilled when the hashes of
   * the files that were read are known.
   */
  async finish(signal?: AbortSignal, hashed?: Promise<void>): Promise<AnyManifest> {
    const { folder } = this
    hashed?.catch(() => {})
    checkSelection(this.plan.conditions, sumSelections(this.files.map(({ tally }) => tally.selection)))
    const ended = this.endSinks(signal)
    // Whoever waits for them is told.
    ended.catch(() => {})
    const description = this.describe()
    const tables = await description.tables()
    const files = await ended
    const listed: ManifestFile[] = files.map(({ name, table, split, rows, bytes, sha256 }) => ({
      path: name,
      table,
      split,
      rows,
      bytes,
      sha256,
    }))
    const published = files.map(({ name, partial }) => ({ name, partial }))
    const add = async (name: string, content: Uint8Array) => {
      const file = await ShardFile.create(folder.partialPath(name))
      await file.append(content, 0)
      const { partial, bytes, sha256 } = await file.finish()
      published.push({ name, partial })
      listed.push({ path: name, bytes, sha256 })
    }
    if (this.rejects !== undefined) {
      const { partial, bytes, sha256 } = await this.rejects.finish()
      this.rejects = undefined
      published.push({ name: 'rejects.jsonl', partial })
      listed.push({ path: 'rejects.jsonl', bytes, sha256 })
    }
    for (const [name, content] of tables) await add(name, content)
    await hashed
    const draft = description.manifest(listed)
    await add('README.md', description.card(draft))
    const manifest = { ...draft, files: listed.sort((left, right) => (left.path < right.path ? -1 : 1)) }
    signal?.throwIfAborted()
    await folder.publish(published, `${JSON.stringify(manifest, null, 2)}\n`)
    return manifest
  }

  private async endSinks(signal: AbortSignal | undefined): Promise<PublishedFile[]> {
    const files: PublishedFile[] = []
    for (const sink of this.sinks) {
      signal?.throwIfAborted()
      files.push(...(await sink.finish()))
    }
    return files
  }

  private describe(): DatasetDescription {
    const files = this.files.map(({ plan, source, tally }) => ({
      plan,
      source,
      counts: tally.counts(source.index, source.draw),
      profiles: tally.profiles,
    }))
    return new DatasetDescription(files, this.joined)
  }

  /** Closes what is open; nothing gets a final name. */
  async abandon(): Promise<void> {
    await Promise.allSettled([...this.sinks.map((sink) => sink.abandon()), this.rejects?.abandon()])
  }
}

/** What is said of the first reject where the policy is to fail. */
export function invalidError(survey: SurveyFile, { line, variable, value, reason, expected }: Reject): SurveyError {
  const place = { file: survey.name, line, ...(variable === '' ? {} : { column: variable }) }
  const found = reason === 'ragged-row' ? `found ${value}` : `found ${JSON.stringify(value)}`
  return new SurveyError(`${found}, expected ${expected}; --on-invalid keep or reject goes on without it`, { place })
}

/** One sink for each split, as one that tells the pieces apart. */
function bySplit(sinks: PieceSink[]): OutputSink {
  return {
    append: (piece) => sinks[piece.split].append(piece),
    async finish() {
      return (await Promise.all(sinks.map((sink) => sink.finish()))).flat()
    },
    async abandon() {
      await Promise.allSettled(sinks.map((sink) => sink.abandon()))
    },
  }
}

/**
 * A stream that takes the results of a survey's blocks and writes the dataset, for pipelines put together by
 * hand. `out` is made, or must be empty. When the stream has finished, all files are there; when it fails, none is.
 */
export async function writeDataset(out: string, plan: BuildPlan, source: DatasetSource): Promise<Writable> {
  const folder = await OutputFolder.prepare(out, false)
  const writer = await DatasetWriter.open(folder, plan, source)
  const done = (work: Promise<unknown>, callback: (error?: Error | null) => void) =>
    work.then(
      () => callback(),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    )
  return new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(result: BlockResult, _encoding, callback) {
      done(writer.take(result), callback)
    },
    final(callback) {
      const change = writer.planAgain()
      if (change !== undefined) {
        callback(new Error('columns of the reference tables hold text and fractions; run again with `planAgain`'))
      } else done(writer.finish(), callback)
    },
    destroy(error, callback) {
      if (error === null) callback(null)
      else
        done(
          writer.abandon().then(() => folder.discard()),
          () => callback(error),
        )
    },
  })
}
