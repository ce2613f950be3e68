import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import type { Block } from '#src/batch/block.js'
import type { FieldKind } from '#src/formats/scanned-rows.js'
import { decodeWindows1252 } from '#src/formats/survey-columns/text-encoding.js'
import { textAt } from '#src/formats/text-column.js'
import { TextMemory } from '#src/formats/text-memory.js'
import { foundBlocks } from '#src/stages/found-blocks.js'
import { InterviewIds } from '#src/stages/interview-ids.js'
import { parse } from '#src/stages/parse.js'
import { readBlock } from '#src/stages/read-block.js'
import { indexSurvey, type ReadSurveyOptions, type SurveyIndex } from '#src/stages/read-survey.js'
import { shuffledSplits } from '#src/stages/shuffle-split.js'
import { SurveyIndexer } from '#src/stages/survey-indexer.js'
import { anyBytes, readPlainly } from '../formats/delimited-text.js'
import { checkAsync } from '../property.js'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'wvs-read-survey-'))
})
after(() => rmSync(folder, { recursive: true }))

const header = 'ID,Q1\n'

function survey(content: string | Buffer, options: Partial<ReadSurveyOptions> = {}): ReadSurveyOptions {
  const path = join(folder, 'survey.csv')
  writeFileSync(path, typeof content === 'string' ? Buffer.from(header + content, 'latin1') : content)
  return {
    path,
    file: 'survey.csv',
    encoding: 'windows-1252',
    delimiter: ',',
    dataStart: header.length,
    dataLine: 2,
    idField: 0,
    columns: [0, 1],
    blockRows: 1 << 20,
    blockBytes: 1 << 20,
    excludedIds: [],
    ...options,
  }
}

/** An interview id in its canonical form: digits of a whole number, else the text without spaces around it. */
function canonicalId(cell: string): string {
  const text = cell.trim()
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? String(number + 0) : text
}

/** Each id with `-1`, `-2`, ... where it repeats. */
function numbered(ids: string[]): string[] {
  const totals = new Map<string, number>()
  for (const id of ids) totals.set(id, (totals.get(id) ?? 0) + 1)
  const seen = new Map<string, number>()
  return ids.map((id) => {
    if (totals.get(id) === 1) return id
    seen.set(id, (seen.get(id) ?? 0) + 1)
    return `${id}-${seen.get(id)}`
  })
}

/** The ids that come out when every block is read and parsed; throws where a block's records are miscounted. */
function parsedIds(
  options: ReadSurveyOptions,
  { blocks }: SurveyIndex,
  fields: FieldKind[] = ['text', 'code'],
): string[] {
  const read = readBlock({ path: options.path }, { reuse: true })
  const { delimiter, encoding } = options
  const layout = { delimiter, decimalComma: false, fields, encoding }
  const textFields = fields.filter((kind) => kind === 'text').length
  const interviewIds = new InterviewIds({ encoding, textFields, idField: 0 })
  const cells = parse(layout, { reuse: true })
  return blocks.flatMap((block) => {
    const { cells: scanned } = cells.apply(read.apply(block))
    const ids = interviewIds.read(scanned, block)
    return Array.from({ length: scanned.rows }, (_, row) => {
      const id = textAt(ids, row)
      assert.equal(Buffer.from(interviewIds.at(scanned, block, row)).toString(), id)
      return id
    })
  })
}

/** What must hold of the blocks of any file. */
function assertBlocks(options: ReadSurveyOptions, index: SurveyIndex, text: string): void {
  const records = readPlainly(text, options.delimiter)
  assert.equal(index.respondents, records.length)
  assert.equal(index.bytes, options.dataStart + text.length)
  let row = 0
  for (const [at, block] of index.blocks.entries()) {
    assert.equal(block.index, at)
    assert.equal(block.firstRow, row)
    const start = block.offset - options.dataStart
    const end = start + block.length
    const inside = records.filter((record) => record.start >= start && record.start < end)
    assert.equal(block.rows, inside.length)
    assert.ok(block.rows > 0)
    assert.ok(inside.every((record) => record.end <= end))
    assert.equal(block.firstLine, options.dataLine + text.slice(0, start).split('\n').length - 1)
    const lastStart = inside.at(-1)?.start ?? start
    assert.ok(lastStart - start < options.blockBytes, 'the block goes on after the record that fills it')
    row += block.rows
  }
  assert.equal(row, records.length)
}

