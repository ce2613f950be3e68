import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { parse } from 'csv-parse/sync'
import { loadDefinition } from '#src/definitions/loader.js'
import {
  type LayoutName,
  layoutNames,
  type SynthesisOptions,
  synthesize,
  synthesizeBytes,
} from '#src/pipelines/synth.js'

const bytesOf = (options: SynthesisOptions) => Buffer.concat([...synthesizeBytes(options)])

/** A file as csv-parse, which takes nothing amiss but ragged rows, reads it. */
function tableOf(options: SynthesisOptions & { ragged?: boolean }) {
  const { ragged = false, ...synthesis } = options
  const rows: string[][] = parse(bytesOf(synthesis), {
    bom: true,
    delimiter: synthesis.layout?.startsWith('country') ? ';' : ',',
    relax_column_count: ragged,
  })
  const [header, ...records] = rows
  const at = new Map(header.map((column, index) => [column, index]))
  const column = (name: string) => {
    const index = at.get(name)
    assert.ok(index !== undefined, `no column ${name}`)
    return records.map((record) => record[index])
  }
  return { header, records, column, numbers: (name: string) => column(name).map(Number) }
}

const mean = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length

describe('synthesizeBytes', () => {
  const respondents = 2000
  const { header, column, numbers } = tableOf({ respondents })
  const loaded = loadDefinition('7')

  for (const layout of layoutNames) {
    it(`gives the same bytes for the same seed, others for another: ${layout}`, () => {
      const first = bytesOf({ layout, respondents: 70, seed: 5 })
      assert.ok(first.equals(bytesOf({ layout, respondents: 70, seed: 5 })))
      assert.ok(!first.equals(bytesOf({ layout, respondents: 70, seed: 6 })))
    })
  }

  it('has the 613 columns of release 6.0, those that the codebook does not know as placeholders', () => {
    assert.equal(header.length, 613)
    assert.equal(new Set(header).size, 613)
    assert.deepEqual(header.slice(0, 10), [
      'version',
      'doi',
      'A_WAVE',
      'A_YEAR',
      'A_STUDY',
      'B_COUNTRY',
      'B_COUNTRY_ALPHA',
      'C_COW_NUM',
      'C_COW_ALPHA',
      'D_INTERVIEW',
    ])
    const known = header.filter((name) => loaded.variable(name) !== undefined)
    assert.equal(known.length, loaded.definition.variables.length)
    assert.ok(header.every((name) => known.includes(name) || /^X_PAD\d+$/.test(name)))
  })

  it('quotes the header and texts, leaves numbers bare, and ends lines in LF', () => {
    const text = bytesOf({ respondents: 100 }).toString()
    assert.ok(!text.includes('\r') && !text.includes('\uFEFF'))
    assert.ok(text.endsWith('\n') && !text.endsWith('\n\n'))
    const [first, ...lines] = text.trimEnd().split('\n')
    assert.match(first, /^"version","doi",.*,"X_PAD235"$/)
    for (const line of lines) {
      const cells = line.match(/"(?:[^"]|"")*"|[^,]+|(?<=,)(?=,)/g) ?? []
      assert.equal(cells.length, 613)
      for (const cell of cells) assert.match(cell, /^("([^"]|"")*"|-?\d+(\.\d*[1-9])?|)$/)
    }
  })

  it('says in every row that it is synthetic', () => {
    assert.ok(column('version').every((version) => version === 'synthetic (wvs synth, seed 0)'))
    assert.ok(!column('doi').some((doi) => doi.includes('doi.org')))
  })

  it('orders rows by numeric country code, then interview id', () => {
    const countries = numbers('B_COUNTRY')
    const ids = numbers('D_INTERVIEW')
    assert.equal(new Set(countries).size, 66)
    for (let row = 1; row < countries.length; row++) {
      assert.ok(countries[row - 1] <= countries[row])
      if (countries[row] === countries[row - 1] && countries[row] !== 858) assert.equal(ids[row], ids[row - 1] + 1)
      if (countries[row] !== 858) assert.equal(Math.floor(ids[row] / 1_000_000), countries[row])
    }
  })

  it("repeats one id over all of Uruguay's respondents, and no other", () => {
    const ids = column('D_INTERVIEW')
    const uruguay = ids.filter((_, row) => column('B_COUNTRY')[row] === '858')
    assert.ok(uruguay.length > 15)
    assert.deepEqual([...new Set(uruguay)], ['858069901'])
    const others = ids.filter((id) => id !== '858069901')
    assert.equal(new Set(others).size, others.length)
  })

  it('uses codes that have a label', () => {
    const unlabelled = new Set<string>()
    for (const name of header) {
      const variable = loaded.variable(name)
      if (variable === undefined || variable.measure === 'text' || variable.measure === 'quantity') continue
      if (['B_COUNTRY_ALPHA', 'C_COW_NUM', 'C_COW_ALPHA', 'S025'].includes(name)) continue
      const labels = loaded.labelsOf(variable, { mended: true })
      for (const cell of new Set(column(name))) if (labels[cell] === undefined) unlabelled.add(`${name} ${cell}`)
    }
    assert.deepEqual([...unlabelled], [])
  })

  it('holds more than enough valid answers for 20 million examples from 97,220 respondents', () => {
    let examples = 0
    for (const { id, kind, scale, recodes } of loaded.definition.variables) {
      if (kind !== 'value' || scale === undefined) continue
      for (const cell of column(id)) {
        const answer = recodes?.[cell] === undefined ? Number(cell) : recodes[cell]
        if (answer === null || answer < 0) continue
        assert.ok(answer >= scale.min && answer <= scale.max, `${id} ${cell}`)
        examples++
      }
    }
    assert.ok(examples / respondents > 20_000_000 / 97_220, `${examples} examples of ${respondents} respondents`)
  })

  it('leaves out whole countries where a question was not asked, and no respondent elsewhere', () => {
    const countries = column('B_COUNTRY')
    let skipped = 0
    for (const { id, kind } of loaded.definition.variables) {
      if (kind !== 'value') continue
      const asked = new Map<string, boolean>()
      for (const [row, cell] of column(id).entries()) {
        const before = asked.get(countries[row])
        assert.ok(before === undefined || before === (cell !== '-4'), `${id} in ${countries[row]}`)
        asked.set(countries[row], cell !== '-4')
      }
      skipped += [...asked.values()].filter((answer) => !answer).length
    }
    const share = skipped / (239 * 66)
    assert.ok(share > 0.005 && share < 0.05, `share of questions that countries skipped: ${share}`)
  })

  it('has some item non-response, mostly "don\'t know", seldom -5', () => {
    const counts = new Map<string, number>()
    let cells = 0
    for (const { id, kind } of loaded.definition.variables) {
      if (kind !== 'value') continue
      for (const cell of column(id)) counts.set(cell, (counts.get(cell) ?? 0) + 1)
      cells += respondents
    }
    const share = (code: string) => (counts.get(code) ?? 0) / cells
    assert.ok(share('-1') > 0.01 && share('-1') < 0.04)
    assert.ok(share('-2') > 0.002 && share('-2') < share('-1'))
    assert.ok(share('-5') > 0 && share('-5') < 0.002)
  })

  it('makes people whose facts agree', () => {
    const year = numbers('A_YEAR')
    const cells = {
      age: numbers('Q262'),
      birth: numbers('Q261'),
      age6: numbers('X003R'),
      date: numbers('J_INTDATE'),
      start: numbers('FW_START'),
      end: numbers('FW_END'),
      marital: numbers('Q273'),
      partner: numbers('Q276'),
      religion: numbers('Q289'),
      denomination: numbers('Q289CS9'),
      income: numbers('Q288'),
      income3: numbers('Q288R'),
    }
    for (let row = 0; row < respondents; row++) {
      if (cells.age[row] > 0) {
        assert.ok(cells.age[row] >= 18 && cells.age[row] <= 90)
        assert.ok([0, 1].includes(year[row] - cells.age[row] - cells.birth[row]))
        assert.equal(
          cells.age6[row],
          [1, 2, 3, 4, 5, 6][[24, 34, 44, 54, 64, 90].findIndex((top) => cells.age[row] <= top)],
        )
      } else assert.ok(cells.birth[row] < 0 && cells.age6[row] < 0)
      const month = Math.floor(cells.date[row] / 100)
      assert.ok(cells.date[row] === -5 || (month >= cells.start[row] && month <= cells.end[row]))
      if (cells.date[row] > 0) {
        const day = new Date(Math.floor(month / 100), (month % 100) - 1, cells.date[row] % 100)
        assert.equal(day.getMonth() + 1, month % 100)
      }
      if (cells.marital[row] > 0) assert.equal(cells.partner[row] !== -3, cells.marital[row] <= 2)
      if (cells.religion[row] === 5) assert.equal(Math.floor(cells.denomination[row] / 10_000_000), 5)
      if (cells.income[row] > 0)
        assert.equal(cells.income3[row], [1, 2, 3][[3, 7, 10].findIndex((top) => cells.income[row] <= top)])
    }
  })

  it('gives weights around 1, coordinates of either sign and birthplaces in letters', () => {
    const weights = numbers('W_WEIGHT')
    assert.ok(Math.abs(mean(weights) - 1) < 0.03, `mean weight ${mean(weights)}`)
    assert.ok(weights.every((weight) => weight > 0 && weight < 5))
    assert.ok(column('W_WEIGHT').some((weight) => /\.\d{9}$/.test(weight)))
    assert.ok(numbers('O1_LONGITUDE').some((degrees) => degrees < 0 && degrees > -180))
    assert.ok(numbers('O2_LATITUDE').some((degrees) => degrees < 0 && degrees > -90))
    assert.ok(column('O2_LATITUDE').includes('-999'))
    assert.deepEqual([...new Set(column('V002A_01'))].filter((cell) => ['-4', 'DE', 'NL'].includes(cell)).sort(), [
      '-4',
      'DE',
      'NL',
    ])
  })

  it('makes answers of one person hang together', () => {
    const correlation = (one: string, other: string) => {
      const pairs = numbers(one)
        .map((value, row) => [value, numbers(other)[row]])
        .filter(([a, b]) => a > 0 && b > 0)
      const [a, b] = [pairs.map((pair) => pair[0]), pairs.map((pair) => pair[1])]
      const [meanA, meanB] = [mean(a), mean(b)]
      const covariance = mean(a.map((value, row) => (value - meanA) * (b[row] - meanB)))
      const deviation = (values: number[], centre: number) =>
        Math.sqrt(mean(values.map((value) => (value - centre) ** 2)))
      return covariance / (deviation(a, meanA) * deviation(b, meanB))
    }
    assert.ok(correlation('Q164', 'Q6') < -0.3, 'importance of God and of religion')
    assert.ok(correlation('Q49', 'Q50') > 0.15, 'satisfaction with life and with money')
    assert.ok(correlation('Q275', 'Q288') > 0.1, 'education and income')
  })

  it('counts progress up to the number of rows', () => {
    const seen: number[] = []
    const chunks = [...synthesizeBytes({ respondents: 900, onProgress: (done, total) => seen.push(done, total) })]
    assert.ok(chunks.length > 2)
    assert.ok(chunks.every((chunk) => chunk.length <= 1 << 20))
    assert.equal(seen.at(-2), 900)
    assert.ok(seen.every((count, index) => (index % 2 === 1 ? count === 900 : index === 0 || count > seen[index - 2])))
  })

  it('makes as few rows as one', () => {
    assert.equal(tableOf({ respondents: 1 }).records.length, 1)
    assert.equal(tableOf({ respondents: 1, layout: 'country' }).records.length, 1)
  })

  const refused: [options: SynthesisOptions, message: RegExp][] = [
    [{ wave: '6' }, /wave '6' cannot be made; expected 7/],
    [{ respondents: 0 }, /0 respondents cannot be made/],
    [{ respondents: 1.5 }, /expected a whole number from 1/],
    [{ seed: Number.NaN }, /seed NaN is not a whole number/],
  ]
  for (const [options, message] of refused) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => synthesizeBytes(options), { name: 'SurveyError', kind: 'usage', message })
    })
  }
})

