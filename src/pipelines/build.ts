import { availableParallelism } from 'node:os'
import type { Block } from '../batch/block.js'
import type { EncodedPiece } from '../batch/example-batch.js'
import type { Reject } from '../batch/reject-log.js'
import { splitNames } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { questionMetadataJson } from '../definitions/question-metadata.js'
import { SurveyError } from '../formats/survey-error.js'
import { StagePool } from '../pool/pool.js'
import type { BlockResult } from '../stages/chain.js'
import { indexSurvey, type SurveyIndex } from '../stages/read-survey.js'
import { columnFacts } from '../stages/write-reference.js'
import { datasetCard } from './dataset-card.js'
import { createManifest, type Manifest, type ManifestFile, RunTally } from './manifest.js'
import { OutputFolder } from './output-folder.js'
import { type BuildPlan, compilePlan, type OutputPlan, type SurveyFile } from './plan.js'
import { questionsParquet, questionsTable } from './questions-table.js'
import type { Recipe } from './recipe.js'
import { ReferenceFiles } from './reference-files.js'
import { ShardFile } from './shard-file.js'
import { type PieceSink, ShardSequence, sinkCompressor } from './shard-sequence.js'
import { openSurveyFile } from './survey-file.js'

export interface BuildOptions {
  input: string
  out: string
  recipe: Recipe
  definition: LoadedDefinition
  threads?: number
  overwrite?: boolean
  signal?: AbortSignal
  onProgress?: (progress: BuildProgress) => void
}

export interface BuildProgress {
  respondents: number
  respondentsTotal: number
  examples: number
}

/** The address of the module that a pool's workers build their chain from. */
export const chainModule = new URL('../stages/chain.js', import.meta.url).href

/**
 * The main job: a survey file in, a dataset out. The survey is indexed in one pass (record boundaries, ids),
 * then its blocks go through the chain in worker threads, and their pieces into shards, in file order. Throws a
 * SurveyError for what the user can mend; nothing is left under a final name unless all of it is whole.
 */
export async function build(options: BuildOptions): Promise<Manifest> {
  const survey = await openSurveyFile(options.input)
  let plan = compilePlan(survey, options.definition, options.recipe)
  const folder = await OutputFolder.prepare(options.out, options.overwrite ?? false)
  try {
    for (;;) {
      const run = new BuildRun(plan, survey, folder, options)
      const outcome = await run.run()
      if (outcome.kind === 'done') return outcome.manifest
      // Only the whole file shows whether a column holds text, on which depends how its fractions are written.
      plan = { ...plan, ...outcome.plan }
    }
  } catch (error) {
    await folder.discard()
    throw error
  }
}

type Outcome = { kind: 'done'; manifest: Manifest } | { kind: 'again'; plan: Pick<BuildPlan, 'chain' | 'outputs'> }

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

class BuildRun {
  private readonly tally: RunTally
  private readonly facts: (Uint8Array | undefined)[] = []
  private sinks: OutputSink[] = []
  private rejects: ShardFile | undefined

  constructor(
    private readonly plan: BuildPlan,
    private readonly survey: SurveyFile,
    private readonly folder: OutputFolder,
    private readonly options: BuildOptions,
  ) {
    this.tally = new RunTally(plan)
  }

  async run(): Promise<Outcome> {
    const { plan, options } = this
    const threads = options.threads ?? availableParallelism()
    // The workers start while the main thread makes its pass over the file.
    const pool = new StagePool<Block, BlockResult>(
      { chainModule, plan: plan.chain },
      { threads, ...(options.signal === undefined ? {} : { signal: options.signal }) },
    )
    try {
      const [index, sinks] = await Promise.all([
        indexSurvey(plan.read, options.signal),
        Promise.all(plan.outputs.map((output) => this.openSink(output))),
      ])
      this.sinks = sinks
      if (index.respondents === 0) {
        throw new SurveyError('the file holds a header and no respondent', { place: { file: this.survey.name } })
      }
      let respondents = 0
      let examples = 0
      for await (const result of pool.map(index.blocks)) {
        await this.take(result)
        respondents += index.blocks[result.index].rows
        examples += result.examples.reduce((sum, count) => sum + count, 0)
        options.onProgress?.({ respondents, respondentsTotal: index.respondents, examples })
      }
      const again = this.planAgain()
      if (again !== undefined) {
        await this.abandon()
        return { kind: 'again', plan: again }
      }
      return { kind: 'done', manifest: await this.finish(index) }
    } catch (error) {
      await this.abandon()
      throw error
    } finally {
      await pool.close()
    }
  }