/** Blocks that are had as they are found are those of the index, and their records read alike, one block after the other. */
async function assertFoundAlike(options: ReadSurveyOptions, { blocks }: SurveyIndex): Promise<void> {
  const context = { reuse: true, memory: new TextMemory() }
  const read = readBlock({ path: options.path }, context)
  const fields: FieldKind[] = ['text', 'code', 'text']
  const layout = { delimiter: options.delimiter, decimalComma: false, fields, encoding: options.encoding }
  const cells = parse(layout, context)
  const cellsOf = (block: Block) => {
    const { rows, codes, texts, bytes, oddCells, ragged } = cells.apply(read.apply(block)).cells
    const spans = Array.from({ length: rows * 2 }, (_, cell) => [texts[cell * 2], texts[cell * 2 + 1]])
    return { codes: [...codes], texts: spans.map(([from, to]) => latin1(bytes, from, to)), oddCells, ragged }
  }
  const found: unknown[] = []
  for await (const { bytes, ...block } of foundBlocks(options, context.memory)) {
    assert.ok(bytes !== undefined && bytes.length === block.length + 2)
    found.push({ ...block, cells: cellsOf({ ...block, bytes }) })
  }
  const indexed = blocks.map(({ idRepeats: _, splits: __, ...block }) => ({ ...block, cells: cellsOf(block) }))
  assert.ok(isDeepStrictEqual(found, indexed), 'the blocks differ')
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
}

const someIds = fc.constantFrom(
  '1',
  '2',
  '1.0',
  '"1"',
  '2E0',
  'A',
  ' A',
  '"A"',
  '"A""B"',
  '""',
  '',
  ' ',
  '007',
  '7',
  '\xe9',
)

it('refuses what has more records than any survey, before their ids fill memory', () => {
  const indexer = new SurveyIndexer(survey(''))
  const lines = Buffer.alloc(1 << 23, '1\n')
  for (let piece = 0; piece < 4; piece++) indexer.take(lines, 0, lines.length, false)
  assert.throws(
    () => indexer.take(lines, 0, 2, false),
    /^SurveyError: survey.csv, line 16777218: more than 16777216 records/,
  )
})

