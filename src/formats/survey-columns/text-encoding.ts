import { isAscii, isUtf8 } from 'node:buffer'
import { TextDecoder, TextEncoder } from 'node:util'

/**
 * Turns text in a file's own encoding into UTF-8 bytes or strings. UTF-8 and the single-byte
 * encodings go byte by byte without making a string; the East Asian ones take TextDecoder.
 */

const REPLACEMENT = [0xef, 0xbf, 0xbd]

/** Names that statistics programs use and the WHATWG Encoding Standard does not know. */
const ALIASES: Readonly<Record<string, string>> = {
  cp874: 'windows-874',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  'utf-8-bom': 'utf-8',
}

/** Code pages that are no Windows code page, by their number (IBM and Microsoft registries). */
const CODE_PAGES: Readonly<Record<number, string>> = {
  819: 'iso-8859-1',
  866: 'ibm866',
  874: 'windows-874',
  932: 'shift_jis',
  936: 'gbk',
  949: 'euc-kr',
  950: 'big5',
  9066: 'windows-874',
  10000: 'macintosh',
  20127: 'us-ascii',
  20866: 'koi8-r',
  21866: 'koi8-u',
  51932: 'euc-jp',
  51949: 'euc-kr',
  54936: 'gb18030',
  65001: 'utf-8',
}

/** The encoding of a code page number, or undefined if none is known by it. */
export function codePageEncoding(codePage: number): string | undefined {
  if (codePage >= 1250 && codePage <= 1258) return `windows-${codePage}`
  if (codePage >= 28591 && codePage <= 28606) return `iso-8859-${codePage - 28590}`
  return CODE_PAGES[codePage]
}

/**
 * Characters of the bytes 0x80 to 0x9f in Windows-1252 (WHATWG Encoding Standard, index windows-1252).
 * Node 20's TextDecoder takes these bytes for Latin-1's control characters.
 */
const WINDOWS_1252 =
  '\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f' +
  '\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178'

/** The text of bytes in Windows-1252. */
export function decodeWindows1252(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  return text.replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80])
}

export class TextEncoding {
  /** The WHATWG name. */
  readonly name: string
  readonly #decoder: TextDecoder
  readonly #encoder = new TextEncoder()
  /** Of a single-byte encoding, for each byte from 0x80: its UTF-8 bytes from the lowest up, their number in the top byte. */
  readonly #table: Uint32Array | undefined

  /** Making a decoder costs more than reading a small file, and the names are few. */
  static readonly #made = new Map<string, TextEncoding>()

  private constructor(decoder: TextDecoder) {
    this.name = decoder.encoding
    this.#decoder = decoder
    if (/^(windows-|iso-8859-|koi8|mac|x-mac|ibm)/.test(this.name)) this.#table = singleByteTable(decoder)
  }

  /** The encoding of a name as files and people write it (`UTF-8`, `cp1252`), or undefined if none is known by it. */
  static named(label: string): TextEncoding | undefined {
    const plain = label.trim().toLowerCase()
    const codePage = /^(?:cp|ms|ibm-?|windows-|cp-)(\d+)$/.exec(plain)
    const name = ALIASES[plain] ?? (codePage && codePageEncoding(Number(codePage[1]))) ?? plain
    try {
      const encoding = TextEncoding.#ofKnown(name)
      // Two bytes for a Latin letter: no survey file is written so.
      return encoding.name.startsWith('utf-16') ? undefined : encoding
    } catch {
      return undefined
    }
  }

