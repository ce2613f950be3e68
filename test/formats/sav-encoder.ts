import { deflateSync } from 'node:zlib'
import { ByteList } from './sav-byte-list.js'

export interface SavVariableSpec {
  name: string
  /** At most eight characters; left out, the name in capitals cut to eight. */
  shortName?: string
  /** 0 or left out for numbers. */
  width?: number
  label?: string
  /** Type, width and decimals. */
  format?: [type: number, width: number, decimals: number]
  missing?: (number | string)[]
  /** Number of missing values as the record has it: -2 a range, -3 a range and a value. */
  missingCount?: number
  labels?: [value: number | string, label: string][]
  measure?: number
}

export interface SavSpec {
  variables: SavVariableSpec[]
  /** null is system-missing. */
  rows: (number | string | null)[][]
  littleEndian?: boolean
  compression?: 'none' | 'bytecode' | 'zlib'
  bias?: number
  /** Rows in the header: the true number if left out, -1 for unknown. */
  declaredRows?: number
  /** Whether bytecode ends with the command for it. */
  endCommand?: boolean
  /** Name of the weight variable. */
  weight?: string
  label?: string
  /** How texts become bytes. */
  encode?: (text: string) => Uint8Array
  encodingRecord?: string
  characterCode?: number
  floatInfo?: [systemMissing: number, highest: number, lowest: number]
  /** Further extension records. */
  extensions?: { subtype: number; size: number; data: Uint8Array }[]
  documentLines?: string[]
  /** Bytes of bytecode a ZLIB block. */
  blockSize?: number
}

const COMPRESSIONS = { none: 0, bytecode: 1, zlib: 2 }

/** A small SPSS system file by the PSPP developer's guide, with every oddity that a test wants. */
export function encodeSav(spec: SavSpec): Buffer {
  const { littleEndian = true, compression = 'bytecode', encode = (text: string) => Buffer.from(text) } = spec
  const { bias = 100, documentLines = [] } = spec
  let element = 0
  const placed = spec.variables.map((variable) => {
    const first = element
    for (const width of segmentWidths(variable.width ?? 0)) element += Math.max(1, Math.ceil(width / 8))
    return { variable, element: first }
  })
  const weight = placed.find(({ variable }) => variable.name === spec.weight)
  const out = new ByteList(littleEndian)
  out.bytes(compression === 'zlib' ? '$FL3' : '$FL2')
  out.padded('@(#) SPSS DATA FILE test encoder', 60, 0x20)
  out.int32(
    2,
    -1,
    COMPRESSIONS[compression],
    weight === undefined ? 0 : weight.element + 1,
    spec.declaredRows ?? spec.rows.length,
  )
  out
    .float64(bias)
    .bytes('01 Jan 2612:00:00')
    .padded(encode(spec.label ?? ''), 64, 0x20)
    .bytes('\0\0\0')

  for (const { variable } of placed) writeVariable(out, variable, encode, littleEndian)
  for (const { variable, element: first } of placed) {
    if (variable.labels === undefined || (variable.width ?? 0) > 8) continue
    out.int32(3, variable.labels.length)
    for (const [value, label] of variable.labels) {
      if (typeof value === 'number') out.float64(value)
      else out.padded(encode(value), 8, 0x20)
      const bytes = encode(label)
      out.uint8(bytes.length).padded(bytes, Math.ceil((bytes.length + 1) / 8) * 8 - 1, 0x20)
    }
    out.int32(4, 1, first + 1)
  }
  if (documentLines.length > 0) {
    out.int32(6, documentLines.length)
    for (const line of documentLines) out.padded(encode(line), 80, 0x20)
  }
  writeExtensions(out, spec, encode, littleEndian)
  out.int32(999, 0)

  const data = compression === 'none' ? plainRows(spec, encode) : bytecode(spec, encode)
  return compression === 'zlib' ? withBlocks(out, data, spec.blockSize ?? 0x3ff000, bias) : out.bytes(data).toBuffer()
}

