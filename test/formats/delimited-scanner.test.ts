import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { DelimitedScanner } from '#src/formats/delimited-scanner.js'
import { emptyCode, type FieldKind, oddCode, type ScannedRows } from '#src/formats/scanned-rows.js'
import { textMemory } from '#src/formats/text-memory.js'
import { check } from '../property.js'
import { anyBytes, cellText, readPlainly, withStop, writeCell } from './delimited-text.js'

const decoder = { decode: (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1') }
const kinds: FieldKind[] = ['skip', 'code', 'number', 'text']
const fieldKind = fc.constantFrom(...kinds)

/** The number that a text says, by the language's own reading. */
function numberOf(text: string, decimalComma: boolean): number {
  const trimmed = text.trim()
  const pointed = decimalComma ? trimmed.replace(',', '.') : trimmed
  if (!/^[+-]?[0-9.]+(e[+-]?[0-9]+)?$/i.test(pointed)) return Number.NaN
  const number = Number(pointed)
  return Number.isFinite(number) ? number : Number.NaN
}

function codeOf(text: string, decimalComma: boolean): number {
  if (text === '') return emptyCode
  const number = numberOf(text, decimalComma)
  return Number.isInteger(number) && number > oddCode && number < 2 ** 31 ? number + 0 : oddCode
}

/** Compares every cell that was asked for with the oracle's; `undefined` is a cell that its record lacks. */
function assertCells(scanned: ScannedRows, records: string[][], fields: FieldKind[], decimalComma: boolean): void {
  assert.equal(scanned.rows, records.length, 'records')
  const at = { skip: 0, code: 0, number: 0, text: 0 }
  for (const [row, cells] of records.entries()) {
    for (const [field, kind] of fields.entries()) {
      const cell: string | undefined = cells[field]
      const place = at[kind]++
      const where = `row ${row}, field ${field}: ${JSON.stringify(cell)}`
      if (kind === 'code') {
        const expected = codeOf(cell ?? '', decimalComma)
        assert.equal(scanned.codes[place], expected, where)
        assert.equal(scanned.oddCells.get(place), expected === oddCode ? cell : undefined, where)
      } else if (kind === 'number') {
        const expected = numberOf(cell ?? '', decimalComma)
        assert.ok(Object.is(scanned.numbers[place], expected), `${where}: ${scanned.numbers[place]}`)
        const odd = Number.isNaN(expected) && cell !== undefined && cell !== '' ? cell : undefined
        assert.equal(scanned.oddCells.get(-1 - place), odd, where)
      } else if (kind === 'text') {
        const from = scanned.texts[place * 2]
        const raw = decoder.decode(scanned.bytes.subarray(from, scanned.texts[place * 2 + 1]))
        const quoted = scanned.bytes[from - 1] === 0x22
        assert.equal(quoted ? raw.replaceAll('""', '"') : raw, cell ?? '', where)
      }
    }
  }
}

/** What was scanned, of some rows alone. */
function picked(scanned: ScannedRows, rows: number[]): Omit<ScannedRows, 'bytes'> {
  const widthOf = ({ length }: { length: number }) => length / scanned.rows
  const places = (width: number) =>
    rows.flatMap((row, index) => Array.from({ length: width }, (_, at) => [row * width + at, index * width + at]))
  const pick = <T extends Int32Array | Float64Array>(cells: T): T =>
    cells.filter((_, at) => rows.includes(Math.floor(at / widthOf(cells)))) as T
  const { starts, codes, numbers, texts } = scanned
  const oddCells = new Map<number, string>()
  const keys = [...places(widthOf(codes)), ...places(widthOf(numbers)).map((own) => own.map((place) => -1 - place))]
  for (const [key, own] of keys) {
    const odd = scanned.oddCells.get(key)
    if (odd !== undefined) oddCells.set(own, odd)
  }
  const ragged = scanned.ragged.flatMap((found) =>
    rows.includes(found.row) ? [{ ...found, row: rows.indexOf(found.row) }] : [],
  )
  return {
    ...{ rows: rows.length, starts: pick(starts), codes: pick(codes), numbers: pick(numbers), texts: pick(texts) },
    ...{ oddCells, ragged },
  }
}

/** No text has more records than lines. */
function mostRecords(text: string): number {
  return text.split('\n').length
}

/** A scanner for these fields reads a text; any number of texts one after the other with the same arrays. */
function scanOf(fields: FieldKind[], delimiter: string, reuse = false): (text: string) => ScannedRows {
  const scanner = new DelimitedScanner({ delimiter, decimalComma: delimiter !== ',', fields }, decoder, { reuse })
  return (text) => {
    const { bytes, end } = withStop(text)
    return scanner.scan(bytes, 0, end, mostRecords(text))
  }
}

const table = fc
  .record({
    delimiter: fc.constantFrom(',', ';', '\t'),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    fields: fc.array(fieldKind, { minLength: 1, maxLength: 9 }),
    trailing: fc.boolean(),
    lastLineEnd: fc.boolean(),
    blankLines: fc.boolean(),
  })
  .chain((dialect) =>
    fc.record({
      dialect: fc.constant(dialect),
      rows: fc.array(
        fc.array(fc.record({ text: cellText, quoted: fc.boolean() }), {
          minLength: dialect.fields.length,
          maxLength: dialect.fields.length,
        }),
        { minLength: 1, maxLength: 12 },
      ),
    }),
  )
  .map(({ dialect, rows }) => {
    const { delimiter, lineEnd, trailing, lastLineEnd, blankLines } = dialect
    const lines = rows.map((cells) => {
      const line = cells.map(({ text, quoted }) => writeCell(text, delimiter, quoted)).join(delimiter)
      return trailing ? line + delimiter : line === '' ? '""' : line
    })
    const text = lines.join(blankLines ? lineEnd + lineEnd : lineEnd) + (lastLineEnd ? lineEnd : '')
    const fields: FieldKind[] = trailing ? [...dialect.fields, 'skip'] : dialect.fields
    return { text, delimiter, fields }
  })

function csvParse(text: string, delimiter: string): string[][] {
  const options = { delimiter, record_delimiter: ['\r\n', '\n'], relax_column_count: true, skip_empty_lines: true }
  const rows: unknown = parse(Buffer.from(text, 'latin1'), { ...options, encoding: 'latin1' })
  assert.ok(Array.isArray(rows))
  return rows
}

describe('DelimitedScanner', () => {
  it("reads csv-parse's cells in every dialect, numbers to the bit", () => {
    check(table, 1500, ({ text, delimiter, fields }) => {
      const scanned = scanOf(fields, delimiter)(text)
      assertCells(scanned, csvParse(text, delimiter), fields, delimiter !== ',')
      assert.deepEqual(scanned.ragged, [])
    })
  })

  it('reads any number that text can say as Number does', () => {
    const digits = (maxLength: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), maxLength })
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc
        .tuple(fc.constantFrom('', '-', '+'), digits(17), fc.constantFrom('', '.'), digits(17))
        .map((parts) => parts.join('')),
      fc.tuple(digits(4), fc.constantFrom('e', 'E', '.5e', 'e-', 'E+'), digits(3)).map((parts) => parts.join('')),
    )
    check(fc.array(number, { minLength: 1, maxLength: 20 }), 1500, (numbers) => {
      const text = `${numbers.map((cell) => `${cell},${cell},"${cell}","${cell}"`).join('\n')}\n`
      const fields: FieldKind[] = ['number', 'code', 'number', 'code']
      assertCells(scanOf(fields, ',')(text), csvParse(text, ','), fields, false)
    })
  })

  it('reads runs of fields of any length, most of them one digit, whatever stands between', () => {
    const runs = fc.array(fc.record({ kind: fieldKind, length: fc.integer({ min: 1, max: 40 }) }), {
      minLength: 1,
      maxLength: 5,
    })
    const cell = fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom('1', '2', '7', '0') },
      { weight: 2, arbitrary: fc.constantFrom('-1', '10', '2018', '', '3.0', '0.25', '-4.50') },
      { weight: 1, arbitrary: cellText },
    )
    const input = runs.chain((runs) => {
      const fields = runs.flatMap(({ kind, length }) => new Array<FieldKind>(length).fill(kind))
      const row = fc.array(fc.record({ text: cell, quoted: fc.boolean() }), {
        minLength: fields.length,
        maxLength: fields.length,
      })
      const rows = fc.array(row, { minLength: 1, maxLength: 4 })
      return fc.record({ fields: fc.constant(fields), rows, isQuoted: fc.boolean(), isShort: fc.boolean() })
    })
    check(input, 1500, ({ fields, rows, isQuoted, isShort }) => {
      const lines = rows.map((cells) =>
        cells.map(({ text, quoted }) => writeCell(text, ',', isQuoted && quoted)).join(','),
      )
      // The first record is plain but for what its cells are, a cut one may follow it.
      const text = lines.join(isShort ? '\n1,2\n' : '\n')
      const records = readPlainly(text, ',').map(({ cells }) => cells)
      for (const reuse of [false, true]) assertCells(scanOf(fields, ',', reuse)(text), records, fields, false)
    })
  })

  it('sees the text where the memory that holds it had to grow for the cells', () => {
    const fields: FieldKind[] = ['text', 'code']
    for (const rows of [10, 1000, 100_000]) {
      const text = Array.from({ length: rows }, (_, row) => (row % 9 === 0 ? `"r""${row}", 2` : `r${row},1`)).join('\n')
      const { bytes, end } = withStop(text)
      const room = textMemory.roomForText(bytes.length)
      room.set(bytes)
      const scanned = new DelimitedScanner({ delimiter: ',', decimalComma: false, fields }, decoder, {
        reuse: true,
      }).scan(room, 0, end, rows)
      assertCells(scanned, csvParse(text, ','), fields, false)
    }
  })

  it('reads on where hundreds of lines are no plain records', () => {
    const fields: FieldKind[] = ['code', 'skip', 'text', 'code']
    const odd = Array.from({ length: 300 }, (_, row) => `" ${row % 7}",x,"a""b", 5`)
    const text = [...odd, '', '1,2,3,4', ...odd, '5,6,7'].join('\r\n')
    const scanned = scanOf(fields, ',')(text)
    assertCells(
      scanned,
      readPlainly(text, ',').map(({ cells }) => cells),
      fields,
      false,
    )
    assert.deepEqual(scanned.ragged, [{ row: 601, fields: 3, unclosed: false }])
  })

  it('reads thousands of odd cells, one after the other', () => {
    const fields = Array.from({ length: 50 }, (_, field): FieldKind => (field % 5 === 4 ? 'number' : 'code'))
    const cells = [' 1', '0.5', 'DE', '7', '"x,y"', '1e2', '""', '-']
    const text = Array.from({ length: 400 }, (_, row) =>
      fields.map((_, field) => cells[(row + field) % 8]).join(','),
    ).join('\n')
    for (const reuse of [false, true]) assertCells(scanOf(fields, ',', reuse)(text), csvParse(text, ','), fields, false)
  })

  it('accounts for every record of any bytes at all, and for the fields of each', () => {
    const input = fc.record({
      text: anyBytes,
      delimiter: fc.constantFrom(',', ';'),
      fields: fc.array(fieldKind, { minLength: 1, maxLength: 5 }),
    })
    check(input, 6000, ({ text, delimiter, fields }) => {
      const records = readPlainly(text, delimiter)
      const scanned = scanOf(fields, delimiter)(text)
      assertCells(
        scanned,
        records.map(({ cells }) => cells),
        fields,
        delimiter !== ',',
      )
      const ragged = records.flatMap(({ cells, unclosed }, row) =>
        cells.length === fields.length && !unclosed ? [] : [{ row, fields: cells.length, unclosed }],
      )
      assert.deepEqual(scanned.ragged, ragged)
      assert.deepEqual(
        Array.from(scanned.starts.subarray(0, scanned.rows)),
        records.map(({ start }) => start),
      )
    })
  })

  it('accounts for every record of a valid file with a few bytes changed', () => {
    const changes = fc.array(
      fc.record({
        at: fc.nat(),
        byte: fc.constantFrom('"', '\n', ',', ';', '\r', '\0', ''),
        remove: fc.nat({ max: 2 }),
      }),
      { minLength: 1, maxLength: 4 },
    )
    check(fc.record({ valid: table, changes }), 2000, ({ valid, changes }) => {
      const { fields, delimiter } = valid
      let { text } = valid
      for (const { at, byte, remove } of changes) {
        const place = at % (text.length + 1)
        text = text.slice(0, place) + byte + text.slice(place + remove)
      }
      const records = readPlainly(text, delimiter).map(({ cells }) => cells)
      assertCells(scanOf(fields, delimiter)(text), records, fields, delimiter !== ',')
    })
  })

  it('reads in two steps what it reads in one: first some code fields of all records, then the rest of those that stay', () => {
    const input = fc.record({
      text: fc.oneof(
        anyBytes,
        fc
          .array(fc.constantFrom('1', '-4', '0.5', '"a,b"', '', '12', 'x'), { maxLength: 120 })
          .map((cells) => cells.join(',')),
      ),
      fields: fc.array(fieldKind, { minLength: 1, maxLength: 30 }),
      early: fc.uniqueArray(fc.nat({ max: 10 })),
      left: fc.array(fc.boolean(), { minLength: 1 }),
    })
    check(input, 3000, ({ text, fields, early, left }) => {
      const layout = { delimiter: ',', decimalComma: false, fields }
      const { bytes, end } = withStop(text)
      const whole = new DelimitedScanner(layout, decoder, { reuse: false }).scan(bytes, 0, end, mostRecords(text))
      const cells = new DelimitedScanner(layout, decoder, { reuse: false }, new Set(early)).scan(
        bytes,
        0,
        end,
        mostRecords(text),
      )
      assert.deepEqual(cells.ragged, whole.ragged)
      const codeFields = fields.filter((kind) => kind === 'code').length
      for (let row = 0; row < whole.rows; row++) {
        for (const slot of early.filter((slot) => slot < codeFields)) {
          assert.equal(cells.codes[row * codeFields + slot], whole.codes[row * codeFields + slot])
        }
      }
      const chosen = [...whole.starts.keys()].filter((row) => left[row % left.length])
      const scanner = new DelimitedScanner(layout, decoder, { reuse: false })
      const { bytes: _, ...completed } = scanner.complete(cells, Int32Array.from(chosen), end)
      assert.deepEqual(completed, picked(whole, chosen))
    })
  })

  it('gives the same cells when its arrays serve block after block', () => {
    const fields: FieldKind[] = ['code', 'text', 'number', 'code']
    const scan = scanOf(fields, ',', true)
    check(fc.array(anyBytes, { minLength: 1, maxLength: 4 }), 500, (texts) => {
      for (const text of texts) {
        const records = readPlainly(text, ',').map(({ cells }) => cells)
        assertCells(scan(text), records, fields, false)
      }
    })
  })

  it('makes room for thousands of rows whose lengths the first ones do not foretell', () => {
    const rows = Array.from({ length: 5000 }, (_, row) => (row < 50 ? `${'9'.repeat(200)},1` : `${row},2`))
    const fields: FieldKind[] = ['text', 'code']
    const scanned = scanOf(fields, ',')(rows.join('\n'))
    assertCells(
      scanned,
      rows.map((row) => row.split(',')),
      fields,
      false,
    )
  })

  it('says of a cut-off record how many fields it has, and that its quote is open', () => {
    const scanned = scanOf(['code', 'text', 'code'], ',')('1,a,2\n3,"b')
    assert.deepEqual(scanned.ragged, [{ row: 1, fields: 2, unclosed: true }])
    assert.equal(scanned.codes[3], emptyCode)
  })
})
