import type { ByteWriter } from '../byte-writer.js'
import { encodings } from './file-metadata.js'
import { ThriftWriter } from './thrift.js'

/** PageType numbers of the Apache Parquet format's Thrift definition. */
const pageTypes = { data: 0, dictionary: 2 } as const

/** A page, as its header describes it; sizes are of its content. */
export interface PageHeader {
  kind: keyof typeof pageTypes
  encoding: number
  uncompressed: number
  compressed: number
  values: number
}

/** Writes the header of a page (version 1, so that old readers take it). */
export function writePageHeader(
  out: ByteWriter,
  { kind, encoding, uncompressed, compressed, values }: PageHeader,
): void {
  const thrift = new ThriftWriter(out)
  thrift.integer(1, pageTypes[kind])
  thrift.integer(2, uncompressed)
  thrift.integer(3, compressed)
  // Field 5 is the data page's own header, field 7 the dictionary page's.
  thrift.struct(kind === 'data' ? 5 : 7, () => {
    thrift.integer(1, values)
    thrift.integer(2, encoding)
    if (kind === 'dictionary') return
    thrift.integer(3, encodings.runLength)
    thrift.integer(4, encodings.runLength)
  })
  thrift.end()
}
