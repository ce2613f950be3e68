import { createHash } from 'node:crypto'
import { splitNames } from '../batch/respondent-batch.js'
import { parquetMagic } from '../formats/parquet/footer.js'
import { type PlacedPlainGroup, type PlainColumn, plainFooter } from '../formats/parquet/plain-file.js'
import { SurveyError } from '../formats/survey-error.js'
import { exportColumns } from '../stages/export-columns.js'
import type { WrittenExamples } from '../stages/write-examples.js'
import { type OrderedExamples, orderExamples } from './example-order.js'
import { type ExampleStretch, sampleLines, writeStretches, writingOptions } from './example-writing.js'
import { exportCard } from './export-card.js'
import { type ExportOptions, exportExtension } from './export-options.js'
import type { ExportPlan } from './export-plan.js'
import { type ExportRunOptions, type ExportSurvey, planExport, readForExport } from './export-survey.js'
import { createManifest, type Manifest, type ManifestFile } from './manifest.js'
import { OutputFolder } from './output-folder.js'
import { planHash } from './plan.js'
import { ShardFile, type WholeFile } from './shard-file.js'
import { parquetCodecs, shardName } from './shard-sequence.js'
import { toolName } from './tool.js'

/** The manifest of an export: that of a build, and what was made of the examples. */
export interface ExportManifest extends Manifest {
  export: ExportOptions
}

/** What an export would write, as far as it is known before a byte of it is written. */
export interface ExportPreview {
  /** The first lines, in order. */
  lines: string[]
  /** Lines in each split. */
  splits: { split: string; lines: number }[]
  lineCount: number
  /** Judged from lines spread over all; what compression would save is not. */
  estimatedBytes: number
  /** The lines from which that was judged. */
  sample: string[]
}

/** Writes the examples of a survey file into a folder, in shards, with a manifest. Throws a SurveyError as `build` does. */
export async function exportSurvey(
  options: ExportRunOptions & { out: string; overwrite?: boolean },
): Promise<ExportManifest> {
  const planned = await planExport(options)
  const folder = await OutputFolder.prepare(options.out, options.overwrite ?? false)
  const writer = new FolderWriter(folder, planned.plan)
  try {
    const survey = await readForExport(planned, options, (lines) => writer.reject(lines))
    const ordered = orderOf(survey, options)
    const shards = planShards(survey, ordered)
    const writing = writingOptions(survey, ordered)
    await writeStretches(writing, { stretches: shards, lanes: shardsAtATime }, options, (shard, written) =>
      writer.append(shards[shard], written),
    )
    return await writer.publish(survey, options.definition.definition.title)
  } catch (error) {
    await writer.abandon()
    await folder.discard()
    throw error
  }
}

