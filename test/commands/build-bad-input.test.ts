import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readWithDuckdb, shardsOf } from '../oracle/readers.js'
import { build, filesUnder, type Outcome, wvs } from './wvs.js'

const folder = mkdtempSync(join(tmpdir(), 'wvs-bad-input-'))
after(() => rmSync(folder, { recursive: true }))

const header = 'version,B_COUNTRY,D_INTERVIEW,W_WEIGHT,Q1,Q2,Q260,Q262'
const first = 'synthetic,8,8070001,1,1,2,1,30'
const second = 'synthetic,8,8070002,0.5,3,4,2,41'
const third = 'synthetic,8,8070003,2,2,2,1,52'

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function lines(...rows: string[]): string {
  return `${rows.join('\n')}\n`
}

/** One line that says what is wrong, no stack trace, the exit code. */
function assertFailure({ code, stdout, stderr }: Outcome, expectedCode: number, message: RegExp): void {
  assert.equal(stderr.trimEnd().split('\n').length, 1, `one line expected: ${stderr}`)
  assert.match(stderr, /^wvs: /)
  assert.match(stderr, message)
  assert.doesNotMatch(stderr, /unexpected; --debug| at .*\.js:\d/)
  assert.equal(code, expectedCode, stderr)
  assert.equal(stdout, '')
}

describe('a file that is no survey is refused in one line, and nothing is written', { concurrency: 2 }, () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')
  const refused: [string, string | Buffer, RegExp][] = [
    ['empty', '', /the file is empty/],
    ['header alone', `${header}\n`, /a header and no respondent/],
    ['header alone without a line end', header, /a header and no respondent/],
    ['header and empty lines', `${header}\n\n\r\n\n`, /a header and no respondent/],
    ['a picture', png, /PNG picture; expected delimited text/],
    ['a PDF', '%PDF-1.7\n1,2\n', /PDF document; expected delimited text/],
    ['a zip', Buffer.from('504b030414000000', 'hex'), /the archive is cut short or damaged/],
    ['NUL bytes', Buffer.concat([Buffer.from('a,b'), Buffer.alloc(9), Buffer.from('\n')]), /line 1: NUL bytes/],
    ['prose', 'Dear colleagues\nplease find\n', /no comma, semicolon or tab/],
    ['some other CSV', 'city,people\nRome,3\n', /line 1: no column D_INTERVIEW/],
    ['no id', lines(header.replace('D_INTERVIEW', 'D_INTERVEW'), first), /no column D_INTERVIEW.*"D_INTERVEW"/],
    ['no country', lines(header.replace('B_COUNTRY', 'B_CONTRY'), first), /no column B_COUNTRY.*"B_CONTRY"/],
    ['no question', lines('B_COUNTRY,D_INTERVIEW,V4', '8,1,1'), /none of the 239 value questions/],
    ['inverted', lines(header.replace('Q1', 'Q1P'), first), /Inverted release.*Q1P/],
    ['a duplicate header', lines(header.replace('Q2', 'Q1'), first), /line 1, column Q1: .*twice \(fields 5 and 6\)/],
    ['bare carriage returns', [header, first, second].join('\r'), /bare carriage returns/],
    ['a quote never closed', lines(header, first, `"${`${second}\n`.repeat(600_000)}`), /line 3.*quote/],
  ]
  for (const [name, content, message] of refused) {
    test(name, async () => {
      const out = join(folder, `out of ${name}`)
      const outcome = await wvs('build', file(`${name}.csv`, content), '--out', out)
      assertFailure(outcome, 1, message)
      assert.ok(outcome.stderr.includes(`${name}.csv`), 'the message names the file')
      assert.deepEqual(filesUnder(out), [])
    })
  }

  test('a file that is not there', async () => {
    assertFailure(
      await wvs('build', join(folder, 'none.csv'), '--out', join(folder, 'o')),
      1,
      /none\.csv.*no such file/,
    )
  })

  test('a folder', async () => {
    assertFailure(await wvs('build', folder, '--out', join(folder, 'o')), 1, /this is no file/)
  })
})

