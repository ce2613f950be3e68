// How fast the SPSS and Stata readers go: cells and megabytes of file a second of processor time (user and system, of all
// threads together, so that other work on the machine counts little), all columns, file in the page cache; beside them R's
// haven (the C library ReadStat) on the same files, where Rscript and haven are installed. What is counted differs: ours hands
// out the columns batch by batch as typed arrays and keeps none; haven makes a data frame of the whole file. Both must find
// the same sums of two columns.
// `node bench/binary.mjs [rows]` after `npm run build`. The files are generated: shaped like a wave of the World
// Values Survey (600 variables: mostly codes of one digit, a few wide ones, a weight, two texts), no survey's data.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { openDta } from '../dist/formats/dta.js'
import { openSav } from '../dist/formats/sav.js'

const rows = Number(process.argv[2] ?? 100_000)
const codes = 590
const wide = 7
const texts = 2
const rounds = 3

/** Answers of one row: codes from -5 to 10, wide numbers, a weight, texts of 3 and 12 bytes. */
let state = 1
function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}

function writer(path) {
  const file = openSync(path, 'w')
  const buffer = Buffer.alloc(1 << 22)
  let length = 0
  let written = 0
  return {
    flush() {
      writeSync(file, buffer, 0, length, written)
      written += length
      length = 0
    },
    /** At least `size` bytes of room; give the number written to `used`. */
    room(size) {
      if (length + size > buffer.length) this.flush()
      return buffer.subarray(length, length + size)
    },
    used(size) {
      length += size
    },
    bytes(bytes) {
      bytes.copy(this.room(bytes.length))
      this.used(bytes.length)
    },
    patch(bytes, position) {
      this.flush()
      writeSync(file, bytes, 0, bytes.length, position)
    },
    close() {
      this.flush()
      closeSync(file)
    },
  }
}

function int32s(...values) {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeInt32LE(value, 4 * index)
  return bytes
}

function savDictionary(compression) {
  const header = Buffer.alloc(176, ' ')
  header.write(compression === 2 ? '$FL3' : '$FL2')
  int32s(2, -1, compression, 0, rows).copy(header, 64)
  header.writeDoubleLE(100, 84)
  header.write('01 Jan 2612:00:00', 92)
  const variable = (width, name) =>
    Buffer.concat([int32s(2, width, 0, 0, 0x050800, 0x050800), Buffer.from(name.padEnd(8))])
  const variables = [
    ...Array.from({ length: codes + wide + 1 }, (_, index) => variable(0, `V${index}`)),
    variable(3, 'T1'),
    variable(12, 'T2'),
    variable(-1, ''),
  ]
  return Buffer.concat([header, ...variables, int32s(999, 0)])
}

/** The rows as bytecode, in pieces of a few megabytes. */
function* bytecode() {
  const elements = codes + wide + 4
  let piece = Buffer.alloc(1 << 22)
  let commands = 0
  let slot = 0
  let at = 8
  const command = (code) => {
    if (slot === 8) {
      slot = 0
      commands = at
      at += 8
    }
    piece[commands + slot++] = code
  }
  for (let row = 0; row < rows; row++) {
    for (let index = 0; index < codes; index++) command(95 + random(16))
    for (let index = 0; index < wide; index++) {
      command(253)
      at = piece.writeDoubleLE(1000 + random(1e6), at)
    }
    command(253)
    at = piece.writeDoubleLE(random(1e6) / 3e5, at)
    for (const text of ['ABC     ', 'north-we', 'st      ']) {
      command(253)
      at += piece.write(text, at)
    }
    if (slot === 8 && at > piece.length - 16 * elements) {
      yield piece.subarray(0, at)
      piece = Buffer.alloc(1 << 22)
      commands = 0
      slot = 0
      at = 8
    }
  }
  while (slot < 8) piece[commands + slot++] = 0
  yield piece.subarray(0, at)
}

function writeSav(path) {
  const out = writer(path)
  out.bytes(savDictionary(1))
  for (const piece of bytecode()) out.bytes(piece)
  out.close()
}

