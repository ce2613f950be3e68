import { writeInteger } from '../../formats/byte-writer.js'
import type { Layout } from './layout.js'

/** The whole numbers from which on Java prints a double with an exponent. */
const exponentFrom = 10_000_000

/** A whole number as the layout writes it. */
export function wholeText(value: number, { wholeNumbers }: Pick<Layout, 'wholeNumbers'>): string {
  if (wholeNumbers === 'digits') return String(value)
  if (Math.abs(value) < exponentFrom) return `${value}.0`
  const digits = String(Math.abs(value))
  const fraction = digits.slice(1).replace(/0+$/, '')
  return `${value < 0 ? '-' : ''}${digits[0]}.${fraction || '0'}E${digits.length - 1}`
}

/** A quantity as the layout writes it, with at most `digits` decimals. Below 10 million. */
export function decimalText(value: number, layout: Pick<Layout, 'decimals'>, digits: number): string {
  const text = digits >= 17 ? String(value) : String(Number(value.toFixed(digits)))
  return layout.decimals === 'double' && !text.includes('.') ? `${text}.0` : text
}

/** Writes a whole number as `wholeText` says it; gives the position after it. */
export function writeWhole(bytes: Uint8Array, position: number, value: number, double: boolean): number {
  if (!double) return writeInteger(bytes, position, value)
  if (value >= exponentFrom) return writeExponent(bytes, position, value)
  let at = writeInteger(bytes, position, value)
  bytes[at++] = 0x2e
  bytes[at++] = 0x30
  return at
}

function writeExponent(bytes: Uint8Array, position: number, value: number): number {
  const end = writeInteger(bytes, position + 1, value)
  bytes[position] = bytes[position + 1]
  bytes[position + 1] = 0x2e
  const exponent = end - position - 2
  let at = end
  while (at > position + 3 && bytes[at - 1] === 0x30) at--
  bytes[at++] = 0x45
  return writeInteger(bytes, at, exponent)
}

/**
 * Writes a number with decimals, given as a whole number of its smallest unit, `10 ** -places`, without closing
 * zeros: 1630 with 2 places is `16.3`, and 1600 is `16`, or `16.0` with `double`. Gives the position after it.
 */
export function writeDecimal(
  bytes: Uint8Array,
  position: number,
  units: number,
  places: number,
  double: boolean,
): number {
  let at = position
  let rest = units
  if (rest < 0) {
    bytes[at++] = 0x2d
    rest = -rest
  }
  const scale = scales[places]
  const whole = Math.floor(rest / scale)
  let fraction = rest - whole * scale
  at = writeInteger(bytes, at, whole)
  bytes[at++] = 0x2e
  for (let digit = at + places - 1; digit >= at; digit--) {
    const next = Math.floor(fraction / 10)
    bytes[digit] = 0x30 + (fraction - next * 10)
    fraction = next
  }
  let end = at + places
  while (end > at && bytes[end - 1] === 0x30) end--
  if (end > at) return end
  if (!double) return at - 1
  bytes[at] = 0x30
  return at + 1
}

const scales = Array.from({ length: 16 }, (_, places) => Number(`1e${places}`))
