import { ebcdicMagic } from '../form-signatures.js'
import { type ByteCursor, damageError } from '../survey-columns/byte-cursor.js'
import { SurveyError } from '../survey-error.js'

/** The first 176 bytes of a system file (PSPP developer's guide, System File Format, "File Header Record"). */
export interface SavHeader {
  readonly version: '$FL2' | '$FL3'
  readonly compression: 'none' | 'bytecode' | 'zlib'
  /** Dictionary index, from 1, of the weight variable; 0 for none. */
  readonly weightIndex: number
  /** Number of rows; undefined if the writer could not tell. */
  readonly rows: number | undefined
  /** What is taken from a command byte to get the number it stands for. */
  readonly bias: number
  /** The file's label, padded, in the file's encoding. */
  readonly label: Uint8Array
}

const SIZE = 176
const COMPRESSIONS = ['none', 'bytecode', 'zlib'] as const

/** Reads the header and sets the cursor's byte order by it. */
export async function readHeader(cursor: ByteCursor): Promise<SavHeader> {
  const { source } = cursor
  const place = { file: source.name }
  const header = (await cursor.take(SIZE, 'the file header')).slice()
  const version = text(header, 0, 4)
  if (version === ebcdicMagic) {
    throw new SurveyError('is an SPSS file in EBCDIC, which is not read; save it anew with a current SPSS', { place })
  }
  if (text(header, 8, 20) === 'ENCRYPTEDSAV') {
    throw new SurveyError('is an SPSS file under a password; save it without one', { place })
  }
  if (version !== '$FL2' && version !== '$FL3') {
    throw damageError(source, 0, `expected $FL2 or $FL3, as SPSS files begin, found ${JSON.stringify(version)}`)
  }

  const view = new DataView(header.buffer, header.byteOffset)
  // The layout code is 2 (sometimes 3) in the byte order of the whole file.
  const layouts = [view.getInt32(64, true), view.getInt32(64, false)]
  const littleEndian = layouts[0] === 2 || layouts[0] === 3
  if (!littleEndian && layouts[1] !== 2 && layouts[1] !== 3) {
    throw damageError(source, 64, `expected the layout code 2 or 3, found ${layouts[0]}`)
  }
  cursor.littleEndian = littleEndian

  const compression = COMPRESSIONS[view.getInt32(72, littleEndian)]
  if (compression === undefined || (compression === 'zlib') !== (version === '$FL3')) {
    const found = view.getInt32(72, littleEndian)
    const expected = version === '$FL3' ? '2 (ZLIB)' : '0 (none) or 1 (bytecode)'
    throw damageError(source, 72, `expected the compression ${expected} of a ${version} file, found ${found}`)
  }
  const weightIndex = view.getInt32(76, littleEndian)
  if (weightIndex < 0) throw damageError(source, 76, `expected the weight variable's index, found ${weightIndex}`)
  const rows = view.getInt32(80, littleEndian)
  if (rows < -1) throw damageError(source, 80, `expected the number of rows or -1, found ${rows}`)
  const bias = view.getFloat64(84, littleEndian)
  if (!(Math.abs(bias) <= 1e6))
    throw damageError(source, 84, `expected the compression bias, mostly 100, found ${bias}`)
  return {
    version,
    compression,
    weightIndex,
    rows: rows === -1 ? undefined : rows,
    bias,
    label: header.subarray(109, 173),
  }
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end))
}
