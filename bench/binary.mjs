// How fast the SPSS and Stata readers go: rows, cells and megabytes of file a second, one core, all columns.
// `node bench/binary.mjs [rows]` after `npm run build`. The files are generated: shaped like a wave of the World
// Values Survey (600 variables: mostly codes of one digit, a few wide ones, a weight, two texts), no survey's data.
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
  const out = writer(path)
  for (const part of [
    '<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>',
    counts.subarray(0, 2),
    '</K><N>',
    counts.subarray(2),
    '</N><label>\0\0</label><timestamp>\0</timestamp></header><map>',
    Buffer.alloc(8 * 14),
    '</map><variable_types>',
    typeBytes,
    '</variable_types><varnames>',
    fixed(names, 129),
    '</varnames><sortlist>',
    Buffer.alloc(2 * (types.length + 1)),
    '</sortlist><formats>',
    fixed(none, 57),
    '</formats><value_label_names>',
    fixed(none, 129),
    '</value_label_names><variable_labels>',
    fixed(none, 321),
    '</variable_labels><characteristics></characteristics><data>',
  ]) {
    out.bytes(Buffer.from(part))
  }
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
  out.bytes(Buffer.from('</data><strls></strls><value_labels></value_labels></stata_dta>'))
  out.close()
}

async function time(label, path, open) {
  let best = Number.POSITIVE_INFINITY
  let cells = 0
  let sum = 0
  for (let round = 0; round < rounds; round++) {
    const start = performance.now()
    const table = await open(path)
    const columns = table.variables.map((_, index) => index)
    cells = 0
    for await (const batch of table.read({ columns, reuseBuffers: true })) {
      cells += batch.rows * columns.length
      sum += batch.numbers[0][batch.rows - 1]
    }
    best = Math.min(best, performance.now() - start)
  }
  const megabytes = statSync(path).size / 1e6
  const seconds = best / 1e3
  const figures = [
    label.padEnd(22),
    `${rows} rows`,
    `${megabytes.toFixed(0)} MB`,
    `${seconds.toFixed(2)} s`,
    `${(cells / 1e6 / seconds).toFixed(0)} million cells/s`,
    `${(megabytes / seconds).toFixed(0)} MB/s`,
    `${(rows / seconds).toFixed(0)} rows/s`,
  ]
  console.log(figures.join('  '), Number.isNaN(sum) ? '!' : '')
}

console.log(`Node ${process.version}, ${cpus()[0].model}, best of ${rounds}, file in the page cache, all 600 columns`)
const folder = mkdtempSync(join(tmpdir(), 'binary-bench-'))
try {
  writeSav(join(folder, 'codes.sav'))
  await time('.sav, bytecode', join(folder, 'codes.sav'), openSav)
  writeZsav(join(folder, 'codes.zsav'))
  await time('.zsav', join(folder, 'codes.zsav'), openSav)
  writeDta(join(folder, 'bytes.dta'), 65530)
  await time('.dta, codes in bytes', join(folder, 'bytes.dta'), openDta)
  rmSync(join(folder, 'bytes.dta'))
  writeDta(join(folder, 'doubles.dta'), 65526)
  await time('.dta, codes in doubles', join(folder, 'doubles.dta'), openDta)
  console.log(`peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`)
} finally {
  rmSync(folder, { recursive: true })
}
