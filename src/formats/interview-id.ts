import { writeInteger } from './byte-writer.js'
import { cellText } from './cell-text.js'
import { parseNumberText } from './number-text.js'

/**
 * Writes an interview id in its canonical form: releases write the same id as `170070052`,
 * `"170070052"` or `1.70070052E8`. A whole number becomes its digits; any other text stays as it is,
 * without spaces around it.
 *
 * The id is `source` from `start` to `end` (without quotes); it is written to `target` at `position`, where
 * three times `end - start` + 24 bytes must be free (a byte of windows-1252 takes up to three in UTF-8). Gives the position after it.
 */
export function writeInterviewId(
  target: Uint8Array,
  position: number,
  source: Uint8Array,
  start: number,
  end: number,
  decode: (bytes: Uint8Array) => string,
): number {
  let at = start
  if (end - start < 16 && source[start] !== 0x30) {
    for (; at < end; at++) {
      const byte = source[at]
      if (byte < 0x30 || byte > 0x39) break
      target[position + at - start] = byte
    }
  }
  if (at === end && at > start) return position + at - start
  return writeIdText(target, position, cellText(source, start, end, decode).trim())
}

function writeIdText(target: Uint8Array, position: number, text: string): number {
  const number = parseNumberText(text, false)
  if (Number.isSafeInteger(number)) return writeInteger(target, position, number === 0 ? 0 : number)
  return position + Buffer.from(target.buffer, target.byteOffset).write(text, position)
}

/** The same for an id that is a string already. */
export function interviewIdOf(text: string): string {
  const trimmed = text.trim()
  const number = parseNumberText(trimmed, false)
  if (!Number.isSafeInteger(number)) return trimmed
  return String(number === 0 ? 0 : number)
}