  private async openSink(output: OutputPlan): Promise<OutputSink> {
    if (output.kind === 'reference') {
      const id = this.options.definition.definition.roles.id
      return ReferenceFiles.create(this.folder, output, this.plan.recipe, id)
    }
    if (output.format === 'parquet' && output.parquetWriter === 'parquetjs-lite') {
      const { ParquetjsShards } = await import('./parquetjs-shards.js')
      return bySplit(splitNames.map((split) => new ParquetjsShards(this.folder, output, split)))
    }
    const compress = await sinkCompressor(output)
    return bySplit(splitNames.map((split) => new ShardSequence(this.folder, output, split, compress)))
  }

  private async take(result: BlockResult): Promise<void> {
    const { rejects, pieces } = result
    if (rejects.first !== undefined) throw this.invalid(rejects.first)
    this.tally.add({ ...result, invalid: rejects.counts })
    if (rejects.lines.length > 0) {
      this.rejects ??= await ShardFile.create(this.folder.partialPath('rejects.jsonl'))
      await this.rejects.append(rejects.lines, 0)
    }
    for (const piece of pieces) {
      if (piece.columnFacts !== undefined) this.noteFacts(piece.output, piece.columnFacts)
      await this.sinks[piece.output].append(piece)
    }
  }

  private invalid({ line, variable, value, reason, expected }: Reject): SurveyError {
    const place = { file: this.survey.name, line, ...(variable === '' ? {} : { column: variable }) }
    const found = reason === 'ragged-row' ? `found ${value}` : `found ${JSON.stringify(value)}`
    return new SurveyError(`${found}, expected ${expected}; --on-invalid keep or reject goes on without it`, { place })
  }

  private noteFacts(output: number, facts: Uint8Array): void {
    const known = this.facts[output]
    if (known === undefined) this.facts[output] = facts.slice()
    else for (const [column, bits] of facts.entries()) known[column] |= bits
  }

  /** The plan to run again with, where fractions were written in columns that turned out to hold text. */
  private planAgain(): Pick<BuildPlan, 'chain' | 'outputs'> | undefined {
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

  private async finish(index: SurveyIndex): Promise<Manifest> {
    const { plan, survey, folder, options } = this
    const files: PublishedFile[] = []
    for (const sink of this.sinks) files.push(...(await sink.finish()))
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
    const ids = plan.chain.decode.questions.map(({ id }) => id)
    const questions = questionsTable(options.definition, ids, plan.recipe.labels === 'mended')
    await add('questions.json', Buffer.from(`${JSON.stringify(questions, null, 2)}\n`))
    await add('questions.parquet', questionsParquet(questions))
    if (plan.recipe.referenceTables) await add('question_metadata.json', questionMetadataJson(options.definition))
    const { roles, title } = options.definition.definition
    const release = survey.dialect.firstRecord[survey.dialect.columns.indexOf(roles.version)] ?? ''
    const counts = this.tally.counts(index)
    const draft = createManifest(plan, survey, release, index.sha256, counts, listed)
    await add('README.md', Buffer.from(datasetCard(plan, draft, title)))
    const manifest = { ...draft, files: listed.sort((left, right) => (left.path < right.path ? -1 : 1)) }
    await folder.publish(published, `${JSON.stringify(manifest, null, 2)}\n`)
    return manifest
  }

  private async abandon(): Promise<void> {
    await Promise.allSettled([...this.sinks.map((sink) => sink.abandon()), this.rejects?.abandon()])
  }
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