/** Writes the examples to whatever takes bytes, one after the other; a call must be done before the next one comes. */
export async function streamSurvey(
  options: ExportRunOptions,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<{ lines: number }> {
  const survey = await readForExport(await planExport(options), options, async () => {})
  const ordered = orderOf(survey, options)
  const all = { from: 0, to: ordered.order.length }
  const stretches = { stretches: [all], lanes: 1 }
  await writeStretches(writingOptions(survey, ordered), stretches, options, (_, { bytes }) => write(bytes))
  return { lines: ordered.order.length }
}

/** Reads the survey and writes nothing: the first `count` lines, the exact number of lines, and what they would take. */
export async function previewExport(options: ExportRunOptions, count: number): Promise<ExportPreview> {
  const survey = await readForExport(await planExport(options), options, async () => {})
  const ordered = orderOf(survey, options)
  const writing = writingOptions(survey, ordered)
  const sample = sampleLines(writing)
  const sampleBytes = sample.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
  const lineCount = ordered.order.length
  const first = { ...writing, examples: { ...writing.examples, order: ordered.order.subarray(0, count) } }
  return {
    lines: sampleLines(first, count),
    splits: splitNames.map((split, index) => ({ split, lines: splitLength(ordered, index) })),
    lineCount,
    estimatedBytes: sample.length === 0 ? 0 : Math.round((sampleBytes / sample.length) * lineCount),
    sample,
  }
}

/** Chooses and orders the examples; throws a SurveyError where none is left. */
function orderOf({ respondents, plan, survey }: ExportSurvey, { splits }: ExportRunOptions): OrderedExamples {
  const answerCodes = plan.data.answerCodes.length
  const ordered = orderExamples(respondents, { ...plan.options, ...plan.build.chain.explode, answerCodes }, splits)
  if (ordered.order.length > 0) return ordered
  const where = splits === undefined ? '' : ` in ${splits.map((split) => splitNames[split]).join(', ')}`
  throw new SurveyError(`no chosen question has an answer${where}, so there is nothing to write`, {
    place: { file: survey.name },
  })
}

interface PlannedShard extends ExampleStretch {
  name: string
  split: string
}

function splitLength({ splitEnds }: OrderedExamples, split: number): number {
  return splitEnds[split] - (splitEnds[split - 1] ?? 0)
}

/** Cuts each split into shards: as many as are asked for, one no more than a line longer than another; or by size. */
function planShards({ plan }: ExportSurvey, ordered: OrderedExamples): PlannedShard[] {
  const { shards } = plan.options
  const { shardSize } = plan.build.recipe
  const extension = exportExtension(plan.options)
  return splitNames.flatMap((split, index) => {
    const lines = splitLength(ordered, index)
    if (lines === 0) return []
    if (shards !== undefined && shards > lines) {
      throw new SurveyError(`--shards ${shards}: ${split} has ${lines} lines; expected no more shards than lines`, {
        kind: 'usage',
      })
    }
    const count = shards ?? Math.ceil(lines / shardSize)
    const start = ordered.splitEnds[index] - lines
    const edge = (shard: number) =>
      start + (shards === undefined ? Math.min(shard * shardSize, lines) : evenEdge(lines, shard, count))
    return Array.from({ length: count }, (_, shard) => ({
      name: shardName('examples', split, shard, count, extension),
      split,
      from: edge(shard),
      to: edge(shard + 1),
    }))
  })
}

/** Where the shard begins when `lines` are dealt to `count` shards as evenly as can be, the longer ones first. */
function evenEdge(lines: number, shard: number, count: number): number {
  const least = Math.floor(lines / count)
  return shard * least + Math.min(shard, lines % count)
}

/** The system copies what is written to one file in one thread at a time, which takes longer than to make it. */
const shardsAtATime = 2

interface OpenShard {
  file: ShardFile
  groups: PlacedPlainGroup[]
}

/** Writes shards, and gives them their names when all of them are whole. */
class FolderWriter {
  /** The shards that are written, some of them still on their way to the disk. */
  private readonly whole: Promise<PlannedShard & WholeFile>[] = []
  private rejects: ShardFile | undefined
  private readonly open = new Map<PlannedShard, OpenShard>()
  /** Of Parquet. */
  private readonly columns: PlainColumn[] | undefined

  constructor(
    private readonly folder: OutputFolder,
    private readonly plan: ExportPlan,
  ) {
    const { container, format } = plan.options
    this.columns = container === 'parquet' ? exportColumns(format, plan.data) : undefined
  }

  async reject(lines: Uint8Array): Promise<void> {
    this.rejects ??= await ShardFile.create(this.folder.partialPath('rejects.jsonl'))
    await this.rejects.append(lines, 0)
  }

  async append(shard: PlannedShard, { bytes, rows, chunks }: WrittenExamples): Promise<void> {
    const { file, groups } = this.open.get(shard) ?? (await this.openShard(shard))
    if (chunks !== undefined) groups.push({ rows, offset: file.bytes, numbers: chunks })
    await file.append(bytes, rows)
    if (file.rows === shard.to - shard.from) await this.endShard(shard, { file, groups })
  }

  private async openShard(shard: PlannedShard): Promise<OpenShard> {
    const opened = { file: await ShardFile.create(this.folder.partialPath(shard.name)), groups: [] }
    this.open.set(shard, opened)
    if (this.columns !== undefined) await opened.file.append(parquetMagic, 0)
    return opened
  }

  private async endShard(shard: PlannedShard, { file, groups }: OpenShard): Promise<void> {
    if (this.columns !== undefined) {
      await file.append(plainFooter(this.columns, groups, parquetCodecs[this.plan.options.compression], toolName), 0)
    }
    this.open.delete(shard)
    // The disk may take its time; the next shard does not wait for it.
    const whole = file.finish().then((written) => ({ ...shard, ...written }))
    whole.catch(() => {})
    this.whole.push(whole)
  }

  async publish({ survey, plan, index, tally, draw }: ExportSurvey, title: string): Promise<ExportManifest> {
    const { folder } = this
    const published: { name: string; partial: string }[] = []
    const listed: ManifestFile[] = []
    for (const { name, partial, split, rows, bytes, sha256 } of await Promise.all(this.whole)) {
      published.push({ name, partial })
      listed.push({ path: name, table: 'examples', split, rows, bytes, sha256 })
    }
    if (this.rejects !== undefined) {
      const { partial, bytes, sha256 } = await this.rejects.finish()
      this.rejects = undefined
      published.push({ name: 'rejects.jsonl', partial })
      listed.push({ path: 'rejects.jsonl', bytes, sha256 })
    }
    const { columns, firstRecord } = survey.dialect
    const release = plan.versionColumn === undefined ? '' : (firstRecord[columns.indexOf(plan.versionColumn)] ?? '')
    const counts = tally.counts(index, draw)
    const files = listed.sort((left, right) => (left.path < right.path ? -1 : 1))
    const manifest: ExportManifest = {
      ...createManifest(plan.build, survey, release, index.sha256, counts, files),
      planSha256: createHash('sha256')
        .update(JSON.stringify([planHash(plan.build), plan.options]))
        .digest('hex'),
      export: plan.options,
    }
    const card = await ShardFile.create(folder.partialPath('README.md'))
    await card.append(Buffer.from(exportCard(plan, manifest, title)), 0)
    const { partial, bytes, sha256 } = await card.finish()
    published.push({ name: 'README.md', partial })
    listed.unshift({ path: 'README.md', bytes, sha256 })
    await folder.publish(published, `${JSON.stringify(manifest, null, 2)}\n`)
    return manifest
  }

  async abandon(): Promise<void> {
    await Promise.allSettled([
      ...this.whole,
      ...[...this.open.values()].map(({ file }) => file.abandon()),
      this.rejects?.abandon(),
    ])
  }
}
