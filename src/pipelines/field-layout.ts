import type { LoadedDefinition } from '../definitions/loader.js'
import type { Variable } from '../definitions/schema.js'
import type { Dialect } from '../formats/dialect.js'
import type { FieldKind } from '../formats/scanned-rows.js'

/** How the variables of a dataset are read from one file: with the definition of its own wave, under the dataset's ids. */
export interface FileReading {
  /** The wave's variables that the dataset has, under the dataset's ids; recodes lead from the file's codes to the dataset's. */
  loaded: LoadedDefinition
  /** Stands in front of each interview id, so that the respondents of several files have ids of their own. */
  idPrefix?: string
  /** Codes of variables that are the same for all respondents of the file, by id. */
  constants?: Readonly<Record<string, number>>
  /** The file is one of several: what it lacks another one may have. */
  isPart?: boolean
}

/** Which field of a record is read as what, and where its value lands among those of its kind. */
export class FieldLayout {
  readonly kinds: FieldKind[]
  private readonly columns: string[]

  constructor(
    { columns, fields }: Pick<Dialect, 'columns' | 'fields'>,
    private readonly reading: FileReading,
  ) {
    this.columns = columns
    this.kinds = new Array<FieldKind>(fields).fill('skip')
  }

  /** Whether the file says anything of a variable. */
  has(id: string): boolean {
    return this.columns.includes(id) || this.constant(id) !== undefined
  }

  /** Has a column read; gives its field. A column is read as one kind only: the first asked for. */
  take(column: string, kind: FieldKind): number {
    const field = this.columns.indexOf(column)
    if (field !== -1 && this.kinds[field] === 'skip') this.kinds[field] = kind
    return field
  }

  /** Place of a column's cells among those of its kind, in file order; -1 where the file lacks it. */
  slot(column: string): number {
    const field = this.columns.indexOf(column)
    if (field === -1) return -1
    const kind = this.kinds[field]
    return this.kinds.slice(0, field).filter((other) => other === kind).length
  }

  count(kind: FieldKind): number {
    return this.kinds.filter((other) => other === kind).length
  }

  /** The code that all respondents of the file have in a variable, where it has no column for it. */
  constant(id: string): number | undefined {
    return this.reading.constants?.[id]
  }

  /** One of the dataset's variables as it is read from this file. */
  asRead(variable: Variable): Variable {
    return this.reading.loaded.variable(variable.id) ?? variable
  }

  /** Code in the file -> code in the dataset, null for missing. */
  recodes(variable: Variable): [number, number | null][] {
    return Object.entries(this.asRead(variable).recodes ?? {}).map(([code, target]) => [Number(code), target])
  }

  /** Whether the file may lack what the run asks for, since another file may have it. */
  get isPart(): boolean {
    return this.reading.isPart ?? false
  }
}