  /** Throws for a name that is no encoding's. */
  static #ofKnown(name: string): TextEncoding {
    const made = TextEncoding.#made.get(name)
    if (made !== undefined) return made
    const encoding = new TextEncoding(new TextDecoder(name, { ignoreBOM: true }))
    TextEncoding.#made.set(name, encoding)
    return encoding
  }

  /**
   * The encoding of a file that does not tell: UTF-8 if all its texts are valid UTF-8 and one of
   * them is more than ASCII (text in another encoding is practically never), otherwise
   * Windows-1252, which statistics programs wrote before they took to Unicode.
   */
  static guess(texts: Iterable<Uint8Array>): TextEncoding {
    let unicode = false
    for (const text of texts) {
      if (isAscii(text)) continue
      unicode = isUtf8(text.subarray(0, wholeCharacters(text, 0, text.length)))
      if (!unicode) break
    }
    return TextEncoding.#ofKnown(unicode ? 'utf-8' : 'windows-1252')
  }

  /** The text as a string. A character that a field's end cuts in two is left out. */
  decode(bytes: Uint8Array): string {
    const utf8 = Buffer.allocUnsafe(3 * bytes.length)
    return utf8.toString('utf8', 0, this.transcode(bytes, 0, bytes.length, utf8, 0))
  }

  /**
   * Writes `source[start..end]` as UTF-8 to `target` from `at` on and gives the index behind its
   * last byte. The target needs room for three bytes for each byte of source. What is not valid in
   * the encoding becomes U+FFFD; a UTF-8 character that the end cuts in two is left out.
   */
  transcode(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
    let from = start
    let to = at
    while (from < end && source[from] < 0x80) target[to++] = source[from++]
    if (from === end) return to
    if (this.name === 'utf-8') return copyUtf8(source, from, wholeCharacters(source, from, end), target, to)
    const table = this.#table
    if (table === undefined) {
      const text = this.#decoder.decode(source.subarray(from, end))
      return to + this.#encoder.encodeInto(text, target.subarray(to)).written
    }
    for (; from < end; from++) {
      const byte = source[from]
      if (byte < 0x80) {
        target[to++] = byte
      } else {
        const packed = table[byte - 0x80]
        target[to++] = packed & 0xff
        if (packed >>> 24 > 1) target[to++] = (packed >>> 8) & 0xff
        if (packed >>> 24 > 2) target[to++] = (packed >>> 16) & 0xff
      }
    }
    return to
  }
}

function singleByteTable(decoder: TextDecoder): Uint32Array {
  const encoder = new TextEncoder()
  return Uint32Array.from({ length: 0x80 }, (_, index) => {
    const own = decoder.encoding === 'windows-1252' ? WINDOWS_1252[index] : undefined
    const [first, second = 0, third = 0] = encoder.encode(own ?? decoder.decode(Uint8Array.of(0x80 + index)))
    const length = third > 0 ? 3 : second > 0 ? 2 : 1
    return ((length << 24) | (third << 16) | (second << 8) | first) >>> 0
  })
}

/** Bytes of the UTF-8 character that begins with `first`; 0 if none does (RFC 3629, section 4). */
function characterLength(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2) return 0
  if (first < 0xe0) return 2
  if (first < 0xf0) return 3
  return first < 0xf5 ? 4 : 0
}

/** The end of UTF-8 text without a last character of which bytes are missing. */
function wholeCharacters(bytes: Uint8Array, start: number, end: number): number {
  for (let at = end - 1; at >= start && at >= end - 3; at--) {
    const byte = bytes[at]
    if (byte >= 0xc0) return at + characterLength(byte) > end ? at : end
    if (byte < 0x80) return end
  }
  return end
}

function copyUtf8(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let from = start
  let to = at
  while (from < end) {
    const first = source[from]
    const length = characterLength(first)
    if (isCharacter(source, from, end, first, length)) {
      for (let index = 0; index < length; index++) target[to++] = source[from++]
    } else {
      from++
      for (const byte of REPLACEMENT) target[to++] = byte
    }
  }
  return to
}

/** Whether `length` bytes from `at` are one UTF-8 character: no overlong form, no surrogate, none past U+10FFFF. */
function isCharacter(bytes: Uint8Array, at: number, end: number, first: number, length: number): boolean {
  if (length === 0 || at + length > end) return false
  if (length === 1) return true
  const second = bytes[at + 1]
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  if (second < lowest || second > highest) return false
  if (length > 2 && (bytes[at + 2] & 0xc0) !== 0x80) return false
  return length < 4 || (bytes[at + 3] & 0xc0) === 0x80
}
