import type { BatchBuilder } from '../survey-columns/batch-builder.js'
import type { SurveyError } from '../survey-error.js'
import { type RowLayout, SKIPPED, textOffset } from './row-layout.js'

/**
 * Command bytes of bytecode compression (PSPP developer's guide, System File Format, "Data
 * Record"); 1 to 251 stand for a number, the byte less the bias, and 255 for system-missing.
 */
const PADDING = 0
const END = 252
const VERBATIM = 253
const BLANKS = 254

/** Command bytes that stand together before the verbatim values of their eight elements. */
const GROUP = 8
/** Bytes that a group takes at most: its commands and eight verbatim values. */
const LARGEST_GROUP = GROUP + 8 * 8
const BLANK = 0x20

/** What stopped the decoder: the batch is full, the bytes are used up, or the rows are. */
export type Stop = 'full' | 'hungry' | 'end'

export interface BytecodeOptions {
  readonly elements: number
  readonly bias: number
  readonly littleEndian: boolean
  /** Besides the most negative number, which always is. */
  readonly systemMissing: number
  /** Rows that the file declares, if it does. */
  readonly rows: number | undefined
  /** Makes the error for a place: the row from 0, the element in it, the byte of the data, and what is wrong there. */
  readonly damage: (row: number, element: number, offset: number, message: string) => SurveyError
}

/** Turns bytecode, fed to it in pieces of any size, into rows of a batch. */
export class BytecodeDecoder {
  readonly #options: BytecodeOptions
  readonly #layout: RowLayout
  /** The number that each command byte stands for. */
  readonly #values: Float64Array
  #bytes = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)
  #length = 0
  /** Bytes of data before those held. */
  #gone = 0
  #final = false
  /** Where the group's commands stand, which of them is next, and where its next verbatim value stands. */
  #commands = 0
  #slot = GROUP
  #data = 0
  #element = 0
  #row = 0

  constructor(options: BytecodeOptions, layout: RowLayout) {
    this.#options = options
    this.#layout = layout
    this.#values = Float64Array.from({ length: 256 }, (_, command) => command - options.bias)
  }

  /** Adds bytes behind those not used yet; undefined says that there are no more. */
  feed(chunk: Uint8Array | undefined): void {
    if (chunk === undefined) {
      this.#final = true
      return
    }
    const left = this.#length - this.#data
    if (left + chunk.length > this.#bytes.length) {
      const larger = new Uint8Array(left + chunk.length + LARGEST_GROUP)
      larger.set(this.#bytes.subarray(this.#data, this.#length))
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    } else {
      this.#bytes.copyWithin(0, this.#data, this.#length)
    }
    this.#bytes.set(chunk, left)
    this.#gone += this.#data
    this.#length = left + chunk.length
    this.#data = 0
  }

  /** Decodes into the batch until something stops it. */
  decode(builder: BatchBuilder): Stop {
    const { elements, systemMissing, rows = Number.POSITIVE_INFINITY } = this.#options
    const bytes = this.#bytes
    const view = this.#view
    const length = this.#length
    const values = this.#values
    const { littleEndian } = this.#options
    const { targets, text, hasText } = this.#layout
    const { numbers } = builder
    const rowLimit = rows - this.#row
    let commands = this.#commands
    let slot = this.#slot
    let data = this.#data
    let element = this.#element
    let batchRow = builder.rows
    const startRow = batchRow
    let stop: Stop

    for (;;) {
      if (slot === GROUP) {
        if (length - data < LARGEST_GROUP && !this.#final) {
          stop = 'hungry'
          break
        }
        if (length - data < GROUP) {
          this.#checkEnd(this.#row + batchRow - startRow, element, data)
          stop = 'end'
          break
        }
        commands = data
        data += GROUP
        slot = 0
      }
      const command = bytes[commands + slot++]
      if (command === PADDING) continue
      if (command === END) {
        this.#checkEnd(this.#row + batchRow - startRow, element, length)
        stop = 'end'
        break
      }
      if (batchRow - startRow === rowLimit) {
        const message = `data goes on after the ${rows} rows that the file declares; it is damaged`
        throw this.#options.damage(rows, 0, this.#gone + data, message)
      }
      const target = targets[element]
      if (command < END) {
        if (target >= 0) numbers[target + batchRow] = values[command]
        else if (target !== SKIPPED) {
          // Zero bytes are written as the number 0 (seen in real files); no other number makes a text.
          if (values[command] !== 0) throw this.#misplaced(batchRow - startRow, element, data, 'a number for a text')
          text.fill(0, textOffset(target), textOffset(target) + 8)
        }
      } else if (command === VERBATIM) {
        if (data + 8 > length) throw this.#cutShort(this.#row + batchRow - startRow, element, data)
        if (target >= 0) {
          const value = view.getFloat64(data, littleEndian)
          // False for NaN too.
          if (value > -Number.MAX_VALUE && value !== systemMissing) numbers[target + batchRow] = value
          else builder.setMissing(target + batchRow, 0)
        } else if (target !== SKIPPED) {
          const at = textOffset(target)
          for (let index = 0; index < 8; index++) text[at + index] = bytes[data + index]
        }
        data += 8
      } else if (command === BLANKS) {
        if (target >= 0) throw this.#misplaced(batchRow - startRow, element, data, 'blanks for a number')
        if (target !== SKIPPED) text.fill(BLANK, textOffset(target), textOffset(target) + 8)
      } else if (target >= 0) {
        // What is left is 255, the system-missing number.
        builder.setMissing(target + batchRow, 0)
      } else if (target !== SKIPPED) {
        throw this.#misplaced(batchRow - startRow, element, data, 'a missing number for a text')
      }

      if (++element === elements) {
        element = 0
        batchRow++
        if (hasText) this.#layout.appendTexts()
        if (batchRow === builder.capacity || hasText) {
          builder.rows = batchRow
          if (builder.full) {
            stop = 'full'
            break
          }
        }
      }
    }

    builder.rows = batchRow
    this.#row += batchRow - startRow
    this.#commands = commands
    this.#slot = slot
    this.#data = data
    this.#element = element
    return stop
  }

  /** The rows must be complete where the data ends. */
  #checkEnd(row: number, element: number, used: number): void {
    const { rows = row } = this.#options
    const rest = this.#bytes.subarray(used, this.#length)
    if (element > 0 || row < rows || rest.some((byte) => byte !== 0)) throw this.#cutShort(row, element, used)
  }

  #cutShort(row: number, element: number, at: number): SurveyError {
    const declared = this.#options.rows === undefined ? '' : ` of the ${this.#options.rows} that the file declares`
    const message = `the data ends inside this row${declared}; the file is cut short or damaged: fetch or export it again`
    return this.#options.damage(row, element, this.#gone + at, message)
  }

  #misplaced(rowsDone: number, element: number, at: number, what: string): SurveyError {
    const message = `the data has ${what}; the file is damaged`
    return this.#options.damage(this.#row + rowsDone, element, this.#gone + at, message)
  }
}
