import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openDta } from '#src/formats/dta.js'
import { openSav } from '#src/formats/sav.js'
import type { SurveyTable, SurveyVariable } from '#src/formats/survey-columns.js'
import { type DtaSpec, encodeDta } from './dta-encoder.js'
import { encodeSav, type SavSpec } from './sav-encoder.js'
import { type CellValue, readCells } from './sav-reading.js'

/**
 * The outside judges: R's haven and GNU PSPP (Debian's r-cran-haven and pspp). Both write files of
 * every kind that they know; haven then says what it reads in them and in those of the test encoders.
 * What the readers here give must be the same, cell by cell.
 */

const WRITE_AND_DUMP = String.raw`
suppressWarnings(library(haven))
n <- 300
i <- seq_len(n)
common <- data.frame(number = c(0.1, NA, -1e300, 1e-300, i[5:n] / 7), whole = i %% 251 - 99)
common$code <- labelled(rep(c(1, 2, -1), 100), c(Yes = 1, No = 2, "Größe" = -1), label = "Label – with ü")
common$text <- rep(c("a", "", "üb  "), 100)
common$wide <- rep(c(strrep("x", 200), "", "y"), 100)
sav <- common
sav$longer <- rep(c(strrep("x", 256), "", strrep("abcdefghij", 101)), 100)
sav$huge <- rep(c(strrep("z", 9000), "", strrep("é", 300)), 100)
sav$answer <- labelled(rep(c("a long answer", "b", ""), 100), c("Long label" = "a long answer"))
sav$short <- labelled(rep(c("a", "b", ""), 100), c("Label A" = "a"))
sav$refused <- labelled_spss(rep(c(1, 99, -5), 100), c(One = 1), na_values = c(99, 98))
sav$ranged <- labelled_spss(rep(c(1, 99, -5), 100), c(One = 1), na_range = c(-Inf, -1), na_values = 99)
sav$a_variable_name_of_more_than_thirty_two_bytes <- i
for (how in c("byte", "none", "zsav")) {
  write_sav(sav, paste0("haven-", how, if (how == "zsav") ".zsav" else ".sav"), compress = how)
}
tagged <- labelled(rep(c(1, tagged_na("a"), tagged_na("z")), 100), c(Yes = 1, Refused = tagged_na("a")))
for (version in c(8, 10, 12, 13, 14, 15)) {
  dta <- common
  dta$tagged <- tagged
  dta$integer <- i
  # Only these hold texts of more than 244 bytes.
  if (version >= 13) dta$longer <- sav$longer
  if (version >= 13) dta$huge <- sav$huge
  write_dta(dta, paste0("haven-", version, ".dta"), version = version)
}

hex <- function(text) vapply(text, function(one) paste(c("s", as.character(charToRaw(enc2utf8(one)))), collapse = ""), "")
cell <- function(x) {
  if (is.character(x)) return(hex(x))
  x <- as.double(x)
  ifelse(is_tagged_na(x), paste0(".", na_tag(x)), ifelse(is.na(x), "NA", sprintf("%.17g", x)))
}
line <- function(...) cat(paste(c(...), collapse = "\t"), "\n", sep = "")
or_empty <- function(x) if (is.null(x)) "" else x
for (file in list.files(pattern = "[.](sav|zsav|dta)$")) {
  stata <- grepl("dta$", file)
  encoding <- if (grepl("latin", file)) "windows-1252" else "UTF-8"
  d <- if (stata) read_dta(file, encoding = encoding) else read_sav(file, user_na = TRUE)
  line("file", file, nrow(d))
  for (name in names(d)) {
    x <- d[[name]]
    line("variable", hex(name), hex(or_empty(attr(x, "label", exact = TRUE))), or_empty(attr(x, if (stata) "format.stata" else "format.spss")))
    labels <- attr(x, "labels")
    if (length(labels) > 0) line("labels", rbind(cell(unname(labels)), hex(names(labels))))
    if (!is.null(attr(x, "na_values"))) line("values", cell(attr(x, "na_values")))
    if (!is.null(attr(x, "na_range"))) line("range", cell(attr(x, "na_range")))
    line("cells", cell(if (is.character(x)) as.character(x) else unclass(x)))
  }
}
`

