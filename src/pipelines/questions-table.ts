import type { HarmonisedMember, HarmonisedVariable } from '../definitions/harmonised-report.js'
import type { LoadedDefinition } from '../definitions/loader.js'
import { scaleLabels } from '../definitions/scale-labels.js'
import { questionSentence } from '../definitions/wording.js'
import type { ParquetColumn } from '../formats/parquet/column.js'
import { indexIntegers } from '../formats/parquet/column-values.js'
import { integerDictionary, textDictionary } from '../formats/parquet/dictionary.js'
import { parquetFooter, parquetMagic } from '../formats/parquet/footer.js'
import { RowGroupWriter } from '../formats/parquet/row-group.js'
import { toolName } from './tool.js'

/** One question of the dataset: what its answers in the other tables mean. */
export interface Question {
  id: string
  wording: string
  label: string
  category: string
  scale_min: number | null
  scale_max: number | null
  /** Labels of the codes on the scale, after recodes. */
  value_labels: Record<string, string>
  /** Code in the file -> code on the scale; null for missing. */
  recodes: Record<string, number | null>
  harmonised: string | null
  /** Where the dataset is made of several files: the waves that ask it, and what each of them calls it. */
  waves?: HarmonisedMember[]
}

/** The questions of a build, in the definition's order; `members` are known where it is made of several waves. */
export function questionsTable(
  loaded: LoadedDefinition,
  ids: string[],
  mended: boolean,
  members?: readonly HarmonisedVariable[],
): Question[] {
  const waves = new Map(members?.map((variable) => [variable.id, variable.members]))
  return ids.map((id) => {
    const variable = loaded.variable(id)
    if (variable === undefined) throw new Error(`question ${id} is not in the definition`)
    const { scale, recodes = {} } = variable
    return {
      id,
      wording: questionSentence(variable),
      label: variable.label,
      category: variable.category ?? '',
      scale_min: scale?.min ?? null,
      scale_max: scale?.max ?? null,
      value_labels: scaleLabels(variable, loaded.labelsOf(variable, { mended })),
      recodes,
      harmonised: variable.harmonised ?? null,
      ...(members === undefined ? {} : { waves: waves.get(id) ?? [] }),
    }
  })
}

/** The same table as one Parquet file; labels, recodes and waves are JSON texts. */
export function questionsParquet(questions: Question[]): Uint8Array {
  const text = (name: string, nullable = false): ParquetColumn => ({ name, type: 'text', nullable })
  const columns: { column: ParquetColumn; values: (string | number | null)[] }[] = [
    { column: text('id'), values: questions.map(({ id }) => id) },
    { column: text('wording'), values: questions.map(({ wording }) => wording) },
    { column: text('label'), values: questions.map(({ label }) => label) },
    { column: text('category'), values: questions.map(({ category }) => category) },
    {
      column: { name: 'scale_min', type: 'integer', nullable: true },
      values: questions.map(({ scale_min }) => scale_min),
    },
    {
      column: { name: 'scale_max', type: 'integer', nullable: true },
      values: questions.map(({ scale_max }) => scale_max),
    },
    { column: text('value_labels'), values: questions.map(({ value_labels }) => JSON.stringify(value_labels)) },
    { column: text('recodes'), values: questions.map(({ recodes }) => JSON.stringify(recodes)) },
    { column: text('harmonised', true), values: questions.map(({ harmonised }) => harmonised) },
  ]
  if (questions.some(({ waves }) => waves !== undefined)) {
    columns.push({ column: text('waves'), values: questions.map(({ waves = [] }) => JSON.stringify(waves)) })
  }
  const writer = new RowGroupWriter((bytes) => bytes)
  writer.begin(columns.length, questions.length)
  for (const { column, values } of columns) {
    if (column.type === 'integer') {
      const noValue = -0x80000000
      const indices = Int32Array.from(values, (value) => (typeof value === 'number' ? value : noValue))
      const { distinct, nulls } = indexIntegers(indices, noValue)
      writer.packedNullable(integerDictionary(distinct), indices, nulls)
      continue
    }
    const { distinct, indices } = indexTexts(values)
    const dictionary = textDictionary(distinct, Int32Array.from(distinct.keys()))
    if (column.nullable) writer.packedNullable(dictionary, indices)
    else writer.packed(dictionary, indices)
  }
  const { bytes, ...rowGroup } = writer.end()
  const footer = parquetFooter(
    columns.map(({ column }) => column),
    [{ ...rowGroup, offset: parquetMagic.length }],
    'UNCOMPRESSED',
    toolName,
  )
  return Buffer.concat([parquetMagic, bytes, footer])
}

function indexTexts(values: (string | number | null)[]): { distinct: string[]; indices: Int32Array } {
  const known = new Map<string, number>()
  const indices = Int32Array.from(values, (value) => {
    if (typeof value !== 'string') return -1
    const index = known.get(value) ?? known.size
    known.set(value, index)
    return index
  })
  return { distinct: [...known.keys()], indices }
}
