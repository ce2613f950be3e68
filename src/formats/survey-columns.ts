import type { TextColumn } from './text-column.js'

/**
 * What the readers of SPSS (.sav, .zsav) and Stata (.dta) files have in common: a table of typed
 * columns with its dictionary, read in batches of columns. There is no object for a row or a cell.
 */

/** Codes and texts that the file's author declared missing; they stand in the columns as they are. */
export interface MissingValues {
  /** Single codes (number variables) or texts without trailing blanks (text variables). */
  readonly values: readonly (number | string)[]
  /** Lowest and highest missing code, both included; SPSS's LOWEST and HIGHEST are -Infinity and Infinity. */
  readonly range?: readonly [lowest: number, highest: number]
}

/** One column of a survey file, as its dictionary describes it. */
export interface SurveyVariable {
  readonly name: string
  /** Variable label; empty if there is none. */
  readonly label: string
  readonly type: 'number' | 'text'
  /**
   * How the file stores a number: `single` is a 32-bit float, whose nearest double is what the
   * columns hold (0.1 comes out as 0.10000000149011612). SPSS has doubles only.
   */
  readonly storage: 'integer' | 'single' | 'double' | 'text'
  /** Most bytes that a text takes in the file's own encoding (Infinity for Stata's strL); 0 for numbers. */
  readonly width: number
  /**
   * Labels by code, or by text without trailing blanks. Labels of Stata's extended missing values,
   * which are no numbers, stand under `.a` to `.z`, and under `.` that of the plain missing value.
   */
  readonly valueLabels: ReadonlyMap<number | string, string>
  readonly missing: MissingValues
  /** The display format in the program's own notation: `F8.2`, `DATE11`, `%9.0g`, `%td`. */
  readonly format: string
  /** SPSS's measurement level, where the file has it. */
  readonly measure?: 'nominal' | 'ordinal' | 'scale'
}

/** A run of consecutive rows, one array a column. */
export interface ColumnBatch {
  /** Number of rows; at least 1. */
  readonly rows: number
  /** Position of the first row in the file, from 0. */
  readonly firstRow: number
  /**
   * By wanted column: its numbers, `rows` long; undefined for text. System-missing is NaN (see
   * `extendedMissing` for Stata's .a to .z). All columns of a batch share one ArrayBuffer, so that
   * a batch goes to another thread as one transferable.
   */
  readonly numbers: readonly (Float64Array | undefined)[]
  /**
   * By wanted column: its texts; undefined for numbers. SPSS's padding blanks are gone; Stata's blanks are kept, as they
   * mean something.
   */
  readonly texts: readonly (TextColumn | undefined)[]
}

export interface ReadOptions {
  /** Indices into `variables` of the columns wanted, each at most once, in the order wanted. */
  readonly columns: readonly number[]
  /** Most rows a batch holds; left out, as many as take 8 MB. Wide tables and long texts make smaller batches. */
  readonly rowsPerBatch?: number
  /** Fill the same arrays again and again: a batch is valid only until the next one is asked for. */
  readonly reuseBuffers?: boolean
  readonly signal?: AbortSignal
}

export interface SurveyTable {
  readonly form: 'sav' | 'zsav' | 'dta'
  /** Version of the form: `118` for Stata's format 118, `$FL2` for SPSS's. */
  readonly version: string
  /** The encoding of the file's own texts, by its WHATWG name: `utf-8`, `windows-1252`. */
  readonly encoding: string
  /** The label of the whole file; empty if there is none. */
  readonly label: string
  /** Number of rows; undefined if an SPSS file does not tell. */
  readonly rows: number | undefined
  readonly variables: readonly SurveyVariable[]
  /** Index of the variable that SPSS weights by. */
  readonly weight: number | undefined
  /**
   * The rows, in file order. May be called again, also before an earlier reading is done: each
   * reading opens the source anew. Throws a SurveyError where the file is damaged, and the
   * signal's reason when aborted.
   */
  read(options: ReadOptions): AsyncGenerator<ColumnBatch, void, undefined>
}

/**
 * Which kind of missing a NaN in a batch's numbers is: 0 the plain missing value, 1 to 26 Stata's .a
 * to .z. The kind is kept in the NaN's payload, so it outlives copies from typed array to typed array
 * and from thread to thread, but not a way through a plain JavaScript number.
 *
 * @param row index into `numbers`; the number there must be NaN
 */
export function extendedMissing(numbers: Float64Array, row: number): number {
  return new Uint8Array(numbers.buffer, numbers.byteOffset + row * 8, 8)[LOWEST_BYTE]
}

const LOWEST_BYTE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 7
