import { nullValue } from '../batch/respondent-batch.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { groupLabel } from '../stages/group.js'
import { type TableColumn, textColumn, wholeTable } from './columnar-table.js'
import { encodeTable } from './encoded-table.js'
import type { Probe } from './probe.js'
import { questionsTable } from './questions-table.js'
import type { Recipe } from './recipe.js'
import type { ListedFile, ResultFile } from './result-files.js'
import type { SelectionReport } from './selection-report.js'
import { tableText } from './table-text.js'
import { toolVersion } from './tool.js'

/** What a probe read, drew and wrote. */
export interface ProbeManifest {
  format: 1
  tool: { name: 'wvs-etl'; version: string }
  input: { name: string; bytes: number; sha256: string; wave: string }
  definition: { wave: string; sha256: string }
  recipe: Recipe
  counts: {
    respondents: number
    selection?: SelectionReport
    /** Respondents of the split that it draws from. */
    pool: number
    questions: number
    cells: number
    thinCells: number
    samples: number
  }
  files: ListedFile[]
}

/** The files of a probe, and its manifest once they are written. */
export async function probeFiles(
  drawn: Probe,
  loaded: LoadedDefinition,
  formats: readonly ('tsv' | 'parquet')[],
): Promise<{ files: ResultFile[]; manifest: (files: ListedFile[]) => ProbeManifest }> {
  const { plan, survey, index, pool, draw, selection } = drawn
  const isReference = plan.recipe.probe.method === 'reference'
  const files: ResultFile[] = []
  if (isReference) {
    files.push({ path: 'samples.tsv', rows: draw.samples.length, content: [referenceSamples(drawn, loaded)] })
  } else {
    const { rows, contents } = await encodeTable(wholeTable(sampleColumns(drawn, loaded)), formats)
    for (const [place, content] of contents.entries()) files.push({ path: `samples.${formats[place]}`, rows, content })
  }
  if (draw.thin.length > 0) {
    files.push({
      path: 'thin-cells.tsv',
      rows: draw.thin.length,
      content: [tableText(wholeTable(thinColumns(drawn, loaded)), 'tsv')],
    })
  }
  const manifest = (listed: ListedFile[]): ProbeManifest => ({
    format: 1,
    tool: { name: 'wvs-etl', version: toolVersion },
    input: { name: survey.name, bytes: survey.bytes, sha256: index.sha256, wave: plan.wave },
    definition: { wave: plan.wave, sha256: plan.definitionHash },
    recipe: plan.recipe,
    counts: {
      respondents: index.respondents,
      ...(selection === undefined ? {} : { selection }),
      pool: pool.size,
      questions: plan.recipe.questions.length,
      cells: draw.cells,
      thinCells: draw.thin.length,
      samples: draw.samples.length,
    },
    files: listed,
  })
  return { files, manifest }
}

/** Question, category and groups of some cells, as columns. */
function cellColumns(
  { plan }: Probe,
  loaded: LoadedDefinition,
  cells: readonly { question: number; groups: number[] }[],
): TableColumn[] {
  const ids = plan.chain.decode.questions.map(({ id }) => id)
  return [
    textColumn(
      'question',
      cells.map(({ question }) => ids[question]),
    ),
    textColumn(
      'category',
      cells.map(({ question }) => loaded.variable(ids[question])?.category ?? null),
    ),
    ...plan.groups.map((group, dimension) =>
      textColumn(
        group.name,
        cells.map(({ groups }) => groupLabel(group, groups[dimension])),
      ),
    ),
  ]
}

function sampleColumns(drawn: Probe, loaded: LoadedDefinition): TableColumn[] {
  const { plan, pool, draw } = drawn
  const { questions, answerCodes } = plan.chain.decode
  const ids = questions.map(({ id }) => id)
  const labels = questionsTable(loaded, ids, plan.recipe.labels === 'mended').map(({ value_labels }) => value_labels)
  const answers = Int32Array.from(
    draw.samples,
    ({ member, question }) => answerCodes[pool.answer(member, question)] ?? nullValue,
  )
  return [
    ...cellColumns(drawn, loaded, draw.samples),
    textColumn(
      'respondent_id',
      draw.samples.map(({ member }) => pool.id(member)),
    ),
    { name: 'answer', type: 'integer', values: answers },
    textColumn(
      'answer_label',
      draw.samples.map(({ question }, row) => labels[question][answers[row]] ?? null),
    ),
  ]
}

function thinColumns(drawn: Probe, loaded: LoadedDefinition): TableColumn[] {
  const { thin } = drawn.draw
  return [
    ...cellColumns(drawn, loaded, thin),
    { name: 'members', type: 'integer', values: Int32Array.from(thin, ({ members }) => members) },
  ]
}

/** The table of the reference, column names and all. */
function referenceSamples(drawn: Probe, loaded: LoadedDefinition): Uint8Array {
  const { pool, draw } = drawn
  const titles: Record<string, string> = {
    continent_reference: 'Continent',
    urban_rural: 'Urban / Rural',
    education_level_reference: 'Education',
  }
  const [question, category, ...groups] = cellColumns(drawn, loaded, draw.samples)
  const ids = textColumn(
    loaded.definition.roles.id,
    draw.samples.map(({ member }) => pool.id(member)),
  )
  const columns = [
    { ...question, name: 'Question' },
    { ...category, name: 'Question Category' },
    ...groups.map((group) => ({ ...group, name: titles[group.name] ?? group.name })),
    ids,
  ]
  return tableText(wholeTable(columns), 'tsv')
}
