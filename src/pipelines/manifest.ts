import type { Wrapping } from '../formats/survey-input.js'
import type { BuildPlan, SurveyFile } from './plan.js'
import { planHash } from './plan.js'
import type { Recipe } from './recipe.js'
import type { RunCounts } from './run-counts.js'
import { toolVersion } from './tool.js'

export interface ManifestFile {
  path: string
  table?: string
  split?: string
  rows?: number
  bytes: number
  sha256: string
}

/** A survey file that was read. */
export interface InputReport {
  name: string
  bytes: number
  sha256: string
  /** What the file is wrapped in, from the outermost: `gzip`, or `zip` with the member's name. */
  wrappings?: Wrapping[]
  form: string
  encoding: string
  /** Of delimited text only. */
  delimiter?: string
  release: string
  wave: string
}

/** What a run read, did and wrote. It holds no time, no path and no machine: the same run gives the same manifest. */
export interface Manifest {
  format: 1
  tool: { name: 'wvs-etl'; version: string }
  input: InputReport
  definition: { wave: string; sha256: string }
  recipe: Recipe
  planSha256: string
  demographics: string[]
  questions: string[]
  absentQuestions: string[]
  absentDemographics: string[]
  counts: RunCounts
  files: ManifestFile[]
}

export function createManifest(
  plan: BuildPlan,
  survey: SurveyFile,
  release: string,
  sha256: string,
  counts: RunCounts,
  files: ManifestFile[],
): Manifest {
  return {
    format: 1,
    tool: { name: 'wvs-etl', version: toolVersion },
    input: inputReport(plan, survey, release, sha256),
    definition: { wave: plan.wave, sha256: plan.definitionHash },
    recipe: plan.recipe,
    planSha256: planHash(plan),
    demographics: plan.demographics,
    questions: plan.chain.decode.questions.map(({ id }) => id),
    absentQuestions: plan.absentQuestions,
    absentDemographics: plan.absentDemographics,
    counts,
    files,
  }
}

/** What a manifest says of a survey file. */
export function inputReport(plan: BuildPlan, survey: SurveyFile, release: string, sha256: string): InputReport {
  const { dialect, input } = survey
  return {
    name: survey.name,
    bytes: survey.bytes,
    sha256,
    ...(input === undefined || input.wrappings.length === 0 ? {} : { wrappings: input.wrappings }),
    form: survey.form,
    encoding: survey.encoding,
    ...(survey.form === 'delimited' ? { delimiter: dialect.delimiter } : {}),
    release,
    wave: plan.wave,
  }
}