describe('ways to write a file that are all read alike', { concurrency: 2 }, () => {
  const plain = lines(header, first, second, third)
  const written: [string, string | Buffer][] = [
    ['CRLF', plain.replaceAll('\n', '\r\n')],
    ['a byte-order mark', `\ufeff${plain}`],
    ['no last line end', plain.trimEnd()],
    ['CRLF and no last line end', plain.trimEnd().replaceAll('\n', '\r\n')],
    ['empty lines', plain.replaceAll('\n', '\n\n')],
    ['semicolons', plain.replaceAll(',', ';')],
    ['semicolons and decimal commas', plain.replaceAll(',', ';').replaceAll('.', ',')],
    ['tabs', plain.replaceAll(',', '\t')],
    ['quotes', plain.replace(/[^,\n]+/g, '"$&"')],
    ['labels in the header', plain.replace('Q1', 'Q1: Important in life: Family')],
    ['a quoted line break', plain.replace('version', 'NOTE').replaceAll('synthetic', '"one\ntwo, ""three"""')],
    ['a byte that is not UTF-8', Buffer.from(plain.replaceAll('synthetic', 'synth\xe9tique'), 'latin1')],
    ['floats', plain.replaceAll('8070002', '8.070002E6').replaceAll(/,(\d)(?=,|\n)/g, ',$1.0')],
  ]
  before(async () => {
    const flags = ['--split', 'none', '--demographics', 'country,sex,age']
    const manifest = await build(file('plain.csv', plain), join(folder, 'plain'), ...flags)
    assert.deepEqual(manifest.counts.invalid, [])
  })

  test('as it is plainly', async () => {
    const out = join(folder, 'plain')
    const { columns } = await readWithDuckdb(shardsOf(out, 'examples', 'train', 'parquet'))
    assert.deepEqual(columns, [
      ['8070001', '8070001', '8070002', '8070002', '8070003', '8070003'],
      ['Q1', 'Q2', 'Q1', 'Q2', 'Q1', 'Q2'],
      [1, 2, 3, 4, 2, 2],
      [1, 1, 0.5, 0.5, 2, 2],
      ['Albania', 'Albania', 'Albania', 'Albania', 'Albania', 'Albania'],
      ['Male', 'Male', 'Female', 'Female', 'Male', 'Male'],
      [30, 30, 41, 41, 52, 52],
    ])
  })
  for (const [name, content] of written) {
    test(name, async () => {
      const [out, plainOut] = [join(folder, `written with ${name}`), join(folder, 'plain')]
      const flags = ['--split', 'none', '--demographics', 'country,sex,age']
      const manifest = await build(file(`${name}.csv`, content), out, ...flags)
      assert.deepEqual(manifest.counts.invalid, [])
      for (const table of ['examples', 'records']) {
        const [actual, expected] = await Promise.all(
          [out, plainOut].map((path) => readWithDuckdb(shardsOf(path, table, 'train', 'parquet'))),
        )
        assert.deepEqual(actual, expected)
      }
    })
  }
})