describe('country layouts', () => {
  it('country: semicolons, a byte-order mark, bare whole numbers, quantities as doubles', () => {
    const text = bytesOf({ layout: 'country', respondents: 60 }).toString()
    assert.ok(text.startsWith('\uFEFF"version";"doi";"A_YEAR";"B_COUNTRY";'))
    const { header, records, column } = tableOf({ layout: 'country', respondents: 60 })
    assert.equal(header.length, 388)
    assert.equal(records.length, 60)
    assert.ok(column('B_COUNTRY').every((cell) => cell === '792'))
    assert.deepEqual(column('D_INTERVIEW').slice(0, 2), ['792070001', '792070002'])
    assert.ok(column('W_WEIGHT').every((cell) => cell === '1.0'))
    assert.ok(column('J_INTDATE').every((cell) => /^2018\d{4}$|^-5$/.test(cell)))
    assert.ok(column('SACSECVAL').some((cell) => /^0\.\d{15,}$/.test(cell)))
  })

  it('country-float: one field more in each row than in the header, every number as Java prints a double', () => {
    const layout: LayoutName = 'country-float'
    assert.throws(() => tableOf({ layout, respondents: 60 }), /Invalid Record Length/)
    const { header, records, column } = tableOf({ layout, respondents: 60, ragged: true })
    assert.equal(header.length, 407)
    for (const record of records) {
      assert.equal(record.length, 408)
      assert.equal(record[407], '')
    }
    const text = bytesOf({ layout, respondents: 60 }).toString()
    assert.ok(text.startsWith('\uFEFF"version";'))
    const lines = text.trimEnd().split('\n').slice(1)
    for (const line of lines) {
      assert.ok(line.endsWith(';'))
      for (const cell of line.slice(0, -1).split(';')) assert.match(cell, /^("[^"]*"|-?\d+\.\d+|\d\.\d+E\d)$/)
    }
    assert.ok(column('B_COUNTRY').every((cell) => cell === '170.0'))
    assert.deepEqual(column('D_INTERVIEW').slice(0, 2), ['1.70070001E8', '1.70070002E8'])
    assert.ok(column('J_INTDATE').every((cell) => /^2\.0181\d*E7$|^-5\.0$/.test(cell)))
    assert.ok(column('Q289CS9').some((cell) => cell === '1.0000002E8'))
  })
})

describe('synthesize', () => {
  let folder = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wvs-synth-'))
  })
  after(() => rm(folder, { recursive: true }))

  it('writes the bytes of synthesizeBytes, and tells what it wrote', async () => {
    const out = join(folder, 'whole.csv')
    const result = await synthesize({ respondents: 700, seed: 3, out })
    const bytes = await readFile(out)
    assert.ok(bytes.equals(bytesOf({ respondents: 700, seed: 3 })))
    assert.deepEqual(result, {
      out,
      layout: 'cross-national',
      respondents: 700,
      countries: 66,
      columns: 613,
      bytes: bytes.length,
    })
  })

  it('replaces a file, and what a symbolic link points to', async () => {
    const out = join(folder, 'replaced.csv')
    const link = join(folder, 'link.csv')
    await writeFile(out, 'old')
    await symlink(out, link)
    await synthesize({ respondents: 3, layout: 'country', out: link })
    assert.ok((await readFile(out)).equals(bytesOf({ respondents: 3, layout: 'country' })))
  })

  it('leaves what was there when it is stopped', async () => {
    const out = join(folder, 'stopped.csv')
    await writeFile(out, 'as it was')
    const stop = new AbortController()
    await assert.rejects(synthesize({ respondents: 3000, out, signal: stop.signal, onProgress: () => stop.abort() }), {
      name: 'AbortError',
    })
    assert.equal(await readFile(out, 'utf8'), 'as it was')
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.endsWith('.tmp')),
      [],
    )
  })

  it('names the folder that is not there, and a folder in the place of a file', async () => {
    const missing = join(folder, 'nowhere', 'file.csv')
    await assert.rejects(synthesize({ respondents: 3, out: missing }), {
      name: 'SurveyError',
      message: `${missing}: the folder does not exist; create it first`,
    })
    await assert.rejects(synthesize({ respondents: 3, out: folder }), { name: 'SurveyError', message: /is a folder/ })
  })
})
