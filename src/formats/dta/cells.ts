import type { BatchBuilder } from '../survey-columns/batch-builder.js'
import type { CellType } from './layout.js'

/**
 * The numbers of one column out of a block of rows (dta, section "Representation of numbers"). The
 * largest values of each type are missing values: the plain one, then .a to .z; what lies between
 * two of them in a float counts as the lower.
 */
export interface CellBlock {
  readonly view: DataView
  readonly rows: number
  readonly rowBytes: number
  readonly littleEndian: boolean
}

/**
 * Puts a column's numbers into the batch.
 *
 * @param offset where in a row the cell begins
 * @param to index in the batch's numbers of the block's first row
 */
export function readNumbers(type: CellType, block: CellBlock, offset: number, builder: BatchBuilder, to: number): void {
  if (type === 'byte') readBytes(block, offset, builder, to)
  else if (type === 'int') readInts(block, offset, builder, to)
  else if (type === 'long') readLongs(block, offset, builder, to)
  else if (type === 'float') readFloats(block, offset, builder, to)
  else readDoubles(block, offset, builder, to)
}

const MISSING_BYTE = 101
const MISSING_INT = 32741
const MISSING_LONG = 2147483621
/** Bits of the float, and of the upper half of the double, that is the plain missing value. */
const MISSING_FLOAT_BITS = 0x7f000000
const MISSING_DOUBLE_BITS = 0x7fe00000
/** 2 to the power of 127 and of 1023, the same as numbers. */
const MISSING_FLOAT = 2 ** 127
const MISSING_DOUBLE = 2 ** 1023
const KINDS = 26

function readBytes({ view, rows, rowBytes }: CellBlock, offset: number, builder: BatchBuilder, to: number): void {
  const { numbers } = builder
  for (let row = 0, at = offset; row < rows; row++, at += rowBytes) {
    const value = view.getInt8(at)
    if (value < MISSING_BYTE) numbers[to + row] = value
    else builder.setMissing(to + row, value - MISSING_BYTE)
  }
}

function readInts(
  { view, rows, rowBytes, littleEndian }: CellBlock,
  offset: number,
  builder: BatchBuilder,
  to: number,
) {
  const { numbers } = builder
  for (let row = 0, at = offset; row < rows; row++, at += rowBytes) {
    const value = view.getInt16(at, littleEndian)
    if (value < MISSING_INT) numbers[to + row] = value
    else builder.setMissing(to + row, value - MISSING_INT)
  }
}

function readLongs(
  { view, rows, rowBytes, littleEndian }: CellBlock,
  offset: number,
  builder: BatchBuilder,
  to: number,
) {
  const { numbers } = builder
  for (let row = 0, at = offset; row < rows; row++, at += rowBytes) {
    const value = view.getInt32(at, littleEndian)
    if (value < MISSING_LONG) numbers[to + row] = value
    else builder.setMissing(to + row, value - MISSING_LONG)
  }
}

function readFloats(
  { view, rows, rowBytes, littleEndian }: CellBlock,
  offset: number,
  builder: BatchBuilder,
  to: number,
) {
  const { numbers } = builder
  for (let row = 0, at = offset; row < rows; row++, at += rowBytes) {
    const value = view.getFloat32(at, littleEndian)
    // False for NaN and the infinities too, which are no numbers in Stata.
    if (value < MISSING_FLOAT && value > -Infinity) numbers[to + row] = value
    else builder.setMissing(to + row, kindOf((view.getInt32(at, littleEndian) - MISSING_FLOAT_BITS) >> 11))
  }
}

function readDoubles(
  { view, rows, rowBytes, littleEndian }: CellBlock,
  offset: number,
  builder: BatchBuilder,
  to: number,
) {
  const { numbers } = builder
  const upper = littleEndian ? 4 : 0
  for (let row = 0, at = offset; row < rows; row++, at += rowBytes) {
    const value = view.getFloat64(at, littleEndian)
    if (value < MISSING_DOUBLE && value > -Infinity) numbers[to + row] = value
    else builder.setMissing(to + row, kindOf((view.getInt32(at + upper, littleEndian) - MISSING_DOUBLE_BITS) >> 8))
  }
}

/** Anything beyond .z is the plain missing value. */
function kindOf(steps: number): number {
  return steps >= 0 && steps <= KINDS ? steps : 0
}