describe('output that can not be written', { concurrency: 2 }, () => {
  const survey = file('survey.csv', lines(header, first, second))

  test('a folder that is not empty is left as it is, without --overwrite', async () => {
    const out = join(folder, 'not empty')
    mkdirSync(out)
    writeFileSync(join(out, 'thesis.txt'), 'mine')
    assertFailure(await wvs('build', survey, '--out', out), 2, /not empty.*--overwrite/)
    assert.deepEqual(filesUnder(out), ['thesis.txt'])
  })

  test('--overwrite replaces the dataset and nothing else', async () => {
    const out = join(folder, 'overwritten')
    await build(survey, out, '--format', 'csv')
    writeFileSync(join(out, 'thesis.txt'), 'mine')
    writeFileSync(join(out, 'examples', 'notes.txt'), 'mine too')
    const manifest = await build(survey, out, '--overwrite', '--tables', 'examples')
    const expected = [...manifest.files.map(({ path }) => path), 'manifest.json', 'thesis.txt', 'examples/notes.txt']
    assert.deepEqual(filesUnder(out), expected.sort())
  })

  test('a file', async () => {
    const path = file('taken', 'mine')
    assertFailure(await wvs('build', survey, '--out', path), 1, /can not be written to \(.*a file/)
  })

  test('a folder under a file', async () => {
    const path = join(file('in the way', 'mine'), 'below')
    assertFailure(await wvs('build', survey, '--out', path), 1, /can not be written to \(part of the path is a file\)/)
  })

  test('a folder that the system lets nobody write', { skip: !existsSync('/proc/self') }, async () => {
    assertFailure(await wvs('build', survey, '--out', '/proc/self/dataset'), 1, /can not be written to/)
  })
})

describe('a command line that is wrong', { concurrency: 2 }, () => {
  const survey = file('fine.csv', lines(header, first, second))
  const wrong: [string[], RegExp][] = [
    [[], /no command given; `wvs --help`/],
    [['biuld', survey], /unknown command "biuld": Did you mean build\?/],
    [['foo'], /Unknown command: foo/],
    [['build'], /no survey file given; expected `wvs build FILE --out DIR`/],
    [['build', '--out', 'x'], /no survey file given/],
    [['build', survey], /no output folder given; pass --out DIR/],
    [['build', survey, '--out'], /Not enough arguments following: out/],
    [['build', survey, survey, '--out', 'x'], /fine\.csv: the same bytes as fine\.csv/],
    [['build', survey, '--out', 'x', '--frmat', 'csv'], /Unknown argument: frmat/],
    [['build', survey, '--out', 'x', '--format', 'xml'], /--format: "xml" is none of parquet, jsonl, tsv, csv/],
    [['build', survey, '--out', 'x', '--tables', 'answers'], /--tables: "answers" is none of records, examples/],
    [['build', survey, '--out', 'x', '--split', 'random'], /split.*"random".*"hash", "shuffle", "none"/],
    [['build', survey, '--out', 'x', '--compression', 'lzo'], /compression.*"lzo"/],
    [['build', survey, '--out', 'x', '--on-invalid', 'ignore'], /on-invalid.*"ignore".*"keep", "reject", "fail"/],
    [['build', survey, '--out', 'x', '--missing', 'drop'], /missing.*"drop"/],
    [['build', survey, '--out', 'x', '--ratios', '70,30'], /--ratios: "70,30"/],
    [['build', survey, '--out', 'x', '--ratios', '0,0,0'], /--ratios: "0,0,0"/],
    [['build', survey, '--out', 'x', '--ratios', 'a,b,c'], /--ratios: "a,b,c"/],
    [['build', survey, '--out', 'x', '--ratios=-1,1,1'], /--ratios: "-1,1,1"/],
    [['build', survey, '--out', 'x', '--seed', 'lucky'], /--seed takes a whole number/],
    [['build', survey, '--out', 'x', '--seed', '1', '--seed', '2'], /--seed was given 2 times/],
    [['build', survey, '--out', 'x', '--shard-size', '0'], /--shard-size takes a whole number above 0/],
    [['build', survey, '--out', 'x', '--shard-size'], /Not enough arguments following: shard-size/],
    [['build', survey, '--out', 'x', '--threads', '1.5'], /--threads takes a whole number above 0/],
    [['build', survey, '--out', 'x', '--questions', 'Q4O'], /--questions: "Q4O" names no variable.*"Q40"/],
    [['build', survey, '--out', 'x', '--questions', 'Q9..Q2'], /--questions: Q9 comes after Q2/],
    [['build', survey, '--out', 'x', '--questions', 'none'], /--questions chooses no question/],
    [['build', survey, '--out', 'x', '--questions', ''], /--questions chooses no question/],
    [['build', survey, '--out', 'x', '--demographics', 'contry'], /--demographics: "contry".*"country"/],
    [['build', survey, '--out', 'x', '--recipe', 'nowhere.json'], /nowhere\.json: the recipe can not be read/],
    [['build', survey, '--out', 'x', '--definition', 'nowhere'], /nowhere: no such file/],
    [
      ['build', survey, '--out', 'x', '--parquet-writer', 'parquetjs-lite', '--compression', 'zstd'],
      /parquetjs-lite does not write zstd/,
    ],
  ]
  for (const [args, message] of wrong) {
    const shown = args.map((arg) => (arg === survey ? 'FILE' : arg || "''")).join(' ')
    test(`wvs ${shown}`, async () => {
      const out = join(folder, `wrong ${shown.replaceAll('/', ' ')}`)
      const placed = args.map((arg) => (arg === 'x' ? out : arg))
      assertFailure(await wvs(...placed), 2, message)
      assert.ok(!existsSync(out))
    })
  }
})
