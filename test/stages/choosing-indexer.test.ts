import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import type { Block } from '#src/batch/block.js'
import type { CellBatch, SelectedBatch } from '#src/batch/cell-batch.js'
import type { FieldKind } from '#src/formats/scanned-rows.js'
import { TextMemory } from '#src/formats/text-memory.js'
import { type AnyStage, chosenStages } from '#src/stages/chain.js'
import { ChoosingIndexer } from '#src/stages/choosing-indexer.js'
import { chosenBlocks } from '#src/stages/chosen-blocks.js'
import type { Condition } from '#src/stages/condition.js'
import { indexSurvey, type ReadSurveyOptions, surveyBlocks } from '#src/stages/read-survey.js'
import { anyBytes } from '../formats/delimited-text.js'
import { checkAsync } from '../property.js'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wvs-choosing-'))
})
after(() => rmSync(folder, { recursive: true }))

const header = 'ID,Q1\n'
const fields: FieldKind[] = ['text', 'code', 'code']

function survey(text: string, options: Partial<ReadSurveyOptions>): ReadSurveyOptions {
  const path = join(folder, 'survey.csv')
  writeFileSync(path, Buffer.from(header + text, 'latin1'))
  const where = { dataStart: header.length, dataLine: 2, idField: 0, columns: [0, 1, 2] }
  const limits = { blockRows: 1 << 20, blockBytes: 1 << 20, excludedIds: [] }
  return { path, file: 'survey.csv', encoding: 'windows-1252', delimiter: ',', ...where, ...limits, ...options }
}