export function shortNameOf({ name, shortName }: SavVariableSpec): string {
  return shortName ?? name.toUpperCase().slice(0, 8)
}

/** Widths of the records that make up a text. */
function segmentWidths(width: number): number[] {
  if (width <= 255) return [width]
  const count = Math.ceil(width / 252)
  return [...Array<number>(count - 1).fill(255), width - (count - 1) * 252]
}

function writeVariable(
  out: ByteList,
  variable: SavVariableSpec,
  encode: (text: string) => Uint8Array,
  littleEndian: boolean,
): void {
  segmentWidths(variable.width ?? 0).forEach((width, segment) => {
    const [type, formatWidth, decimals] = variable.format ?? (width > 0 ? [1, width, 0] : [5, 8, 2])
    const format = (type << 16) | (formatWidth << 8) | decimals
    const missing = segment > 0 || width > 8 ? [] : (variable.missing ?? [])
    const label = segment > 0 || variable.label === undefined ? undefined : encode(variable.label)
    const name = segment === 0 ? shortNameOf(variable) : `${shortNameOf(variable).slice(0, 5)}${segment}`
    out.int32(2, width, label === undefined ? 0 : 1, missing.length > 0 ? (variable.missingCount ?? missing.length) : 0)
    out.int32(format, format).padded(encode(name), 8, 0x20)
    if (label !== undefined) out.int32(label.length).padded(label, Math.ceil(label.length / 4) * 4, 0x20)
    for (const value of missing) {
      if (typeof value === 'number') out.float64(value)
      else out.padded(encode(value), 8, 0x20)
    }
    for (let left = Math.ceil(width / 8) - 1; left > 0; left--) {
      out.bytes(new ByteList(littleEndian).int32(2, -1, 0, 0, format, format).padded('', 8, 0x20).toBuffer())
    }
  })
}

function writeExtensions(
  out: ByteList,
  spec: SavSpec,
  encode: (text: string) => Uint8Array,
  littleEndian: boolean,
): void {
  const extension = (subtype: number, size: number, data: Uint8Array): void => {
    out.int32(7, subtype, size, data.length / size).bytes(data)
  }
  const list = () => new ByteList(littleEndian)
  const { variables } = spec
  if (spec.characterCode !== undefined) {
    extension(
      3,
      4,
      list()
        .int32(20, 0, 0, -1, 1, 1, littleEndian ? 2 : 1, spec.characterCode)
        .toBuffer(),
    )
  }
  if (spec.floatInfo !== undefined)
    extension(
      4,
      8,
      list()
        .float64(...spec.floatInfo)
        .toBuffer(),
    )
  if (variables.some(({ measure }) => measure !== undefined)) {
    const display = list()
    for (const { width = 0, measure = 0 } of variables) {
      for (const _ of segmentWidths(width)) display.int32(measure, 8, 0)
    }
    extension(11, 4, display.toBuffer())
  }
  const names = variables.map((variable) => `${shortNameOf(variable)}=${variable.name}`).join('\t')
  extension(13, 1, encode(names))
  const wide = variables.filter(({ width = 0 }) => width > 255)
  if (wide.length > 0) {
    const widths = wide.map((variable) => `${shortNameOf(variable)}=${String(variable.width).padStart(5, '0')}\0\t`)
    extension(14, 1, encode(widths.join('')))
  }
  for (const { subtype, size, data } of spec.extensions ?? []) extension(subtype, size, data)
  if (spec.encodingRecord !== undefined) extension(20, 1, Buffer.from(spec.encodingRecord))
  const longLabels = list()
  const longMissing = list()
  for (const { name, width = 0, labels = [], missing = [] } of variables.filter(({ width = 0 }) => width > 8)) {
    const nameBytes = encode(name)
    if (labels.length > 0) longLabels.int32(nameBytes.length).bytes(nameBytes).int32(width, labels.length)
    for (const [value, label] of labels) {
      const bytes = encode(label)
      longLabels
        .int32(width)
        .padded(encode(String(value)), width, 0x20)
        .int32(bytes.length)
        .bytes(bytes)
    }
    if (missing.length > 0) longMissing.int32(nameBytes.length).bytes(nameBytes).uint8(missing.length).int32(8)
    for (const value of missing) longMissing.padded(encode(String(value)), 8, 0x20)
  }
  if (longLabels.length > 0) extension(21, 1, longLabels.toBuffer())
  if (longMissing.length > 0) extension(22, 1, longMissing.toBuffer())
}