function writeZsav(path) {
  const out = writer(path)
  const dictionary = savDictionary(2)
  const start = dictionary.length
  out.bytes(dictionary)
  out.bytes(Buffer.alloc(24))
  const entries = []
  let inflatedAt = start
  let at = start + 24
  for (const piece of bytecode()) {
    const deflated = deflateSync(piece, { level: 6 })
    out.bytes(deflated)
    const entry = Buffer.alloc(24)
    entry.writeBigInt64LE(BigInt(inflatedAt), 0)
    entry.writeBigInt64LE(BigInt(at), 8)
    entry.writeInt32LE(piece.length, 16)
    entry.writeInt32LE(deflated.length, 20)
    entries.push(entry)
    inflatedAt += piece.length
    at += deflated.length
  }
  const trailer = Buffer.alloc(24)
  trailer.writeBigInt64LE(-100n, 0)
  trailer.writeInt32LE(1 << 22, 16)
  trailer.writeInt32LE(entries.length, 20)
  out.bytes(Buffer.concat([trailer, ...entries]))
  const header = Buffer.alloc(24)
  header.writeBigInt64LE(BigInt(start), 0)
  header.writeBigInt64LE(BigInt(at), 8)
  header.writeBigInt64LE(BigInt(24 + 24 * entries.length), 16)
  out.patch(header, start)
  out.close()
}

/** @param code the type of the code columns: 65530 is a byte, 65526 a double, as R's haven writes every number */
function writeDta(path, code) {
  const types = [...Array(codes).fill(code), ...Array(wide).fill(65528), 65526, 3, 12]
  const names = types.map((_, index) => `v${index}`)
  const fixed = (strings, width) => Buffer.concat(strings.map((text) => Buffer.alloc(width).fill(text, 0, text.length)))
  const typeBytes = Buffer.alloc(2 * types.length)
  for (const [index, type] of types.entries()) typeBytes.writeUInt16LE(type, 2 * index)
  const counts = Buffer.alloc(10)
  counts.writeUInt16LE(types.length, 0)
  counts.writeBigUInt64LE(BigInt(rows), 2)
  const none = types.map(() => '')
  const formats = types.map((type) => (type < 2046 ? `%${type}s` : '%9.0g'))
  const rowBytes = codes * (code === 65530 ? 1 : 8) + 4 * wide + 8 + 3 + 12
  const out = writer(path)
  const parts = [
    '<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>',
    counts.subarray(0, 2),
    '</K><N>',
    counts.subarray(2),
    '</N><label>\0\0</label><timestamp>\0</timestamp></header>',
    `<map>${'\0'.repeat(8 * 14)}</map>`,
    '<variable_types>',
    typeBytes,
    '</variable_types><varnames>',
    fixed(names, 129),
    '</varnames><sortlist>',
    Buffer.alloc(2 * (types.length + 1)),
    '</sortlist><formats>',
    fixed(formats, 57),
    '</formats><value_label_names>',
    fixed(none, 129),
    '</value_label_names><variable_labels>',
    fixed(none, 321),
    '</variable_labels><characteristics></characteristics><data>',
  ].map((part) => Buffer.from(part))
  for (const part of parts) out.bytes(part)
  for (let row = 0; row < rows; row++) {
    const bytes = out.room(8 * (codes + wide + texts + 1))
    let at = 0
    for (let index = 0; index < codes; index++) {
      const value = random(16) - 5
      at = code === 65530 ? bytes.writeInt8(value, at) : bytes.writeDoubleLE(value, at)
    }
    for (let index = 0; index < wide; index++) at = bytes.writeInt32LE(1000 + random(1e6), at)
    at = bytes.writeDoubleLE(random(1e6) / 3e5, at)
    bytes.write('ABC', at)
    bytes.fill(0, at + 3, at + 15)
    bytes.write('north-west', at + 3)
    out.used(at + 15)
  }
  const end = '</data><strls></strls><value_labels></value_labels></stata_dta>'
  out.bytes(Buffer.from(end))
  // Where each part of the file starts (dta specification, "map").
  const head = Buffer.concat(parts)
  const dataEnd = head.length + rows * rowBytes
  const at = (tag) => head.indexOf(tag)
  const after = (tag) => dataEnd + end.indexOf(tag)
  const starts = [
    ...[0, ...['<map>', '<variable_types>', '<varnames>', '<sortlist>', '<formats>', '<value_label_names>'].map(at)],
    ...['<variable_labels>', '<characteristics>', '<data>'].map(at),
    ...['<strls>', '<value_labels>', '</stata_dta>'].map(after),
    dataEnd + end.length,
  ]
  const map = Buffer.alloc(8 * 14)
  for (const [index, start] of starts.entries()) map.writeBigUInt64LE(BigInt(start), 8 * index)
  out.patch(map, at('<map>') + 5)
  out.close()
}