const PSPP_SYNTAX = `
DATA LIST LIST NOTABLE /id (F8.0) score (F8.2) code (F2.0) short (A5) wide (A20) verylong (A600) Name_longer_than_eight (F4.0).
BEGIN DATA
1 0.5 -1 "DE" "north" "x" 10
2 1e10 99 "" "south of it" "" 20
3 . 3 "ü" "" "zz" .
END DATA.
STRING huge (A3000).
COMPUTE huge = CONCAT(RPAD("a", 2000, "b"), "é").
COMPUTE verylong = CONCAT(RPAD(RTRIM(verylong), 500, "."), "end").
VARIABLE LABELS id 'Identifier' /Name_longer_than_eight 'Größe'.
VALUE LABELS code -1 "Don't know" 99 'Refused' /short 'DE' 'Germany' /wide 'north' 'North' 'south of it' 'South'.
MISSING VALUES score (LOWEST THRU -1, 5) /code (-5 THRU -1, 99) /Name_longer_than_eight (90 THRU HIGHEST).
MISSING VALUES short ('XX') /wide ('none').
VARIABLE LEVEL code (NOMINAL) /score (SCALE).
WEIGHT BY score.
SAVE OUTFILE='pspp-none.sav' /UNCOMPRESSED.
SAVE OUTFILE='pspp-bytecode.sav' /COMPRESSED.
SAVE OUTFILE='pspp-zlib.zsav' /ZCOMPRESSED.
GET FILE='encoder-little.sav'.
SAVE OUTFILE='pspp-little.sav'.
GET FILE='encoder-big.sav'.
SAVE OUTFILE='pspp-big.sav'.
GET FILE='encoder-blocks.zsav'.
SAVE OUTFILE='pspp-blocks.sav'.
`

const savSpec: SavSpec = {
  variables: [
    {
      name: 'Q1_long_name',
      shortName: 'Q1',
      label: 'Größe',
      labels: [
        [-1, "Don't know"],
        [1.5, 'One and a half'],
      ],
      missing: [-1, -2],
      format: [5, 8, 2],
    },
    { name: 'range', missing: [-9, -1, 99], missingCount: -3 },
    { name: 'low', missing: [-Number.MAX_VALUE, -1], missingCount: -2 },
    { name: 'high', missing: [90, Number.MAX_VALUE], missingCount: -2 },
    { name: 'short', width: 5, labels: [['a', 'A label']], missing: ['b'] },
    { name: 'wide', width: 20, labels: [['value', 'Label']], missing: ['none'] },
    { name: 'a_very_long_text', shortName: 'VL', width: 1000 },
    { name: 'wgt' },
  ],
  rows: Array.from({ length: 40 }, (_, row) => [
    row % 3 === 0 ? null : row - 20,
    row / 8,
    row * 1e9,
    -row - 1,
    ['a', 'b', 'ü', ''][row % 4],
    ['value', 'none', ''][row % 3],
    'long '.repeat(row * 5).trim(),
    1 + row / 100,
  ]),
  encodingRecord: 'UTF-8',
  characterCode: 65001,
  floatInfo: [-Number.MAX_VALUE, Number.MAX_VALUE, -Number.MAX_VALUE],
  weight: 'wgt',
}

const dtaSpec: Omit<DtaSpec, 'format'> = {
  label: 'A label',
  variables: [
    { name: 'tiny', type: 'byte', label: 'A größe', labelSet: 'answers', format: '%8.0g' },
    { name: 'small', type: 'int' },
    { name: 'large', type: 'long' },
    { name: 'text', type: 9, format: '%9s' },
    { name: 'single', type: 'float' },
    { name: 'exact', type: 'double', labelSet: 'answers' },
  ],
  rows: [
    [1, 2, 3, 'größe', 0.1, 0.1],
    [-127, -32767, -2147483647, '', -(2 ** 126), -1e308],
    [100, 32740, 2147483620, 'nine char', 2 ** 126, 8.9e307],
    [null, null, null, 'x', null, null],
    ['.a', '.b', '.c', 'x', '.d', '.e'],
    ['.z', '.z', '.z', 'x', '.z', '.z'],
  ],
  labelSets: [
    {
      name: 'answers',
      labels: [
        [1, 'Sehr schön'],
        [-1, 'No'],
        [2147483622, 'Refused'],
      ],
    },
  ],
  characteristics: ['a characteristic'],
}

/** The same with a column of strL; haven does not convert these from another encoding. */
function withLongTexts(spec: DtaSpec): DtaSpec {
  const texts = ['first ü', '', 'shared', 'shared', '', 'x'.repeat(3000)]
  return {
    ...spec,
    variables: [...spec.variables, { name: 'strl', type: 'strL' }],
    rows: spec.rows.map((row, index) => [...row, texts[index]]),
    shareLongTexts: true,
  }
}

