import { ByteList } from './sav-byte-list.js'

export type DtaType = 'byte' | 'int' | 'long' | 'float' | 'double' | 'strL' | number

export interface DtaVariableSpec {
  name: string
  /** A number is the width of a text. */
  type: DtaType
  label?: string
  format?: string
  /** Name of its set of value labels. */
  labelSet?: string
}

export interface DtaSpec {
  format: 113 | 114 | 115 | 117 | 118 | 119
  littleEndian?: boolean
  label?: string
  variables: DtaVariableSpec[]
  /** null is the plain missing value, `.a` to `.z` the others in a number column. */
  rows: (number | string | null)[][]
  labelSets?: { name: string; labels: [value: number, label: string][] }[]
  encode?: (text: string) => Uint8Array
  /** Whether equal long texts are stored once. */
  shareLongTexts?: boolean
  /** Whether the long texts stand last first. */
  reverseLongTexts?: boolean
  /** Contents of characteristics (expansion fields before format 117). */
  characteristics?: string[]
}

const TAGGED_CODES = { byte: 65530, int: 65529, long: 65528, float: 65527, double: 65526, strL: 32768 }
const OLD_CODES = { byte: 251, int: 252, long: 253, float: 254, double: 255, strL: 0 }

/** A small Stata file by Stata's help files dta_113 to dta_119. */
export function encodeDta(spec: DtaSpec): Buffer {
  const { format, littleEndian = true, encode = (text: string) => Buffer.from(text), variables, rows } = spec
  const tagged = format >= 117
  const unicode = format >= 118
  const nameWidth = unicode ? 129 : 33
  const out = new ByteList(littleEndian)
  const count = (value: number): ByteList => (format === 119 ? out.int32(value) : out.uint16(value))
  const label = encode(spec.label ?? '')
  const map: number[] = []
  const tag = (name: string, write: () => void): void => {
    map.push(out.length)
    if (tagged) out.bytes(`<${name}>`)
    write()
    if (tagged) out.bytes(`</${name}>`)
  }

  if (tagged) {
    out.bytes(
      `<stata_dta><header><release>${format}</release><byteorder>${littleEndian ? 'LSF' : 'MSF'}</byteorder><K>`,
    )
    count(variables.length)
    out.bytes('</K><N>')
    if (unicode) out.int64(rows.length)
    else out.int32(rows.length)
    out.bytes('</N><label>')
    if (unicode) out.uint16(label.length)
    else out.uint8(label.length)
    out.bytes(label).bytes('</label><timestamp>').uint8(17).bytes('01 Jan 2026 12:00</timestamp></header><map>')
    out.bytes(Buffer.alloc(8 * 14)).bytes('</map>')
  } else {
    out
      .uint8(format)
      .uint8(littleEndian ? 2 : 1)
      .uint8(1)
      .uint8(0)
      .uint16(variables.length)
      .int32(rows.length)
    out.padded(label, 81, 0).padded('01 Jan 2026 12:00', 18, 0)
  }
  const texts = (name: string, width: number, of: (variable: DtaVariableSpec) => string): void =>
    tag(name, () => {
      for (const variable of variables) out.padded(encode(of(variable)), width, 0)
    })
  tag('variable_types', () => {
    for (const { type } of variables) {
      const code = typeof type === 'number' ? type : tagged ? TAGGED_CODES[type] : OLD_CODES[type]
      if (tagged) out.uint16(code)
      else out.uint8(code)
    }
  })
  texts('varnames', nameWidth, ({ name }) => name)
  tag('sortlist', () => {
    for (let index = 0; index <= variables.length; index++) count(0)
  })
  texts('formats', format === 113 ? 12 : unicode ? 57 : 49, ({ format: display = '%9.0g' }) => display)
  texts('value_label_names', nameWidth, ({ labelSet = '' }) => labelSet)
  texts('variable_labels', unicode ? 321 : 81, ({ label: text = '' }) => text)
  tag('characteristics', () => {
    for (const content of spec.characteristics ?? []) {
      if (tagged) out.bytes('<ch>').int32(content.length).bytes(content).bytes('</ch>')
      else out.uint8(1).int32(content.length).bytes(content)
    }
    if (!tagged) out.uint8(0).int32(0)
  })

  const longTexts: { variable: number; row: number; text: Uint8Array }[] = []
  const stored = new Map<string, [number, number]>()
  tag('data', () => {
    rows.forEach((row, rowIndex) => {
      row.forEach((value, column) => {
        const { type } = variables[column]
        if (typeof type === 'number') {
          out.padded(encode(String(value)), type, 0)
        } else if (type !== 'strL') {
          writeNumber(out, type, value)
        } else {
          const text = String(value)
          let reference: [number, number] = [0, 0]
          if (text !== '') {
            reference = (spec.shareLongTexts === true ? stored.get(text) : undefined) ?? [column + 1, rowIndex + 1]
            if (reference[0] === column + 1 && reference[1] === rowIndex + 1) {
              stored.set(text, reference)
              longTexts.push({ variable: column + 1, row: rowIndex + 1, text: encode(text) })
            }
          }
          const first = format === 117 ? 4 : format === 118 ? 2 : 3
          out.bytes(unsigned(reference[0], first, littleEndian)).bytes(unsigned(reference[1], 8 - first, littleEndian))
        }
      })
    })
  })
  if (spec.reverseLongTexts === true) longTexts.reverse()
  if (tagged) {
    tag('strls', () => {
      for (const { variable, row, text } of longTexts) {
        out.bytes('GSO').int32(variable)
        if (format === 117) out.int32(row)
        else out.int64(row)
        out
          .uint8(130)
          .int32(text.length + 1)
          .bytes(text)
          .uint8(0)
      }
    })
  }
  tag('value_labels', () => {
    for (const { name, labels } of spec.labelSets ?? []) {
      const table = new ByteList(littleEndian)
      const encoded = labels.map(([, text]) => Buffer.concat([encode(text), Buffer.of(0)]))
      table.int32(
        labels.length,
        encoded.reduce((sum, { length }) => sum + length, 0),
      )
      let offset = 0
      for (const { length } of encoded) {
        table.int32(offset)
        offset += length
      }
      for (const [value] of labels) table.int32(value)
      for (const bytes of encoded) table.bytes(bytes)
      if (tagged) out.bytes('<lbl>')
      out.int32(table.length).padded(encode(name), nameWidth, 0).bytes('\0\0\0').bytes(table.toBuffer())
      if (tagged) out.bytes('</lbl>')
    }
  })
  if (!tagged) return out.toBuffer()
  map.push(out.length)
  out.bytes('</stata_dta>')
  map.push(out.length)
  // Where the file begins and the map itself stands come first.
  const file = out.toBuffer()
  const mapAt = file.indexOf('<map>')
  const positions = new ByteList(littleEndian).int64(0, mapAt, ...map)
  positions.toBuffer().copy(file, mapAt + 5)
  return file
}