/** Elements of a text: of each segment but the last, 255 bytes and one of padding. */
function textElements(text: Uint8Array, width: number): Buffer[] {
  const elements: Buffer[] = []
  const whole = Buffer.alloc(Math.max(width, text.length), 0x20)
  Buffer.from(text).copy(whole)
  segmentWidths(width).forEach((segmentWidth, segment) => {
    const bytes = Buffer.alloc(Math.ceil(segmentWidth / 8) * 8, 0x20)
    whole.subarray(255 * segment, Math.min(width, 255 * segment + segmentWidth)).copy(bytes)
    for (let at = 0; at < bytes.length; at += 8) elements.push(bytes.subarray(at, at + 8))
  })
  return elements
}

function plainRows(
  { rows, variables, littleEndian = true, floatInfo }: SavSpec,
  encode: (text: string) => Uint8Array,
): Buffer {
  const out = new ByteList(littleEndian)
  for (const row of rows) {
    row.forEach((value, column) => {
      if (typeof value === 'string') {
        for (const element of textElements(encode(value), variables[column].width ?? 0)) out.bytes(element)
      } else {
        out.float64(value ?? floatInfo?.[0] ?? -Number.MAX_VALUE)
      }
    })
  }
  return out.toBuffer()
}

function bytecode(spec: SavSpec, encode: (text: string) => Uint8Array): Buffer {
  const { rows, variables, littleEndian = true, bias = 100, endCommand = true } = spec
  const out = new ByteList(littleEndian)
  let commands: number[] = []
  let verbatim = new ByteList(littleEndian)
  const flush = (): void => {
    out.padded(Buffer.from(commands), 8, 0).bytes(verbatim.toBuffer())
    commands = []
    verbatim = new ByteList(littleEndian)
  }
  const command = (code: number, bytes?: Buffer): void => {
    commands.push(code)
    if (bytes !== undefined) verbatim.bytes(bytes)
    if (commands.length === 8) flush()
  }
  for (const row of rows) {
    row.forEach((value, column) => {
      if (typeof value === 'string') {
        for (const element of textElements(encode(value), variables[column].width ?? 0)) {
          if (element.every((byte) => byte === 0x20)) command(254)
          else if (element.every((byte) => byte === 0) && Number.isInteger(bias)) command(bias)
          else command(253, element)
        }
      } else if (value === null) {
        command(255)
      } else {
        const code = value + bias
        if (Number.isInteger(code) && code >= 1 && code <= 251 && !Object.is(value, -0)) command(code)
        else command(253, new ByteList(littleEndian).float64(value).toBuffer())
      }
    })
  }
  if (endCommand) command(252)
  if (commands.length > 0) flush()
  return out.toBuffer()
}

function withBlocks(out: ByteList, data: Buffer, blockSize: number, bias: number): Buffer {
  const start = out.length
  const blocks: { inflated: number; deflated: Buffer }[] = []
  for (let at = 0; at < data.length; at += blockSize) {
    const piece = data.subarray(at, at + blockSize)
    blocks.push({ inflated: piece.length, deflated: deflateSync(piece) })
  }
  const size = blocks.reduce((sum, { deflated }) => sum + deflated.length, 0)
  out.int64(start, start + 24 + size, 24 + 24 * blocks.length)
  for (const { deflated } of blocks) out.bytes(deflated)
  out.int64(-Math.floor(bias), 0).int32(blockSize, blocks.length)
  let inflatedAt = start
  let at = start + 24
  for (const { inflated, deflated } of blocks) {
    out.int64(inflatedAt, at).int32(inflated, deflated.length)
    inflatedAt += inflated
    at += deflated.length
  }
  return out.toBuffer()
}
