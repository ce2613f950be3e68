/** The public face of the toolkit: stages, pipelines and the types that go through them. */
export type { Block, LoadedBlock } from './batch/block.js'
export type { CellBatch } from './batch/cell-batch.js'
export type { EncodedPiece, ExampleBatch, SplitExamples } from './batch/example-batch.js'
export type { InvalidCount, InvalidPolicy, Reject, RejectReason } from './batch/reject-log.js'
export type { DemographicColumn, MissingReason, RespondentBatch, SplitName } from './batch/respondent-batch.js'
export { builtInWaves, type LoadedDefinition, loadDefinition, loadDefinitionFrom } from './definitions/loader.js'
export type { Scale, ValueLabels, Variable, WaveDefinition } from './definitions/schema.js'
export { questionScale, questionSentence } from './definitions/wording.js'
export { SurveyError } from './formats/survey-error.js'
export type { TextColumn } from './formats/text-column.js'
export {
  type BuildOptions,
  type BuildProgress,
  build,
  buildWaves,
  chainPool,
  type WavesBuildOptions,
} from './pipelines/build.js'
export type { DatasetSource } from './pipelines/dataset-description.js'
export { writeDataset } from './pipelines/dataset-writer.js'
export { type Inspection, type InspectOptions, inspect } from './pipelines/inspect.js'
export type { Manifest, ManifestFile } from './pipelines/manifest.js'
export { type BuildPlan, compilePlan, type SurveyFile } from './pipelines/plan.js'
export { builtInRecipes, type Recipe } from './pipelines/recipe.js'
export type { RunCounts } from './pipelines/run-counts.js'
export { openSurveyFile } from './pipelines/survey-file.js'
export { type LayoutName, synthesize } from './pipelines/synth.js'
export type { WavesManifest } from './pipelines/waves-manifest.js'
export { poolStream, StagePool } from './pool/pool.js'
export { type Stage, type StageContext, stream } from './pool/stage.js'
export { type BlockResult, buildChain, type ChainPlan, chainStages } from './stages/chain.js'
export { type DecodeOptions, decode } from './stages/decode.js'
export { type ExplodeOptions, explode } from './stages/explode.js'
export { type ParseOptions, parse } from './stages/parse.js'
export { type ReadBlockOptions, readBlock } from './stages/read-block.js'
export {
  indexSurvey,
  type ReadSurveyOptions,
  readSurvey,
  type SurveyIndex,
  surveyBlocks,
} from './stages/read-survey.js'
export { type SplitOptions, split } from './stages/split.js'
export type { TableOptions } from './stages/table.js'
export { type WriteParquetOptions, writeParquet } from './stages/write-parquet.js'
export { type WriteReferenceOptions, writeReference } from './stages/write-reference.js'
export { type WriteTextOptions, writeText } from './stages/write-text.js'