const FIRST_MISSING = { byte: 101, int: 32741, long: 2147483621 }

function writeNumber(
  out: ByteList,
  type: 'byte' | 'int' | 'long' | 'float' | 'double',
  value: number | string | null,
): void {
  const kind = value === null ? 0 : typeof value === 'string' ? value.charCodeAt(1) - 0x60 : undefined
  if (type === 'float') {
    // The missing values are 2^127 (1 + kind / 16^3), those of a double 2^1023 (1 + kind / 16^3).
    out.float32(kind === undefined ? Number(value) : 2 ** 127 * (1 + kind / 4096))
  } else if (type === 'double') {
    out.float64(kind === undefined ? Number(value) : 2 ** 1023 * (1 + kind / 4096))
  } else {
    const number = kind === undefined ? Number(value) : FIRST_MISSING[type] + kind
    if (type === 'byte') out.uint8(number)
    else if (type === 'int') out.uint16(number)
    else out.int32(number)
  }
}

function unsigned(value: number, length: number, littleEndian: boolean): Buffer {
  const bytes = Buffer.alloc(length)
  if (littleEndian) bytes.writeUIntLE(value, 0, Math.min(length, 6))
  else bytes.writeUIntBE(value, Math.max(0, length - 6), Math.min(length, 6))
  return bytes
}