let folder = ''
/** What haven reads: by file, by variable, as text. */
const dumps = new Map<string, DumpedVariable[]>()

interface DumpedVariable {
  name: string
  label: string
  format: string
  labels: [CellValue, string][]
  values: CellValue[]
  range: CellValue[]
  cells: CellValue[]
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'oracle-'))
  const files: [string, Buffer][] = [
    ['encoder-little.sav', encodeSav(savSpec)],
    ['encoder-big.sav', encodeSav({ ...savSpec, littleEndian: false, compression: 'none' })],
    ['encoder-bias.sav', encodeSav({ ...savSpec, littleEndian: false, bias: 50 })],
    ['encoder-blocks.zsav', encodeSav({ ...savSpec, compression: 'zlib', blockSize: 4096 })],
    ...([113, 114, 115, 117, 118, 119] as const).flatMap((format): [string, Buffer][] => {
      const spec: DtaSpec = { ...dtaSpec, format }
      const latin: DtaSpec = { ...spec, encode: (text) => Buffer.from(text, 'latin1') }
      // haven reads long texts of 119 as ReadStat writes them, which Stata does not.
      const full = format === 117 || format === 118 ? withLongTexts(spec) : spec
      const files: [string, Buffer][] = [
        [`encoder-${format}.dta`, encodeDta(full)],
        [`encoder-${format}-big.dta`, encodeDta({ ...full, littleEndian: false })],
      ]
      if (format < 118) files.push([`encoder-${format}-latin.dta`, encodeDta(latin)])
      return files
    }),
    ['syntax.sps', Buffer.from(PSPP_SYNTAX)],
    ['dump.R', Buffer.from(WRITE_AND_DUMP)],
  ]
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes)
  run('pspp', ['--no-output', 'syntax.sps'])
  readDump(run('Rscript', ['--vanilla', 'dump.R']))
})

after(() => rmSync(folder, { recursive: true, force: true }))

function run(command: string, args: string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    maxBuffer: 1 << 28,
  })
  if (error !== undefined) throw new Error(`${command} is needed here (Debian: r-cran-haven, pspp): ${error.message}`)
  assert.equal(status, 0, `${command}: ${stderr}${stdout.slice(-200)}`)
  return stdout
}

function readDump(text: string): void {
  let variables: DumpedVariable[] = []
  for (const line of text.split('\n')) {
    const [kind, ...fields] = line.split('\t')
    const last = variables.at(-1)
    if (kind === 'file') {
      variables = []
      dumps.set(fields[0], variables)
    } else if (kind === 'variable') {
      const [name, label, format] = fields
      const plain = format.replace(/\.0$/, '')
      variables.push({
        name: textOf(name),
        label: textOf(label),
        format: plain,
        labels: [],
        values: [],
        range: [],
        cells: [],
      })
    } else if (last !== undefined && kind === 'labels') {
      for (let at = 0; at < fields.length; at += 2) last.labels.push([value(fields[at]), textOf(fields[at + 1])])
    } else if (last !== undefined && (kind === 'values' || kind === 'range' || kind === 'cells')) {
      last[kind] = fields.map(value)
    }
  }
}

function value(field: string): CellValue {
  if (field === 'NA') return null
  if (field.startsWith('s')) return textOf(field)
  return /^\.[a-z]$/.test(field) ? field : Number(field.replace('Inf', 'Infinity'))
}

function textOf(field: string): string {
  return Buffer.from(field.slice(1), 'hex').toString()
}

function openFile(name: string): Promise<SurveyTable> {
  const path = join(folder, name)
  return name.endsWith('.dta') ? openDta(path) : openSav(path)
}

/** What haven's dump of a variable should be. */
function expectedDump(variable: SurveyVariable, cells: CellValue[], stata: boolean): DumpedVariable {
  const { name, label, valueLabels, missing, format } = variable
  return {
    name,
    label,
    format,
    labels: [...valueLabels].sort(byValue),
    values: stata ? [] : [...missing.values],
    range: [...(missing.range ?? [])],
    // haven strips blanks that end a text, which in Stata's files are part of it.
    cells: cells.map((cell) => (typeof cell === 'string' ? cell.trimEnd() : cell)),
  }
}

/**
 * haven leaves the blanks that fill up a text where it is labelled or missing, and takes LOWEST, which
 * has the bits of system-missing in new files, for a missing number.
 */