/** Two columns of the file, a derived one of the first, and a constant one. */
const derive = {
  codeFields: 2,
  columns: [
    { id: 'Q1', slot: 0, recodes: [[3, null] as [number, null], [9, 1] as [number, number]] },
    { id: 'Q2', slot: 1, recodes: [], max: 5 },
    { id: 'WAVE', slot: -1, recodes: [], constant: 7 },
  ],
  derived: [
    {
      name: 'group',
      input: 0,
      labels: ['low', 'high'],
      codes: [[0, 1] as [number, number]],
      bins: [{ from: 1, to: 2, index: 0 }],
    },
    { name: 'all', input: -1, labels: ['everybody'], codes: [], bins: [] },
  ],
  written: [0],
}
const column = fc.record({ op: fc.constant('column' as const), column: fc.nat({ max: 4 }) })
const number = fc.record({ op: fc.constant('number' as const), value: fc.nat({ max: 7 }) })
const compared: fc.Arbitrary<Condition> = fc.record({
  op: fc.constant('compare' as const),
  operator: fc.constantFrom('==', '!=', '<', '>='),
  left: column,
  right: fc.oneof(column, number),
})
const condition: fc.Arbitrary<Condition> = fc.oneof(
  compared,
  fc.record({ op: fc.constant('missing' as const), column: fc.nat({ max: 4 }) }),
  fc.record({
    op: fc.constantFrom('and' as const, 'or' as const),
    terms: fc.array(compared, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ op: fc.constant('not' as const), term: compared }),
)

/** Records of three cells of which the last two are codes, or anything. */
const someText = fc.oneof(
  anyBytes,
  fc
    .array(
      fc.tuple(
        fc.constantFrom('1', '2', '"3"', '1.0', '007', 'A', '', '"a\nb"', '1e2', '+4', ' 5', '99999999999999999'),
        fc.constantFrom('0', '1', '2', '3', '9', '-1', '', 'x', '"2"', '1.0'),
        fc.constantFrom('0', '1', '5', '6', '', '"5\n"', '1,1', '"7'),
        fc.constantFrom('\n', '\r\n', '\n\n', '\n\r\n'),
      ),
      { maxLength: 12 },
    )
    .map((rows) => rows.map(([id, first, second, end]) => `${id},${first},${second}${end}`).join('')),
)

const input = fc.record({
  text: someText,
  where: fc.array(condition, { minLength: 1, maxLength: 3 }),
  rejectRagged: fc.boolean(),
  blockRows: fc.integer({ min: 1, max: 6 }),
  blockBytes: fc.integer({ min: 1, max: 120 }),
  excludedIds: fc.subarray(['1', 'A', '7']),
  isDerived: fc.boolean(),
  isExcel: fc.boolean(),
  piece: fc.integer({ min: 1, max: 40 }),
})

/** What the stages that every chain begins with make of a block, apart from where it is. */
function outcome(stages: AnyStage[], block: Block): unknown {
  const { cells, places, selection, codes, derived, ...batch } = stages.reduce(
    (value, stage) => stage.apply(value),
    block as unknown,
  ) as CellBatch & SelectedBatch
  const { bytes: _, chosen: __, ...kept } = batch.block
  const spans = Array.from({ length: cells.texts.length / 2 }, (_, cell) =>
    Buffer.from(cells.bytes.subarray(cells.texts[cell * 2], cells.texts[cell * 2 + 1])).toString('latin1'),
  )
  const { codes: scanned, oddCells, ragged, rows } = cells
  return structuredClone({ block: kept, places, selection, codes, derived, scanned, spans, oddCells, ragged, rows })
}

describe('blocks whose respondents are chosen while their records are found', () => {
  it('say the same of them as the stages that choose by the batch, for any bytes and any choice', async () => {
    await checkAsync(
      input,
      600,
      async ({ text: plainText, where, rejectRagged, isDerived, isExcel, piece, ...limits }) => {
        const delimiter = isExcel ? ';' : ','
        const text = isExcel ? plainText.replaceAll(',', ';').replaceAll('.', ',') : plainText
        const options = survey(text, { ...limits, delimiter })
        const parse = { delimiter, decimalComma: isExcel, fields, encoding: options.encoding }
        const usable = isDerived ? where : [{ op: 'not' as const, term: { op: 'and' as const, terms: [] } }]
        const select = { where: usable, rejectRagged }
        const plan = { readBlock: { path: options.path }, parse, select, ...(isDerived && { derive }) }
        const choice = { parse, select, ...(isDerived && { derive }) }
        const plain = await indexSurvey(options)
        const chosen = await indexSurvey(options, undefined, true, choice)
        assert.deepEqual({ ...chosen, blocks: [] }, { ...plain, blocks: [] })
        assert.deepEqual(takenInPieces(new ChoosingIndexer(options, choice), text, piece), chosen.blocks)

        const stages = chosenStages(plan, { reuse: true, memory: new TextMemory() })
        const expected = plain.blocks.map((block) => outcome(stages, block))
        // The blocks have the bytes of the chosen records once; then those of the file take their place.
        for (const hasBytes of [true, false]) {
          const taken = [...(surveyBlocks(chosen) as Iterable<Block>)]
          assert.ok(taken.every((block) => (block.bytes !== undefined) === hasBytes))
          assert.deepEqual(
            taken.map((block) => outcome(stages, block)),
            expected,
          )
        }
        const lines = plain.blocks.map(({ offset, firstLine }, at) => {
          const places = chosen.blocks[at].chosen?.offsets ?? []
          return [...places].map(
            (place) => firstLine + text.slice(offset - header.length, place - header.length).split('\n').length - 1,
          )
        })
        assert.deepEqual(
          chosen.blocks.map((block) => [...(block.chosen?.lines ?? [])]),
          lines,
        )

        // As they are found, with their bytes: the ids that repeat are not known then.
        const memory = new TextMemory()
        const own = chosenStages(plan, { reuse: true, memory })
        const found: unknown[] = []
        for await (const block of chosenBlocks(options, choice, memory)) found.push(outcome(own, block))
        const unnumbered = chosen.blocks.map(({ idRepeats: _, ...block }) => outcome(stages, block))
        assert.deepEqual(found, unnumbered)
      },
    )
  })

  it('are cut alike when a record is longer than what is read at a time', async () => {
    const long = `1,1,"${'long\n'.repeat(400_000)}"\n2,1,1\n`
    const options = survey(`0,2,2\n${long}3,1,1\n`, { blockBytes: 1 << 24 })
    const parse = { delimiter: ',', decimalComma: false, fields, encoding: options.encoding }
    const isOne = { op: 'compare' as const, operator: '==' as const, left: { op: 'column' as const, column: 0 } }
    const select = { where: [{ ...isOne, right: { op: 'number' as const, value: 1 } }], rejectRagged: true }
    const { blocks } = await indexSurvey(options, undefined, true, { parse, select, derive })
    assert.deepEqual([...(blocks[0].chosen?.places ?? [])], [1, 2, 3])
    assert.deepEqual([...(blocks[0].chosen?.lines ?? [])], [3, 400_004, 400_005])
    assert.deepEqual(blocks[0].chosen?.selection, { candidates: 4, passed: [3], sampledOut: 0 })
  })
})

/** The blocks that an indexer makes of a text that comes in small pieces. */
function takenInPieces(taker: ChoosingIndexer, text: string, piece: number): Block[] {
  const bytes = Buffer.from(text, 'latin1')
  let position = 0
  for (let end = 0; ; ) {
    const isLast = end === bytes.length
    end = Math.min(bytes.length, end + piece)
    for (let before = -1; before < position && position < end; ) {
      const room = taker.room(bytes.length)
      bytes.copy(room, 0, 0, end)
      before = position
      position = taker.take(room, position, end, isLast)
    }
    if (isLast) break
  }
  taker.close()
  taker.index.finish()
  return taker.index.blocksFrom(0)
}
