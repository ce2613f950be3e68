/**
 * By what bytes the forms of survey files begin. Apart from their readers, so that a file of one form does not load
 * the readers of all others.
 */

/** The opening tag of Stata formats from 117 on. */
export const dtaOpening = '<stata_dta><header><release>'

/** `$FL2`, which begins an SPSS file, in the EBCDIC of IBM mainframes. */
export const ebcdicMagic = '\x5b\xc6\xd3\xf2'

/** True for bytes that begin an SPSS system file, whatever state the rest of it is in. */
export function isSav(head: Uint8Array): boolean {
  const magic = text(head, 0, 4)
  return ['$FL2', '$FL3', ebcdicMagic].includes(magic) || text(head, 8, 20) === 'ENCRYPTEDSAV'
}

/** True for bytes that begin a Stata file, of whatever format. */
export function isDta(head: Uint8Array): boolean {
  if (text(head, 0, dtaOpening.length) === dtaOpening) return true
  // Formats 102 to 115: the format, the byte order (1 or 2), the file type 1, and a zero.
  const [format, order, type, zero] = head
  return format >= 102 && format <= 115 && (order === 1 || order === 2) && type === 1 && zero === 0
}

/** True for bytes that begin a gzip file. */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b
}

/** True for bytes that begin a zip archive, be it an empty one. */
export function isZip(head: Uint8Array): boolean {
  if (head[0] !== 0x50 || head[1] !== 0x4b) return false
  return (head[2] === 0x03 && head[3] === 0x04) || (head[2] === 0x05 && head[3] === 0x06)
}

/** Rows of JSON: an array, or one object a line. */
export function jsonFormOf(head: Uint8Array): 'json' | 'jsonl' | undefined {
  let at = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0
  while (head[at] === 0x20 || head[at] === 0x0a || head[at] === 0x0d || head[at] === 0x09) at++
  if (head[at] === 0x5b) return 'json'
  return head[at] === 0x7b ? 'jsonl' : undefined
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end))
}
