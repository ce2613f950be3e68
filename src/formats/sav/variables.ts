import { damageError } from '../survey-columns/byte-cursor.js'
import { TextEncoding } from '../survey-columns/text-encoding.js'
import type { MissingValues, SurveyVariable } from '../survey-columns.js'
import { SurveyError } from '../survey-error.js'
import type { LabelSet, SavDictionary, VariableRecord } from './dictionary.js'
import {
  encodingName,
  latin1,
  longNames,
  longStringLabels,
  longStringMissing,
  measures,
  type SpecialNumbers,
  specialNumbers,
  trimmed,
  veryLongWidths,
} from './extensions.js'

/** A variable and where in a row its value stands. */
export interface PlacedVariable {
  readonly variable: SurveyVariable
  /** First elements of its segments: one, or several for a very long string. */
  readonly segments: readonly { readonly element: number; readonly elements: number }[]
}

export interface SavVariables {
  readonly encoding: TextEncoding
  readonly special: SpecialNumbers
  readonly placed: readonly PlacedVariable[]
}

/** Data bytes that a segment of a very long string holds ("Very Long String Record"). */
export const SEGMENT_BYTES = 255
/** Bytes of a very long string's width that call for one more segment. */
const SEGMENT_WIDTH = 252
/** SPSS's longest text. */
const LONGEST_TEXT = 32767

/** Format types by number ("Variable Record", Format Types). */
const FORMATS = (
  ' A AHEX COMMA DOLLAR F IB PIBHEX P PIB PK RB RBHEX   Z N E   DATE TIME DATETIME ADATE JDATE DTIME WKDAY MONTH ' +
  'MOYR QYR WKYR PCT DOT CCA CCB CCC CCD CCE EDATE SDATE MTIME YMDHMS'
).split(' ')

/** Puts the dictionary's records together to the variables that people know. */
export function buildVariables(
  dictionary: SavDictionary,
  littleEndian: boolean,
  source: { name: string },
  encodingOption: string | undefined,
): SavVariables {
  const { extensions } = dictionary
  const encoding = chooseEncoding(dictionary, littleEndian, source, encodingOption)
  const special = specialNumbers(extensions, littleEndian)
  const merged = mergeSegments(dictionary.variables, veryLongWidths(extensions, source), source)
  const levels = measures(extensions, dictionary.variables.length, littleEndian)
  const levelOf = new Map(dictionary.variables.map(({ element }, index) => [element, levels[index]]))

  const labels = collectLabels(dictionary.labelSets, dictionary.variables, encoding, littleEndian, source)
  const missing = new Map<string, MissingValues>()
  const names = uniqueNames(merged, longNames(extensions), encoding)
  const elementOf = new Map(merged.map(({ record }, index) => [names[index], record.element]))
  for (const { name, values } of longStringLabels(extensions, littleEndian, source)) {
    const element = elementOf.get(encoding.decode(name))
    if (element === undefined) continue
    labels.set(
      element,
      new Map(values.map(({ value, label }) => [decodeText(encoding, value), encoding.decode(label)])),
    )
  }
  for (const { name, values } of longStringMissing(extensions, littleEndian, source)) {
    missing.set(encoding.decode(name), { values: values.map(({ value }) => decodeText(encoding, value)) })
  }

  const placed = merged.map(({ record, width, segments }, index): PlacedVariable => {
    const measure = levelOf.get(record.element)
    const type = width === 0 ? 'number' : 'text'
    return {
      segments,
      variable: {
        name: names[index],
        label: decodeText(encoding, record.label),
        type,
        storage: width === 0 ? 'double' : 'text',
        width,
        valueLabels: labels.get(record.element) ?? new Map(),
        missing: missing.get(names[index]) ?? missingValues(record, encoding, special, littleEndian, source),
        // The format of a very long string's first segment is that of the segment.
        format: segments.length > 1 ? `A${width}` : formatText(record.format),
        ...(measure !== undefined && { measure }),
      },
    }
  })
  return { encoding, special, placed }
}

/** The text of a padded field. */
export function decodeText(encoding: TextEncoding, bytes: Uint8Array): string {
  return encoding.decode(trimmed(bytes))
}

function chooseEncoding(
  { extensions, variables, labelSets }: SavDictionary,
  littleEndian: boolean,
  source: { name: string },
  option: string | undefined,
): TextEncoding {
  const name = option ?? encodingName(extensions, littleEndian)
  if (name !== undefined) {
    const encoding = TextEncoding.named(name)
    if (encoding !== undefined) return encoding
    const message = `its texts are in the encoding ${JSON.stringify(name)}, which is not known; give one by its usual name`
    throw new SurveyError(message, { place: { file: source.name } })
  }
  return TextEncoding.guess([
    ...variables.map(({ label }) => label),
    ...labelSets.flatMap(({ labels }) => labels.map(({ label }) => label)),
  ])
}

interface MergedVariable {
  readonly record: VariableRecord
  readonly width: number
  readonly segments: readonly { readonly element: number; readonly elements: number }[]
}