describe('indexSurvey', () => {
  it('counts the records that the scanner reads, for any bytes and any size of block', async () => {
    const input = fc.record({ text: anyBytes, blockBytes: fc.integer({ min: 1, max: 150 }) })
    await checkAsync(input, 400, async ({ text, blockBytes }) => {
      const options = survey(text, { blockBytes })
      const index = await indexSurvey(options)
      assertBlocks(options, index, text)
      await assertFoundAlike(options, index)
      const ids = readPlainly(text, ',').map(({ cells }) => canonicalId(windows1252(cells[0])))
      assert.deepEqual(parsedIds(options, index), numbered(ids))
    })
  })

  it('numbers the respondents that share an id, leaves out those asked for, and splits the others', async () => {
    const input = fc.record({
      ids: fc.array(someIds, { minLength: 1, maxLength: 30 }),
      excluded: fc.subarray(['1', 'A', '7']),
      blockBytes: fc.integer({ min: 1, max: 60 }),
      lastLineEnd: fc.boolean(),
    })
    await checkAsync(input, 200, async ({ ids, excluded, blockBytes, lastLineEnd }) => {
      const text = ids.map((id) => `${id},5`).join('\n') + (lastLineEnd ? '\n' : '')
      const shuffle = { seed: 3, ratios: [70, 15, 15] as [number, number, number] }
      const options = survey(text, { blockBytes, excludedIds: excluded, shuffle })
      const index = await indexSurvey(options)
      assertBlocks(options, index, text)
      await assertFoundAlike(options, index)
      const plain = readPlainly(text, ',').map(({ cells }) => canonicalId(windows1252(cells[0])))
      assert.deepEqual(parsedIds(options, index), numbered(plain))
      const left = index.blocks.flatMap((block) =>
        Array.from({ length: block.rows }, (_, row) => block.excluded?.[row] ?? 0),
      )
      assert.deepEqual(
        left,
        plain.map((id) => (excluded.includes(id) ? 1 : 0)),
      )
      assert.equal(index.excluded, left.filter((flag) => flag === 1).length)
      const splits = shuffledSplits(plain.length - index.excluded, 3, [70, 15, 15])
      const given = index.blocks.flatMap((block) => [...(block.splits ?? [])])
      let next = 0
      for (const [row, split] of given.entries()) if (left[row] === 0) assert.equal(split, splits[next++])
      const repeated = plain.filter((id, at) => plain.indexOf(id) === at && plain.lastIndexOf(id) !== at)
      const counted = repeated.map((id) => ({ id, respondents: plain.filter((other) => other === id).length }))
      const byId = (left: { id: string }, right: { id: string }) => (left.id < right.id ? -1 : 1)
      assert.deepEqual(index.repeatedIds.toSorted(byId), counted.toSorted(byId))
    })
  })

  it('reads a file of many chunks as a plain loop does, records longer than a chunk among them', async () => {
    let text = ''
    const parts: string[] = []
    for (let row = 0; row < 150_000; row++) {
      const kind = (row * 2654435761) % 7
      const answer =
        kind === 0 ? '"line\r\nbreak, and ""quotes"""' : kind === 1 ? '""' : kind === 2 ? '"a"' : String(row % 10)
      parts.push(`${row},${answer}${row % 3 === 0 ? '\r\n' : '\n'}`)
      if (row === 70_000) parts.push(`x,"${'long\n'.repeat(900_000)}"\n`)
    }
    text = parts.join('')
    const options = survey(text, { blockBytes: 300_000 })
    const index = await indexSurvey(options)
    const records = readPlainly(text, ',')
    assert.equal(index.respondents, records.length)
    assert.equal(index.respondents, 150_001)
    assert.deepEqual(
      parsedIds(options, index),
      records.map(({ cells }) => cells[0]),
    )
    await assertFoundAlike(options, index)
    const hash = createHash('sha256').update(Buffer.from(header + text, 'latin1'))
    assert.equal(index.sha256, hash.digest('hex'))
    const starts = new Map(records.map(({ start }, row) => [start + header.length, row]))
    assert.ok(index.blocks.every((block) => starts.get(block.offset) === block.firstRow))
  })

  it('refuses a record that goes on for megabytes: a quote is open', async () => {
    const options = survey(`1,2\n2,"${'a,b\n'.repeat(5_000_000)}`)
    const refusal = { name: 'SurveyError', message: /^survey\.csv, line 3: .*quote never closed/ }
    await assert.rejects(indexSurvey(options), refusal)
    await assert.rejects(foundBlocks(options, new TextMemory()).next(), refusal)
  })

  it('stops when it is told to', async () => {
    await assert.rejects(indexSurvey(survey('1,2\n'), AbortSignal.abort()), { name: 'AbortError' })
    await assert.rejects(foundBlocks(survey('1,2\n'), new TextMemory(), AbortSignal.abort()).next(), {
      name: 'AbortError',
    })
  })

  it('finds no respondents in a file that ends with its header', async () => {
    const index = await indexSurvey(survey(Buffer.from('ID,Q1'), { dataStart: 5 }))
    assert.deepEqual({ blocks: index.blocks, respondents: index.respondents }, { blocks: [], respondents: 0 })
  })

  it('finds the id in any field, behind quoted cells', async () => {
    const content = '"a,""b",1,5\n"c\n,d",1,6\n,2,7\nshort\n'
    const options = survey(content, { idField: 1 })
    const index = await indexSurvey(options)
    assert.deepEqual(index.repeatedIds, [{ id: '1', respondents: 2 }])
    assert.deepEqual([...(index.blocks[0].idRepeats ?? [])], [1, 2, 0, 0])
  })
})

function windows1252(cell: string): string {
  return decodeWindows1252(Buffer.from(cell, 'latin1'))
}
