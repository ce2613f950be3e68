import type { Block } from '../batch/block.js'
import type { CellBatch, SelectedBatch } from '../batch/cell-batch.js'
import { chosenRows } from '../batch/chosen-rows.js'
import { DelimitedScanner } from '../formats/delimited-scanner.js'
import { cellDecoder } from '../formats/dialect.js'
import type { ScannedRows } from '../formats/scanned-rows.js'
import type { Stage, StageContext } from '../pool/stage.js'
import type { ParseOptions } from './parse.js'

/**
 * Goes on with the chosen respondents alone, and reads their code fields that `parse` has left: with a narrow choice, most of
 * a survey's cells are never looked at. Of typed columns all cells are there already.
 */
export function keepChosen(
  { early: _, ...options }: ParseOptions,
  context: StageContext,
): Stage<SelectedBatch, CellBatch> {
  const scanner = new DelimitedScanner(options, cellDecoder(options), context)
  return {
    name: 'keep-chosen',
    apply({ chosen, ...batch }) {
      const { block, cells, codes, derived } = batch
      if (block.chosen !== undefined) {
        const { places } = block.chosen
        return { ...batch, block: chosenRecords(block, places), places }
      }
      const pick = (values: Int32Array) => chosen.map((row) => values[row])
      return {
        ...batch,
        block: chosenRecords(block, chosen),
        cells: block.columns === undefined ? scanner.complete(cells, chosen, block.length) : chosenCells(cells, chosen),
        ...(codes && { codes: codes.map(pick) }),
        ...(derived && { derived: derived.map(({ values, ...column }) => ({ ...column, values: pick(values) })) }),
        places: chosen,
      }
    },
  }
}

/** What a block says of some of its records. */
function chosenRecords({ idRepeats, excluded, splits, unsampled: _, ...block }: Block, chosen: Int32Array): Block {
  return {
    ...block,
    rows: chosen.length,
    ...(idRepeats && { idRepeats: Uint32Array.from(chosen, (row) => idRepeats[row]) }),
    ...(excluded && { excluded: Uint8Array.from(chosen, (row) => excluded[row]) }),
    ...(splits && { splits: Uint8Array.from(chosen, (row) => splits[row]) }),
  }
}

/** Some rows of cells that were made of typed columns: those have no lines, and are never ragged. */
function chosenCells(cells: ScannedRows, chosen: Int32Array): ScannedRows {
  const { rows, codes, numbers, texts } = cells
  const [codeWidth, numberWidth, textWidth] = [codes, numbers, texts].map(({ length }) => length / (rows || 1))
  const indices = new Map<number, number>()
  for (const [index, row] of chosen.entries()) indices.set(row, index)
  const oddCells = new Map<number, string>()
  for (const [key, text] of cells.oddCells) {
    const cell = key < 0 ? -1 - key : key
    const width = key < 0 ? numberWidth : codeWidth
    const index = indices.get(Math.floor(cell / width))
    if (index === undefined) continue
    const moved = index * width + (cell % width)
    oddCells.set(key < 0 ? -1 - moved : moved, text)
  }
  return {
    ...cells,
    rows: chosen.length,
    codes: chosenRows(codes, new Int32Array(chosen.length * codeWidth), chosen, codeWidth),
    numbers: chosenRows(numbers, new Float64Array(chosen.length * numberWidth), chosen, numberWidth),
    texts: chosenRows(texts, new Int32Array(chosen.length * textWidth), chosen, textWidth),
    oddCells,
  }
}
