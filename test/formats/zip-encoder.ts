import { crc32, deflateRawSync } from 'node:zlib'

export interface PackedFile {
  name: string
  content: Uint8Array
  /** 8 is deflate, 0 none; another number is only declared. */
  method?: number
  /** What the archive says of the content, where that is to be a lie. */
  declaredBytes?: number
}

/** A zip archive of files (PKWARE's APPNOTE.TXT, section 4.3), for the tests of the reader. */
export function encodeZip(files: PackedFile[]): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content, method = 8, declaredBytes = content.length } of files) {
    const packed = method === 8 ? deflateRawSync(content) : Buffer.from(content)
    const nameBytes = Buffer.from(name)
    const shared = Buffer.alloc(26)
    shared.writeUInt16LE(20, 0)
    shared.writeUInt16LE(0x800, 2)
    shared.writeUInt16LE(method, 4)
    shared.writeUInt32LE(crc32(content), 10)
    shared.writeUInt32LE(packed.length, 14)
    shared.writeUInt32LE(declaredBytes, 18)
    shared.writeUInt16LE(nameBytes.length, 22)
    const entry = Buffer.alloc(14)
    entry.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), shared, entry, nameBytes)
    const local = [Buffer.from('PK\x03\x04', 'latin1'), shared, nameBytes, packed]
    parts.push(...local)
    offset += local.reduce((sum, part) => sum + part.length, 0)
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(
    directory.reduce((sum, part) => sum + part.length, 0),
    12,
  )
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, ...directory, end])
}
