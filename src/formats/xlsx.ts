import { SaxesParser, type SaxesTagPlain } from 'saxes'
import type { InflateLimit } from './container/inflate-limit.js'
import { skipBytes } from './container/skip-bytes.js'
import type { ZipArchive } from './container/zip.js'
import type { ByteSource } from './survey-columns/byte-source.js'
import { SurveyError } from './survey-error.js'
import { TextRecords } from './text-records.js'
import { localName } from './xlsx/local-name.js'
import { SharedStrings } from './xlsx/shared-strings.js'
import { SheetRows } from './xlsx/sheet-rows.js'

const workbookPart = 'xl/workbook.xml'

/** Whether an archive is an Excel workbook (ECMA-376, part 2: the content types; part 1, 12.3: the workbook). */
export function isXlsx(archive: ZipArchive): boolean {
  return archive.has('[Content_Types].xml') && archive.has(workbookPart)
}

/**
 * The first sheet of an Excel workbook (ECMA-376, part 1, 18.3) as delimited text, row by row; only the strings that cells
 * share are held in memory. Blank rows are blank lines, so that a record's line is its row in the sheet.
 */
export function xlsxSource(archive: ZipArchive, limit: InflateLimit): ByteSource {
  return {
    name: archive.name,
    size: Number.POSITIVE_INFINITY,
    sequential: true,
    stream: (start, signal) => skipBytes(textOfSheet(archive, limit, signal), start),
  }
}

async function* textOfSheet(
  archive: ZipArchive,
  limit: InflateLimit,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { sheet, strings } = await findParts(archive, limit)
  const shared = new SharedStrings(archive.name)
  if (strings !== undefined) {
    for await (const _ of parseXml(archive, strings, limit, shared, signal)) {
      // One chunk after the other: the strings are all that is wanted.
    }
  }
  const records = new TextRecords()
  for await (const _ of parseXml(archive, sheet, limit, new SheetRows(archive.name, shared.texts, records), signal)) {
    yield records.take()
  }
}

/** What a part's elements are handed to. */
export interface XmlHandler {
  open(tag: SaxesTagPlain): void
  text(text: string): void
  close(tag: SaxesTagPlain): void
}

/** Parses a part, one step for each chunk of it. */
async function* parseXml(
  archive: ZipArchive,
  part: string,
  limit: InflateLimit,
  handler: XmlHandler,
  signal?: AbortSignal,
): AsyncGenerator<void> {
  const parser = new SaxesParser({ xmlns: false, position: false })
  const fail = (reason: string, cause?: unknown) =>
    new SurveyError(`the workbook is damaged (${part}: ${reason}); save it again`, {
      place: { file: archive.name },
      cause,
    })
  parser.on('error', (error) => {
    throw fail(error.message, error)
  })
  parser.on('doctype', () => {
    throw fail('a document type declaration')
  })
  parser.on('opentag', (tag) => handler.open(tag))
  parser.on('text', (text) => handler.text(text))
  parser.on('closetag', (tag) => handler.close(tag))
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true })
    } catch (cause) {
      throw fail('bytes that are no UTF-8', cause)
    }
  }
  for await (const chunk of (await archive.source(part, limit)).stream(0, signal)) {
    parser.write(decode(chunk))
    yield
  }
  parser.write(decode())
  parser.close()
  yield
}

/** The parts of the first sheet and of the strings that cells share (ECMA-376, part 1, 18.2.19 and 12.3.15). */
async function findParts(
  archive: ZipArchive,
  limit: InflateLimit,
): Promise<{ sheet: string; strings: string | undefined }> {
  let first: string | undefined
  const targets = new Map<string, string>()
  let strings: string | undefined
  const read = async (part: string, open: (tag: SaxesTagPlain) => void) => {
    if (!archive.has(part)) return
    for await (const _ of parseXml(archive, part, limit, { open, text() {}, close() {} })) {
      // All that is wanted stands in the tags.
    }
  }
  await read(workbookPart, ({ name, attributes }) => {
    if (localName(name) === 'sheet') first ??= attributes['r:id'] ?? ''
  })
  await read('xl/_rels/workbook.xml.rels', ({ name, attributes }) => {
    const { Id, Target, Type } = attributes
    if (localName(name) !== 'Relationship' || Id === undefined || Target === undefined) return
    const part = Target.startsWith('/') ? Target.slice(1) : `xl/${Target}`
    targets.set(Id, part)
    if (Type?.endsWith('/sharedStrings')) strings = part
  })
  const sheet = targets.get(first ?? '')
  if (sheet === undefined || !archive.has(sheet)) {
    throw new SurveyError('the workbook holds no sheet', { place: { file: archive.name } })
  }
  return { sheet, strings: strings !== undefined && archive.has(strings) ? strings : undefined }
}
