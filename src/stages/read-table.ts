import type { Block } from '../batch/block.js'
import { interviewIdOf } from '../formats/interview-id.js'
import type { SurveyTable } from '../formats/survey-columns.js'
import { SurveyError } from '../formats/survey-error.js'
import { openTable, type SurveyInput } from '../formats/survey-input.js'
import type { TextColumn } from '../formats/text-column.js'
import type { SurveyIndex } from './read-survey.js'

/** The interview ids of a table's rows, in their canonical form; '' where there is none. */
export async function* tableIds(table: SurveyTable, idField: number, signal?: AbortSignal): AsyncGenerator<string> {
  const options = { columns: [idField], reuseBuffers: true, ...(signal === undefined ? {} : { signal }) }
  for await (const { rows, numbers, texts } of table.read(options)) {
    for (let row = 0; row < rows; row++) yield interviewIdOf(cellText(numbers[0], texts[0], row))
  }
}

/** The first row of a table, as texts; undefined where it has none. */
export async function firstTableRow(table: SurveyTable): Promise<string[] | undefined> {
  for await (const { numbers, texts } of table.read({ columns: [...table.variables.keys()], rowsPerBatch: 1 })) {
    return table.variables.map((_, column) => cellText(numbers[column], texts[column], 0))
  }
  return undefined
}

/** The blocks of a table with the columns that are read. */
export async function* tableBlocks(
  input: SurveyInput,
  { blocks, read }: SurveyIndex,
  signal?: AbortSignal,
): AsyncGenerator<Block> {
  const table = await openTable(input, read.file)
  const options = { columns: read.columns, rowsPerBatch: read.blockRows, ...(signal === undefined ? {} : { signal }) }
  let next = 0
  for await (const { rows, firstRow, numbers, texts } of table.read(options)) {
    const block = blocks[next++]
    if (block?.rows !== rows || block.firstRow !== firstRow) {
      throw new SurveyError(
        `the texts of respondents ${firstRow + 1} to ${firstRow + rows} take more than a block has room for; is the file damaged?`,
        { place: { file: read.file } },
      )
    }
    yield { ...block, columns: { numbers, texts } }
  }
}

function cellText(numbers: Float64Array | undefined, texts: TextColumn | undefined, row: number): string {
  if (numbers !== undefined) return Number.isNaN(numbers[row]) ? '' : String(numbers[row])
  if (texts === undefined) return ''
  return Buffer.from(texts.bytes.subarray(texts.offsets[row], texts.offsets[row + 1])).toString()
}