/** Columns whose sums are compared: codes, and the weight. */
const summed = [0, codes + wide]

async function ours(path, open) {
  let sums = []
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    const table = await open(path)
    const columns = table.variables.map((_, index) => index)
    sums = [0, 0]
    for await (const batch of table.read({ columns, reuseBuffers: true })) {
      for (const [index, column] of summed.entries()) {
        const numbers = batch.numbers[column]
        for (let row = 0; row < batch.rows; row++) sums[index] += numbers[row]
      }
    }
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1e6)
  }
  return { seconds: best, sums }
}

const havenScript = `
path <- commandArgs(TRUE)[1]
read <- if (grepl("sav$", path)) haven::read_sav else haven::read_dta
spent <- system.time(survey <- read(path))
cat(spent[["user.self"]] + spent[["sys.self"]], format(sum(survey[[${summed[0] + 1}]]), digits = 15), format(sum(survey[[${summed[1] + 1}]]), digits = 15))
`

/** What haven takes; undefined where it is not installed. */
function haven(path) {
  const { error, status, stdout, stderr } = spawnSync('Rscript', ['--vanilla', '-', path], {
    encoding: 'utf8',
    input: havenScript,
  })
  if (error !== undefined || /there is no package called/.test(stderr)) return undefined
  if (status !== 0) throw new Error(`haven: ${stderr}`)
  const [seconds, ...sums] = stdout.trim().split(/\s+/).map(Number)
  return { seconds, sums }
}

async function compare(label, path, open) {
  const { seconds, sums } = await ours(path, open)
  const other = haven(path)
  for (const [index, sum] of sums.entries()) {
    if (other !== undefined && Math.abs(sum - other.sums[index]) > 1e-9 * Math.abs(sum)) {
      throw new Error(`${label}: column ${summed[index] + 1} adds up to ${sum}, in haven to ${other.sums[index]}`)
    }
  }
  const megabytes = statSync(path).size / 1e6
  const cells = (rows * (codes + wide + 1 + texts)) / 1e6
  const rates = (time) =>
    `${time.toFixed(2)} s, ${(cells / time).toFixed(0)} million cells/s, ${(megabytes / time).toFixed(0)} MB/s`
  console.log(`${label.padEnd(22)}  ${rows} rows  ${megabytes.toFixed(0)} MB  ours ${rates(seconds)}`)
  console.log(`${''.padEnd(22)}  haven ${other === undefined ? 'is not installed' : rates(other.seconds)}`)
}

console.log(
  `Node ${process.version}, ${cpus()[0].model}, processor time, ours best of ${rounds}, file in the page cache, all 600 columns`,
)
const folder = mkdtempSync(join(tmpdir(), 'binary-bench-'))
try {
  writeSav(join(folder, 'codes.sav'))
  await compare('.sav, bytecode', join(folder, 'codes.sav'), openSav)
  writeZsav(join(folder, 'codes.zsav'))
  await compare('.zsav', join(folder, 'codes.zsav'), openSav)
  writeDta(join(folder, 'bytes.dta'), 65530)
  await compare('.dta, codes in bytes', join(folder, 'bytes.dta'), openDta)
  rmSync(join(folder, 'bytes.dta'))
  writeDta(join(folder, 'doubles.dta'), 65526)
  await compare('.dta, codes in doubles', join(folder, 'doubles.dta'), openDta)
  console.log(`peak memory of ours ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`)
} finally {
  rmSync(folder, { recursive: true })
}