function withoutQuirks({ labels, values, range, ...others }: DumpedVariable): DumpedVariable {
  const trimmed = (cell: CellValue): CellValue => (typeof cell === 'string' ? cell.trimEnd() : cell)
  return {
    ...others,
    labels: labels.map(([cell, label]): [CellValue, string] => [trimmed(cell), label]).sort(byValue),
    values: values.map(trimmed),
    range: range.map((end) => end ?? -Infinity),
  }
}

function byValue([one]: [CellValue, string], [other]: [CellValue, string]): number {
  return String(one) < String(other) ? -1 : 1
}

test('both judges wrote and read what they were asked to', () => {
  const names = readdirSync(folder)
  for (const name of [
    'haven-byte.sav',
    'haven-none.sav',
    'haven-zsav.zsav',
    'pspp-none.sav',
    'pspp-zlib.zsav',
    'pspp-blocks.sav',
  ]) {
    assert.ok(names.includes(name), name)
  }
  assert.equal(names.filter((name) => name.startsWith('haven-') && name.endsWith('.dta')).length, 6)
  assert.equal(dumps.size, names.length - 2)
})

test('every file reads as haven reads it: names, labels, value labels, missing values, formats, cells', async () => {
  for (const [name, dumped] of dumps) {
    const table = await openFile(name)
    const { rows } = await readCells(table)
    assert.equal(table.variables.length, dumped.length, name)
    table.variables.forEach((variable, column) => {
      const ours = expectedDump(
        variable,
        rows.map((row) => row[column]),
        name.endsWith('.dta'),
      )
      assert.deepEqual(ours, withoutQuirks(dumped[column]), `${name}, ${variable.name}`)
    })
  }
})

test('the forms that haven writes are those that they should be', async () => {
  const versions = new Map<string, string>()
  for (const name of dumps.keys()) {
    if (name.startsWith('haven-')) versions.set(name, (await openFile(name)).version)
  }
  assert.deepEqual(
    [8, 10, 12, 13, 14, 15].map((version) => versions.get(`haven-${version}.dta`)),
    ['113', '114', '115', '117', '118', '119'],
  )
  assert.equal(versions.get('haven-zsav.zsav'), '$FL3')
})

test('the dictionary that PSPP writes is that of its syntax', async () => {
  for (const name of ['pspp-none.sav', 'pspp-bytecode.sav', 'pspp-zlib.zsav']) {
    const table = await openFile(name)
    assert.equal(table.encoding, 'utf-8')
    assert.equal(table.rows, 3)
    assert.equal(table.variables[table.weight ?? -1]?.name, 'score')
    const missing = Object.fromEntries(table.variables.map((variable) => [variable.name, variable.missing]))
    assert.deepEqual(missing.score, { values: [5], range: [-Infinity, -1] })
    assert.deepEqual(missing.code, { values: [99], range: [-5, -1] })
    assert.deepEqual(missing.Name_longer_than_eight, { values: [], range: [90, Infinity] })
    assert.deepEqual(missing.short, { values: ['XX'] })
    assert.deepEqual(missing.wide, { values: ['none'] })
    assert.equal(table.variables[2].measure, 'nominal')
    const { rows } = await readCells(table)
    const dots = (text: string) => `${text.padEnd(500, '.')}end`
    const huge = `a${'b'.repeat(1999)}é`
    assert.deepEqual(rows, [
      [1, 0.5, -1, 'DE', 'north', dots('x'), 10, huge],
      [2, 1e10, 99, '', 'south of it', dots(''), 20, huge],
      [3, null, 3, 'ü', '', dots('zz'), null, huge],
    ])
  }
})

test('what PSPP reads in the files of the encoder is what is read here', async () => {
  for (const [own, theirs] of [
    ['encoder-little.sav', 'pspp-little.sav'],
    ['encoder-big.sav', 'pspp-big.sav'],
    ['encoder-blocks.zsav', 'pspp-blocks.sav'],
  ]) {
    const [ours, written] = [await openFile(own), await openFile(theirs)]
    const { rows } = await readCells(ours)
    assert.deepEqual(rows, savSpec.rows)
    assert.deepEqual(rows, (await readCells(written)).rows)
    assert.equal(written.weight, ours.weight)
    const known = ({ variables }: SurveyTable) =>
      variables.map(({ name, label, width, valueLabels, missing }) => ({ name, label, width, valueLabels, missing }))
    assert.deepEqual(known(written), known(ours))
  }
})
