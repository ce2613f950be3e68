import { createHash } from 'node:crypto'
import type { Harmonisation } from '../definitions/harmonised-definition.js'
import type { ApartVariables, HarmonisedVariable, UnusedVariable } from '../definitions/harmonised-report.js'
import type { DrawReport } from './draw.js'
import { type InputReport, inputReport, type Manifest, type ManifestFile } from './manifest.js'
import { planHash } from './plan.js'
import { type RunCounts, totalCounts } from './run-counts.js'
import { toolVersion } from './tool.js'
import type { WaveFile, WavesPlan } from './waves-plan.js'

/** One of several survey files that were read. */
export interface WaveInputReport extends InputReport {
  /** Stands in front of the interview ids of this file. */
  idPrefix: string
  definition: { wave: string; sha256: string }
  /** Questions and demographics of the file's own wave that the file lacks. */
  absentQuestions: string[]
  absentDemographics: string[]
  counts: RunCounts
}

/** How the variables of the dataset came about: those that it holds, with what each wave calls them. */
export interface HarmonisedReport {
  variables: HarmonisedVariable[]
  /** Variables that share a harmonised id and are yet apart, with the reasons. */
  apart: ApartVariables[]
  /** Variables that other waves make use of, and one does not. */
  unused: UnusedVariable[]
}

/** The manifest of a dataset that was made of several survey files; all else is as in that of one. */
export interface WavesManifest extends Omit<Manifest, 'input' | 'definition'> {
  inputs: WaveInputReport[]
  harmonised: HarmonisedReport
  notes: string[]
}

export type AnyManifest = Manifest | WavesManifest

export function isOfSeveral(manifest: AnyManifest): manifest is WavesManifest {
  return 'inputs' in manifest
}

/** What was read, with the definition that it was read with: one file or several. */
export function inputsOf(manifest: AnyManifest): (InputReport & Pick<Manifest, 'definition'>)[] {
  if (isOfSeveral(manifest)) return manifest.inputs
  return [{ ...manifest.input, definition: manifest.definition }]
}

/** What is known of one file when it was read. */
export interface ReadFile {
  release: string
  sha256: string
  counts: RunCounts
  /** For each respondent in the dataset, a hash of all demographics. */
  profiles: readonly Float64Array[]
}

/** The manifest of several files; `read` holds what is known of each, in the order of the plan's files. */
export function createWavesManifest(
  { files, harmonisation, notes }: WavesPlan,
  read: readonly ReadFile[],
  draw: DrawReport | undefined,
  listed: ManifestFile[],
): WavesManifest {
  const [{ plan }] = files
  const questions = plan.chain.decode.questions.map(({ id }) => id)
  const inAll = (absent: (file: WaveFile) => string[]) =>
    absent(files[0]).filter((id) => files.every((file) => absent(file).includes(id)))
  return {
    format: 1,
    tool: { name: 'wvs-etl', version: toolVersion },
    inputs: files.map((file, index) => {
      const { release, sha256, counts } = read[index]
      const isOwn = (id: string) => file.reading.loaded.variable(id) !== undefined
      return {
        ...inputReport(file.plan, file.survey, release, sha256),
        idPrefix: file.idPrefix,
        definition: { wave: file.plan.wave, sha256: file.plan.definitionHash },
        absentQuestions: file.plan.absentQuestions.filter(isOwn),
        absentDemographics: file.plan.absentDemographics.filter(isOwn),
        counts,
      }
    }),
    recipe: plan.recipe,
    planSha256: createHash('sha256')
      .update(files.map((file) => planHash(file.plan)).join('\n'))
      .digest('hex'),
    demographics: plan.demographics,
    questions,
    absentQuestions: inAll((file) => file.plan.absentQuestions),
    absentDemographics: inAll((file) => file.plan.absentDemographics),
    counts: totalCounts(
      files.map(({ idPrefix, survey }, index) => ({ idPrefix, name: survey.name, ...read[index] })),
      draw,
    ),
    harmonised: harmonisedReport(harmonisation, new Set([...questions, ...plan.demographics])),
    notes,
    files: listed,
  }
}

/** What a manifest says of how the chosen variables were harmonised. */
export function harmonisedReport(
  { loaded, variables, apart, unused }: Harmonisation,
  chosen: ReadonlySet<string>,
): HarmonisedReport {
  const keys = new Set([...chosen].map((id) => loaded.variable(id)?.harmonised))
  return {
    variables: variables.filter(({ id }) => chosen.has(id)),
    apart: apart.filter(({ ids }) => ids.some((id) => chosen.has(id))),
    unused: unused.filter(({ harmonised }) => keys.has(harmonised)),
  }
}