/** Makes one variable of the segments of each very long string. */
function mergeSegments(
  records: readonly VariableRecord[],
  widths: Map<string, number>,
  source: { name: string },
): MergedVariable[] {
  const merged: MergedVariable[] = []
  for (let index = 0; index < records.length; ) {
    const record = records[index]
    const shortName = latin1(trimmed(record.name)).toUpperCase()
    const width = record.width === 0 ? undefined : widths.get(shortName)
    // A short name may occur again among the segments' made-up ones; its first bearer is meant.
    widths.delete(shortName)
    const count = width === undefined ? 1 : Math.ceil(width / SEGMENT_WIDTH)
    if (width === undefined || count < 2) {
      merged.push({ record, width: record.width, segments: [segmentOf(record)] })
      index++
      continue
    }
    const segments = records.slice(index, index + count)
    const lastWidth = width - (count - 1) * SEGMENT_WIDTH
    const fits =
      width <= LONGEST_TEXT &&
      segments.length === count &&
      segments.every(
        ({ width: bytes }, segment) => bytes === SEGMENT_BYTES || (segment === count - 1 && bytes >= lastWidth),
      )
    if (!fits) {
      const message = `expected ${count} texts that make up one of ${width} bytes (variable ${JSON.stringify(shortName)})`
      throw damageError(source, record.offset, message)
    }
    merged.push({ record, width, segments: segments.map(segmentOf) })
    index += count
  }
  return merged
}

function segmentOf({ element, width }: VariableRecord): { element: number; elements: number } {
  return { element, elements: Math.max(1, Math.ceil(width / 8)) }
}

/** Long names where the file has them, each made to occur once as SPSS counts them, capitals or not. */
function uniqueNames(
  variables: readonly MergedVariable[],
  longByShort: Map<string, Uint8Array>,
  encoding: TextEncoding,
): string[] {
  const taken = new Set<string>()
  /** By name, the number that its next copy tries: without it, thousands of copies would take long. */
  const copies = new Map<string, number>()
  return variables.map(({ record }) => {
    const shortName = trimmed(record.name)
    const long = longByShort.get(latin1(shortName).toUpperCase())
    const name = encoding.decode(long !== undefined && long.length > 0 ? long : shortName)
    let unique = name
    let copy = copies.get(name.toUpperCase()) ?? 2
    while (taken.has(unique.toUpperCase())) unique = `${name}_${copy++}`
    copies.set(name.toUpperCase(), copy)
    taken.add(unique.toUpperCase())
    return unique
  })
}

/** Value labels by the first element of each labelled variable. */
function collectLabels(
  sets: readonly LabelSet[],
  variables: readonly VariableRecord[],
  encoding: TextEncoding,
  littleEndian: boolean,
  source: { name: string },
): Map<number, ReadonlyMap<number | string, string>> {
  const byElement = new Map(variables.map((variable) => [variable.element, variable]))
  const labels = new Map<number, ReadonlyMap<number | string, string>>()
  for (const { offset, labels: entries, elements } of sets) {
    const kinds = elements.map((element) => byElement.get(element))
    const first = kinds[0]
    if (kinds.some((variable) => variable === undefined || (variable.width === 0) !== (first?.width === 0))) {
      throw damageError(
        source,
        offset,
        'expected value labels of variables that the file has, all numbers or all texts',
      )
    }
    const map = new Map<number | string, string>()
    for (const { value, label } of entries) {
      const code = first?.width === 0 ? float64(value, 0, littleEndian) : decodeText(encoding, value)
      // Some writers label one value over and over where a text is cut; the first label is the one that is meant.
      if (!map.has(code)) map.set(code, decodeText(encoding, label))
    }
    for (const element of elements) {
      const earlier = labels.get(element)
      labels.set(element, earlier === undefined ? map : new Map([...earlier, ...map]))
    }
  }
  return labels
}

function missingValues(
  { missing, missingCount, width, offset }: VariableRecord,
  encoding: TextEncoding,
  { highest, lowest }: SpecialNumbers,
  littleEndian: boolean,
  source: { name: string },
): MissingValues {
  if (width > 0) {
    if (missingCount < 0) throw damageError(source, offset + 12, 'a text variable has a range of missing values')
    const texts = Array.from({ length: missingCount }, (_, index) => missing.subarray(8 * index, 8 * index + 8))
    return { values: texts.map((text) => decodeText(encoding, text.subarray(0, Math.min(8, width)))) }
  }
  const numbers = Array.from({ length: missing.length / 8 }, (_, index) => float64(missing, 8 * index, littleEndian))
  if (missingCount >= 0) return { values: numbers }
  const [low, high, ...values] = numbers
  // LOWEST is the most negative number or the one above it ("Introduction").
  const range = [
    low <= lowest || low <= SECOND_LOWEST ? Number.NEGATIVE_INFINITY : low,
    high >= highest || high === Number.MAX_VALUE ? Number.POSITIVE_INFINITY : high,
  ] as const
  return { values, range }
}

/** The number next to the most negative one. */
const SECOND_LOWEST = float64(Uint8Array.of(0xff, 0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe), 0, false)

function float64(bytes: Uint8Array, at: number, littleEndian: boolean): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getFloat64(at, littleEndian)
}

function formatText(format: number): string {
  const [decimals, width, type] = [format & 0xff, (format >>> 8) & 0xff, (format >>> 16) & 0xff]
  const name = FORMATS[type] ?? ''
  return name === '' ? '' : `${name}${width}${decimals > 0 ? `.${decimals}` : ''}`
}
