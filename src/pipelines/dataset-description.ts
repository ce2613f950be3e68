import type { LoadedDefinition } from '../definitions/loader.js'
import { questionMetadataJson } from '../definitions/question-metadata.js'
import type { SurveyIndex } from '../stages/read-survey.js'
import { datasetCard } from './dataset-card.js'
import type { DrawReport } from './draw.js'
import { createManifest, type ManifestFile } from './manifest.js'
import type { BuildPlan, SurveyFile } from './plan.js'
import type { RunCounts } from './run-counts.js'
import { type AnyManifest, createWavesManifest } from './waves-manifest.js'
import type { WavesPlan } from './waves-plan.js'

/** What a dataset is made from. */
export interface DatasetSource {
  survey: SurveyFile
  index: SurveyIndex
  definition: LoadedDefinition
  /** What the sample's draw found, where there was one. */
  draw?: DrawReport
}

/** A file whose respondents are all in the dataset. */
export interface WrittenFile {
  plan: BuildPlan
  source: DatasetSource
  counts: RunCounts
  /** For each of its respondents in the dataset, a hash of all demographics. */
  profiles: readonly Float64Array[]
}

/** Several files as one dataset, with what was drawn from all of them. */
export interface JoinedDataset {
  waves: WavesPlan
  draw?: DrawReport | undefined
}

/** Says what a dataset holds, in the files that stand beside its tables. */
export class DatasetDescription {
  constructor(
    private readonly files: readonly WrittenFile[],
    private readonly joined: JoinedDataset | undefined,
  ) {}

  /** The definition whose ids the dataset has. */
  private get definition(): LoadedDefinition {
    return this.joined?.waves.harmonisation.loaded ?? this.files[0].source.definition
  }

  /** The questions and what the recipe asks for beside them, by name. */
  async tables(): Promise<[string, Uint8Array][]> {
    const { recipe, chain } = this.files[0].plan
    // Loaded at the end: at the start the workers wait for all that is loaded.
    const { questionsParquet, questionsTable } = await import('./questions-table.js')
    const ids = chain.decode.questions.map(({ id }) => id)
    const members = this.joined?.waves.harmonisation.variables
    const questions = questionsTable(this.definition, ids, recipe.labels === 'mended', members)
    return [
      ['questions.json', Buffer.from(`${JSON.stringify(questions, null, 2)}\n`)],
      ['questions.parquet', questionsParquet(questions)],
      ...(recipe.referenceTables
        ? [['question_metadata.json', questionMetadataJson(this.definition)] as [string, Uint8Array]]
        : []),
    ]
  }

  /** The manifest as far as it is known before the card is written. */
  manifest(listed: ManifestFile[]): AnyManifest {
    const read = this.files.map(({ source, counts, profiles }) => ({
      release: releaseOf(source),
      sha256: source.index.sha256,
      counts,
      profiles,
    }))
    if (this.joined !== undefined) return createWavesManifest(this.joined.waves, read, this.joined.draw, listed)
    const [{ plan, source, counts }] = this.files
    return createManifest(plan, source.survey, read[0].release, read[0].sha256, counts, listed)
  }

  card(manifest: AnyManifest): Uint8Array {
    return Buffer.from(datasetCard(this.files[0].plan, manifest, this.definition.definition.title))
  }
}

function releaseOf({ survey: { dialect }, definition }: DatasetSource): string {
  const { version } = definition.definition.roles
  return dialect.firstRecord[version === undefined ? -1 : dialect.columns.indexOf(version)] ?? ''
}
